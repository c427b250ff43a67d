//! # Credits of jobs under way are shown as reserved
//!
//! ## What it checks
//!
//! While a job is under way, the balance shows its cost as reserved; when the job has ended, it does not any more.
//!
//! ## Why it matters
//!
//! What is reserved cannot be spent. A hold that is not shown makes a balance look larger than it is, and one that is never
//! released takes credits away for good.
//!
//! ## How
//!
//! The reserved amount is read before a paid call, while its job is under way, and after the state `jobs.settled` has ended
//! it: once with success and once without.

use rust_decimal::Decimal;

use crate::checks::account::TestAccount;
use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, Stop, has_spend};
use crate::checks::class::succeeded;
use crate::checks::server::support::balance_reads::open_account;
use crate::checks::server::support::describe::describe_exchange;
use crate::checks::server::support::jobs::{bring_to_end, shown_outcome};
use crate::checks::server_trial::{BalanceRead, ServerTrial};
use crate::checks::verdict::Side;
use crate::contract::{Level, Promise, Repeated, Role};
use crate::mock::{JobOutcome, State};

pub(super) const CHECK: Check = Check {
    id: "balance.held",
    side: Side::Server,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: false,
    needs: &[Need::State(State::Account), Need::State(State::JobsSettled), Need::Spend],
    faults: &["hold-not-shown", "hold-never-released"],
    applies: |contract| {
        has_spend(contract)?;
        let held = contract.operation(Role::Balance).is_some_and(|operation| operation.fields.held.is_some());
        let priced = contract.operation(Role::Spend).and_then(|spend| spend.cost.as_ref()?.amount).is_some();
        if held && priced && contract.jobs().is_some() {
            Ok(())
        } else {
            Err("the contract does not say where reserved credits stand, or what a job costs")
        }
    },
    judge: Judge::Server(|trial| Box::pin(judge(trial))),
};

async fn judge(trial: &ServerTrial<'_>) -> Judgement {
    let Some(held) = trial.balance_operation()?.fields.held.as_ref() else { return Ok(()) };
    let spend = trial.operation(Role::Spend)?;
    let Some(cost) = spend.cost.as_ref().and_then(|cost| cost.amount) else { return Ok(()) };
    let Some(jobs) = trial.contract.jobs() else { return Ok(()) };
    trial.may_spend()?;
    for outcome in [JobOutcome::Succeeded, JobOutcome::Failed] {
        let account = open_account(trial, trial.credits(20)).await?;
        let (_, before) = shown(trial, &account, held).await?;
        let started = trial.send(trial.request(spend, &account)).await?;
        if !succeeded(trial.contract, spend, &started) {
            return Err(Stop::Inconclusive(format!("no job was started: {}", describe_exchange(&started))));
        }
        let (reading, during) = shown(trial, &account, held).await?;
        if shown_outcome(trial, &account, jobs, &started).await?.is_some() {
            return Err(Stop::Inconclusive("the job had ended before the balance was read".to_owned()));
        }
        judge_amount(trial, &held.promise, &reading, during, before + cost, "a job is under way")?;
        if bring_to_end(trial, &account, jobs, &started, outcome).await? != Some(outcome) {
            return Err(Stop::Inconclusive("the job does not end as the state `jobs.settled` says".to_owned()));
        }
        let (reading, after) = shown(trial, &account, held).await?;
        judge_amount(trial, &held.promise, &reading, after, before, "no job is under way any more")?;
    }
    Ok(())
}

/// The reserved amount that the balance shows, with the caches expired.
async fn shown(
    trial: &ServerTrial<'_>,
    account: &TestAccount,
    held: &Repeated,
) -> Result<(BalanceRead, Decimal), Stop> {
    trial.expire_caches(account).await?;
    let reading = trial.check(account).await?;
    let Ok(response) = &reading.exchange.result else {
        return Err(Stop::Inconclusive("the balance cannot be read".to_owned()));
    };
    let amount = held.at.amount("held", &response.body, &|name: &str| response.header(name));
    let amount = amount.map_err(|error| Stop::Inconclusive(format!("the reserved amount cannot be read: {error}")))?;
    Ok((reading, amount))
}

fn judge_amount(
    trial: &ServerTrial<'_>,
    promise: &Promise,
    reading: &BalanceRead,
    found: Decimal,
    expected: Decimal,
    about: &str,
) -> Judgement {
    let operation = trial.balance_operation()?;
    trial.judge(promise, Some(operation), &[&reading.exchange], found == expected, || {
        format!("{about}: expected {} reserved, found {}", expected.normalize(), found.normalize())
    })
}
