//! Accounts with balances at which implementations typically fail.

use rust_decimal::Decimal;

use crate::checks::account::TestAccount;
use crate::checks::finding::Stop;
use crate::checks::server_trial::ServerTrial;
use crate::contract::{Contract, Role};
use crate::model::{BalanceValues, is_representable};

/// Boundary amounts: zero, one, fractions, and values beyond the exact range of `f32`, `i32` and `f64`.
const AMOUNTS: &[&str] = &["0", "1", "7", "0.5", "15432.50", "16777217", "2147483648", "9007199254740993"];

/// The boundary balances that the contract's schema allows.
pub(in crate::checks) fn balances(contract: &Contract) -> Vec<BalanceValues> {
    let Some(operation) = contract.operation(Role::Balance) else { return Vec::new() };
    let fields = &operation.fields;
    if fields.remaining.is_none() && fields.total.is_none() {
        let of =
            |allowed| BalanceValues { allowed: fields.allowed.as_ref().map(|_| allowed), ..BalanceValues::default() };
        return vec![of(true), of(false)];
    }
    let amounts = AMOUNTS.iter().filter_map(|text| text.parse::<Decimal>().ok());
    amounts
        .filter(|amount| is_representable(contract, *amount))
        .map(|amount| BalanceValues::of(amount, fields))
        .collect()
}

/// One account with each of [`balances`]. Without a state handler for accounts, the given account.
pub(in crate::checks) async fn in_every_state(trial: &ServerTrial<'_>) -> Result<Vec<TestAccount>, Stop> {
    if !trial.subject.states.is_present() || trial.contract.operation(Role::Balance).is_none() {
        return Ok(vec![trial.account_a().await?]);
    }
    let mut accounts = Vec::new();
    for balance in balances(trial.contract) {
        match trial.account(balance).await {
            Ok(account) => accounts.push(account),
            // A server need not support every amount.
            Err(Stop::CouldNotRun(_)) if !accounts.is_empty() => {}
            Err(Stop::CouldNotRun(_)) if trial.subject.key.is_some() => return Ok(vec![trial.account_a().await?]),
            Err(stop) => return Err(stop),
        }
    }
    Ok(accounts)
}
