//! # Any amount that an account may have is shown exactly
//!
//! What goes wrong with amounts goes wrong for some: for those of four digits, for cents with a zero in front, for debts, for
//! whoever is one credit above a power of two. Nobody has all of these in a list.
//!
//! Accounts are opened with generated amounts of every order of magnitude, and others are changed to them behind the API's
//! back, as far as the schema lets an account have them and the server can hold them; each must show exactly that. Beyond 2^53
//! or 15 digits, below zero, and with more decimals than money has, what is lost is worth knowing and no violation; but a debt
//! is never shown as credits.

use proptest::strategy::Strategy;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::checks::amounts::{MAX_SAFE, domain};
use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, Stop, has_balance};
use crate::checks::server::support::balance_reads::{change_shows, judge_truth, shows_amounts};
use crate::checks::server_trial::{BalanceRead, ServerTrial};
use crate::checks::standards;
use crate::checks::verdict::Side;
use crate::contract::{Level, Promise};
use crate::generate::{SIZES, Sampler, amounts, plain_amounts, sizes};
use crate::mock::State;
use crate::model::{BalanceValues, fits};

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

/// What an account is opened with, and what another one is changed to.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Case {
    opened: String,
    changed: String,
    /// What a third one is opened with.
    #[serde(default)]
    sized: String,
    /// By how much more there was in all.
    more: String,
}

async fn judge(trial: &ServerTrial<'_>) -> Judgement {
    // Where no account can be opened, say what is missing.
    trial.account(trial.credits(40)).await?;
    let changes = match change_shows(trial).await {
        Ok(()) => true,
        Err(Stop::CouldNotRun(_) | Stop::Inconclusive(_)) => false,
        Err(stop) => return Err(stop),
    };
    let domain = domain(trial.contract);
    let cases = |hand: Sampler| {
        let sized = sizes(hand.at("size").card(SIZES), domain);
        let amounts =
            (amounts(hand.at("opened"), domain), amounts(hand.at("changed"), domain), sized, plain_amounts(domain));
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
    let with_total = |left: Decimal| {
        let balance = trial.credits(left);
        let total = balance.total.map(|_| left + more).filter(|total| fits(trial.contract, *total));
        BalanceValues { total: total.or(balance.total), ..balance }
    };
    let mut read = false;
    for opened in [&case.opened, &case.sized].map(|text| amount(text)) {
        if !fits(trial.contract, opened) {
            continue;
        }
        let balance = with_total(opened);
        // A server need not be able to hold every amount.
        if let Some(account) = held(trial.account(balance).await)? {
            let reading = trial.check(&account).await?;
            judge_truth(trial, &promise(trial, &balance, &reading)?, &account, &reading)?;
            read = true;
        }
    }
    if changes && fits(trial.contract, changed) {
        let (account, balance) = (trial.account(trial.credits(1)).await?, with_total(changed));
        if held(trial.change(&account, balance).await)?.is_some() {
            let reading = trial.check(&account).await?;
            judge_truth(trial, &promise(trial, &balance, &reading)?, &account, &reading)?;
            read = true;
        }
    }
    if read { Ok(()) } else { Err(Stop::Inconclusive("no account can be given any of these amounts".to_owned())) }
}

/// What came of it, if the server can hold such an amount.
fn held<T>(done: Result<T, Stop>) -> Result<Option<T>, Stop> {
    match done {
        Ok(done) => Ok(Some(done)),
        Err(Stop::CouldNotRun(_)) => Ok(None),
        Err(stop) => Err(stop),
    }
}

/// What binds a server to show this balance exactly, and how much.
fn promise(trial: &ServerTrial<'_>, balance: &BalanceValues, reading: &BalanceRead) -> Result<Promise, Stop> {
    let usual = &trial.balance_operation()?.promise;
    let amounts = || [balance.remaining, balance.total].into_iter().flatten().map(|amount| amount.normalize());
    let digits = |amount: Decimal| amount.mantissa().unsigned_abs().to_string().len();
    if amounts().any(|amount| amount.abs() > Decimal::from(MAX_SAFE) || amount.scale() > 0 && digits(amount) > 15) {
        return Ok(standards::json_range());
    }
    let shown = reading.balance.as_ref().ok().and_then(|shown| shown.remaining);
    // A debt may be shown as nothing, but never as credits.
    if balance.remaining.is_some_and(|left| left < Decimal::ZERO) && shown.is_some_and(|shown| shown > Decimal::ZERO) {
        return Ok(usual.clone());
    }
    let odd = amounts().any(|amount| amount.is_sign_negative() && !amount.is_zero() || amount.scale() > 2);
    Ok(Promise { level: if odd { Level::May } else { usual.level }, ..usual.clone() })
}
