//! # Paid calls never add credits, and take some where that is certain
//!
//! ## What it checks
//!
//! Where the contract does not state what a paid call costs: the balance never rises by one, and it is lower after
//! several calls, as soon as it is certain that they have been charged.
//!
//! ## Why it matters
//!
//! Without a documented price, no test can compare amounts. A server that takes nothing at all, or adds what it should
//! subtract, stays unnoticed until the accounts are audited.
//!
//! ## How
//!
//! An account with many credits makes several paid calls. It is certain that they were charged if their responses state
//! what is left, or if the state handler brings the jobs under way to an end (`jobs.settled`). Otherwise only a higher
//! balance is a violation.

use rust_decimal::Decimal;

use super::support::balance_reads::{open_account, shows_amounts};
use super::support::payments::{Payment, pay};
use super::support::stops::rate_limited;
use crate::checks::account::TestAccount;
use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, Stop, has_spend};
use crate::checks::class::Class;
use crate::checks::server_trial::ServerTrial;
use crate::checks::verdict::Side;
use crate::contract::{Condition, Contract, Level, Operation, Promise, Role};
use crate::mock::{State, StateParams};

pub(super) const CHECK: Check = Check {
    id: "balance.charged",
    side: Side::Server,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: false,
    needs: &[Need::State(State::Account), Need::Spend],
    faults: &["charge-added", "charge-nothing-at-unknown-cost"],
    applies: |contract| {
        has_spend(contract)?;
        if !shows_amounts(contract) {
            return Err("the contract shows no amounts");
        }
        if cost_unknown(contract) { Ok(()) } else { Err("the contract states what a paid call costs") }
    },
    judge: Judge::Server(|trial| Box::pin(judge(trial))),
};

/// Whether the contract states neither a fixed cost nor where a response states its own.
fn cost_unknown(contract: &Contract) -> bool {
    let cost = contract.operation(Role::Spend).and_then(|operation| operation.cost.as_ref());
    cost.is_none_or(|cost| cost.amount.is_none() && cost.charged.is_none())
}

async fn judge(trial: &ServerTrial<'_>) -> Judgement {
    let (balance, spend) = (trial.balance_operation()?, trial.operation(Role::Spend)?);
    let before = Decimal::from(100_000);
    let account = open_account(trial, trial.credits(before)).await?;
    let mut stated = None;
    for n in 0..3 {
        let payment = pay(trial, &account).await?;
        if payment.result.class == Class::Condition(Condition::RateLimited) {
            return Err(rate_limited());
        }
        if !payment.succeeded() {
            return if n == 0 { Err(payment.unexpected()) } else { Ok(()) };
        }
        stated = stated_remaining(spend, &payment).or(stated);
    }
    let settled = settle_jobs(trial, &account).await?;
    trial.wait_until_settled(&account).await?;
    let reading = trial.check(&account).await?;
    let Some(left) = reading.balance.as_ref().ok().and_then(|balance| balance.remaining) else {
        return Err(Stop::Inconclusive("the balance cannot be read after paid calls".to_owned()));
    };
    let shown_by = [&*reading.exchange];
    trial.judge(&balance.promise, Some(balance), &shown_by, left <= before, || {
        format!("three paid calls: expected at most {before} credits as before, found {left}")
    })?;
    if !settled && stated.is_none() {
        return Ok(());
    }
    // A call may be free, but several usual calls are not. No source states the price, so this is no violation of a must.
    let promise = spend.cost.as_ref().map_or(&spend.promise, |cost| &cost.promise);
    let level = spend.promise.level.min(Level::Should).max(promise.level);
    let promise = Promise { level, ..promise.clone() };
    trial.judge(&promise, Some(spend), &shown_by, left < before, || {
        format!("three paid calls succeeded: expected fewer than {before} credits, found {left}")
    })
}

/// What is left, as the response to a paid call states it.
fn stated_remaining(operation: &Operation, payment: &Payment) -> Option<Decimal> {
    let response = payment.exchange().result.as_ref().ok()?;
    let locator = operation.fields.remaining.as_ref()?;
    locator.amount("remaining", &response.body, &|name: &str| response.header(name)).ok()
}

/// Brings the jobs under way of an account to a successful end. `false` if the state handler cannot do that.
async fn settle_jobs(trial: &ServerTrial<'_>, account: &TestAccount) -> Result<bool, Stop> {
    let Ok(state) = "jobs.settled".parse::<State>() else { return Ok(false) };
    let mut params = StateParams::default();
    account.name_in(&mut params);
    Ok(super::support::stops::optional(trial.setup(state, params).await)?.is_some())
}
