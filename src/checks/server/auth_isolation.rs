//! # Nobody is shown another's balance
//!
//! One tenant's balance in another's widget is a leak, and a wrong decision about spending on top. It happens where an
//! answer is kept under the wrong name, where state is shared between requests, or where a connection remembers who spoke
//! last.
//!
//! Several tenants with balances of their own are read in turn on the same connections, in changing order, and then all at
//! once, many times; each must be shown what is its own.

use futures_util::future::join_all;

use crate::checks::account::TestAccount;
use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, Stop, tells_balance};
use crate::checks::server_trial::{BalanceRead, ServerTrial};
use crate::checks::verdict::Side;
use crate::contract::{Level, Role, Tenant};
use crate::mock::State;
use crate::model::BalanceValues;

pub(super) const CHECK: Check = Check {
    id: "auth.isolation",
    side: Side::Server,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: false,
    needs: &[Need::TwoKeys, Need::State(State::Account)],
    faults: &["tenants-mixed-up", "tenants-mixed-up-every-eleventh", "first-tenant-for-all"],
    applies: |contract| {
        tells_balance(contract)?;
        let told_apart = contract.credential.is_some() || contract.tenant != Tenant::Credential;
        if told_apart { Ok(()) } else { Err("the contract has no tenants") }
    },
    judge: Judge::Server(|trial| Box::pin(judge(trial))),
};

async fn judge(trial: &ServerTrial<'_>) -> Judgement {
    let accounts = tenants(trial).await?;
    // Where a flag is all there is to see, somebody else's is often the same.
    let alike = accounts
        .iter()
        .skip(2)
        .any(|account| accounts.first().is_some_and(|first| first.true_balance() == account.true_balance()));
    let rounds = if alike { 12 } else { 3 };
    for round in 0..3 {
        for n in 0..accounts.len() {
            let Some(account) = accounts.get((n * (round + 1) + round) % accounts.len()) else { continue };
            let reading = trial.check(account).await?;
            judge_own(trial, account, &reading, "in turn")?;
        }
    }
    for _ in 0..rounds {
        let all = accounts.iter().chain(&accounts).chain(&accounts);
        let readings = join_all(all.clone().map(|account| trial.check(account))).await;
        for (account, reading) in all.zip(readings) {
            judge_own(trial, account, &reading?, "all at once")?;
        }
    }
    Ok(())
}

/// Tenants whose balances differ in every pair, as far as the contract can tell balances apart.
async fn tenants(trial: &ServerTrial<'_>) -> Result<Vec<TestAccount>, Stop> {
    let fields = &trial.balance_operation()?.fields;
    let balances: Vec<BalanceValues> = if fields.remaining.is_some() || fields.total.is_some() {
        [11, 222, 3333, 0].into_iter().map(|n| trial.credits(n)).collect()
    } else {
        [true, false, true, false]
            .into_iter()
            .map(|allowed| BalanceValues { allowed: Some(allowed), ..BalanceValues::default() })
            .collect()
    };
    let mut accounts = Vec::new();
    for balance in balances {
        accounts.push(trial.account(balance).await?);
    }
    Ok(accounts)
}

fn judge_own(trial: &ServerTrial<'_>, account: &TestAccount, reading: &BalanceRead, how: &str) -> Judgement {
    let operation = trial.contract.operation(Role::Balance);
    let Some(operation) = operation else { return Ok(()) };
    let promise = trial.contract.credential.as_ref().map_or(&operation.promise, |credential| &credential.required);
    let promise = trial.contract.caching.server.as_ref().and_then(|rule| rule.scope.as_ref()).unwrap_or(promise);
    let Ok(found) = &reading.balance else {
        return Err(Stop::Inconclusive(format!(
            "the balance cannot be read: {}",
            reading.balance.as_ref().err().map_or("", String::as_str)
        )));
    };
    let own = account.true_balance();
    trial.judge(promise, Some(operation), &[&reading.exchange], *found == own, || {
        format!("tenants read {how}: expected {own}, found {found}")
    })
}
