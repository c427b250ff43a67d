//! # Any amount is shown exactly
//!
//! ## What it checks
//!
//! The balance operation shows exactly the amount that the account has, for generated amounts of all sizes.
//!
//! ## Why it matters
//!
//! Errors in amounts affect some accounts only: those with four digits, with a cent value that starts with a zero,
//! with a debt, or with one credit more than a power of two. A fixed list of examples does not contain all of them.
//!
//! ## How
//!
//! Accounts are created with generated amounts of every order of magnitude, and others are changed to such amounts
//! outside the API, as far as the schema and the server allow them. Amounts beyond 2^53 or 15 digits, negative
//! amounts and amounts with more than two decimals give a remark only, but a debt must never be shown as credits.

use proptest::strategy::Strategy;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::support::stops::if_conclusive;
use super::support::stops::optional;
use crate::checks::amounts::{MAX_SAFE, domain};
use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, Stop, has_balance};
use crate::checks::server::support::balance_reads::{judge_true_balance, require_visible_change, shows_amounts};
use crate::checks::server_trial::{BalanceRead, ServerTrial};
use crate::checks::standards;
use crate::checks::verdict::Side;
use crate::contract::{Level, Promise};
use crate::generate::{SIZES, Sampler, amounts, plain_amounts, sizes};
use crate::mock::State;
use crate::model::{BalanceValues, is_representable};

pub(super) const CHECK: Check = Check {
    id: "balance.any-amount",
    side: Side::Server,
    level: Level::Must,
    kind: CheckKind::Property,
    schedule: Schedule::Shared,
    slow: false,
    needs: &[Need::State(State::Account), Need::State(State::Balance)],
    faults: &[
        "balance-rounded-to-integers",
        "balance-in-32-bits",
        "balance-four-digits-truncated",
        "balance-seven-digits-rounded",
        "negative-balance-shown-as-zero",
        "negative-balance-without-sign",
        "balance-cents-unpadded",
        "balance-rounded-to-two-decimals",
    ],
    applies: |contract| {
        has_balance(contract)?;
        if shows_amounts(contract) { Ok(()) } else { Err("the contract shows no amounts") }
    },
    judge: Judge::Server(|trial| Box::pin(judge(trial))),
};

/// Amounts for the accounts of one case.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Case {
    /// The first account is created with it.
    opened: String,
    /// The second account is changed to it.
    changed: String,
    /// The third account is created with it; its size is sampled evenly.
    #[serde(default)]
    sized: String,
    /// The difference between the total and the remaining amount.
    more: String,
}

async fn judge(trial: &ServerTrial<'_>) -> Judgement {
    // Where no account can be created, this reports what is missing.
    trial.account(trial.credits(40)).await?;
    let changes = if_conclusive(require_visible_change(trial).await)?.is_some();
    let domain = domain(trial.contract);
    let cases = |sampler: Sampler| {
        let sized = sizes(sampler.stream("size").stratum(SIZES), domain);
        let amounts = (
            amounts(sampler.stream("opened"), domain),
            amounts(sampler.stream("changed"), domain),
            sized,
            plain_amounts(domain),
        );
        amounts.prop_map(|(opened, changed, sized, more)| Case {
            opened: opened.to_string(),
            changed: changed.to_string(),
            sized: sized.to_string(),
            more: more.abs().to_string(),
        })
    };
    trial.cases(CHECK.id).check_all(cases, |case| judge_case(trial, case, changes)).await
}

async fn judge_case(trial: &ServerTrial<'_>, case: Case, changes: bool) -> Judgement {
    let amount = |text: &str| text.parse::<Decimal>().unwrap_or_default();
    let (changed, more) = (amount(&case.changed), amount(&case.more));
    let with_total = |remaining: Decimal| {
        let balance = trial.credits(remaining);
        let total = balance.total.map(|_| remaining + more).filter(|total| is_representable(trial.contract, *total));
        BalanceValues { total: total.or(balance.total), ..balance }
    };
    let mut read = false;
    for opened in [&case.opened, &case.sized].map(|text| amount(text)) {
        if !is_representable(trial.contract, opened) {
            continue;
        }
        let balance = with_total(opened);
        // A server need not support every amount.
        if let Some(account) = optional(trial.account(balance).await)? {
            let reading = trial.check(&account).await?;
            judge_true_balance(trial, &promise(trial, &balance, &reading)?, &account, &reading)?;
            read = true;
        }
    }
    if changes && is_representable(trial.contract, changed) {
        let (account, balance) = (trial.account(trial.credits(1)).await?, with_total(changed));
        if optional(trial.change(&account, balance).await)?.is_some() {
            let reading = trial.check(&account).await?;
            judge_true_balance(trial, &promise(trial, &balance, &reading)?, &account, &reading)?;
            read = true;
        }
    }
    if read { Ok(()) } else { Err(Stop::Inconclusive("the server supports none of these amounts".to_owned())) }
}

/// The promise by which a server must show this balance exactly, with the level for amounts of this kind.
fn promise(trial: &ServerTrial<'_>, balance: &BalanceValues, reading: &BalanceRead) -> Result<Promise, Stop> {
    let documented = &trial.balance_operation()?.promise;
    let amounts = || [balance.remaining, balance.total].into_iter().flatten().map(|amount| amount.normalize());
    let digits = |amount: Decimal| amount.mantissa().unsigned_abs().to_string().len();
    if amounts().any(|amount| amount.abs() > Decimal::from(MAX_SAFE) || amount.scale() > 0 && digits(amount) > 15) {
        return Ok(standards::json_range());
    }
    let shown = reading.balance.as_ref().ok().and_then(|shown| shown.remaining);
    let in_debt = balance.remaining.is_some_and(|remaining| remaining < Decimal::ZERO);
    // A debt may be shown as zero, but never as credits.
    if in_debt && shown.is_some_and(|shown| shown > Decimal::ZERO) {
        return Ok(documented.clone());
    }
    let unusual = amounts().any(|amount| amount.is_sign_negative() && !amount.is_zero() || amount.scale() > 2);
    Ok(Promise { level: if unusual { Level::May } else { documented.level }, ..documented.clone() })
}
