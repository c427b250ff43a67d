//! # A job that fails is not charged
//!
//! ## What it checks
//!
//! A paid call that starts a job is charged only if the job succeeds: when it fails, the balance is as before.
//!
//! ## Why it matters
//!
//! Providers charge for results. A server that keeps the credit of a failed job charges its customers for its own
//! errors, and it is noticed at the end of the month.
//!
//! ## How
//!
//! Paid calls start jobs, which the state `jobs.settled` brings to an end: one that fails, one that succeeds, and
//! three under way at the same time that all fail. A server may charge a job when it accepts it or when it
//! succeeds. After each end the balance must be lower by the cost of the jobs that succeeded, and no more.

use crate::checks::account::TestAccount;
use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, Stop, has_spend};
use crate::checks::class::{Class, classify};
use crate::checks::server::support::balance_reads::{open_account, read_unchanged_balance, shows_amounts};
use crate::checks::server::support::jobs::bring_to_end;
use crate::checks::server_trial::{ServerTrial, describe};
use crate::checks::stub;
use crate::checks::verdict::Side;
use crate::contract::{Jobs, Level, Role};
use crate::mock::{JobOutcome, State};

pub(super) const CHECK: Check = Check {
    id: "balance.failed-job",
    side: Side::Server,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: false,
    needs: &[Need::State(State::Account), Need::State(State::JobsSettled), Need::Spend],
    faults: &["charge-for-failed-jobs"],
    applies: |contract| {
        has_spend(contract)?;
        let shown = contract.jobs().is_some() && shows_amounts(contract);
        if shown { Ok(()) } else { Err("the contract names no jobs that paid calls start, or shows no amounts") }
    },
    judge: Judge::Server(|trial| Box::pin(judge(trial))),
};

async fn judge(trial: &ServerTrial<'_>) -> Judgement {
    let Some(jobs) = trial.contract.jobs() else { return Ok(()) };
    trial.may_spend()?;
    let account = open_account(trial, trial.credits(20)).await?;
    end_jobs(trial, &account, jobs, 1, JobOutcome::Failed).await?;
    end_jobs(trial, &account, jobs, 1, JobOutcome::Succeeded).await?;
    end_jobs(trial, &account, jobs, 3, JobOutcome::Failed).await
}

/// Starts jobs, brings them to an end, and judges the balance.
async fn end_jobs(
    trial: &ServerTrial<'_>,
    account: &TestAccount,
    jobs: &Jobs,
    count: usize,
    outcome: JobOutcome,
) -> Judgement {
    let operation = trial.operation(Role::Spend)?;
    let Some(cost) = &operation.cost else { return Ok(()) };
    let mut last = None;
    for _ in 0..count {
        let exchange = trial.send(trial.request(operation, account)).await?;
        match &exchange.result {
            Ok(response) if classify(trial.contract, operation, response) == Class::Success => last = Some(exchange),
            Ok(response) => return Err(Stop::Inconclusive(format!("no job was started: {}", describe(response)))),
            Err(failure) => return Err(Stop::Inconclusive(format!("no job was started: {failure}"))),
        }
    }
    let Some(last) = last else { return Ok(()) };
    let jobs_word = if count == 1 { "job" } else { "jobs" };
    trial.add_step_for(account, format!("{count} {jobs_word} started, which {}", ended(outcome)));
    match bring_to_end(trial, account, jobs, &last, outcome).await? {
        Some(end) if end == outcome => {}
        Some(end) => {
            return Err(Stop::Inconclusive(format!("the state `jobs.settled` was set, and the job {}", ended(end))));
        }
        None => {
            return Err(Stop::CouldNotRun(format!("the job does not end\n{}", stub::handler(State::JobsSettled))));
        }
    }
    for _ in 0..count {
        let due = if outcome == JobOutcome::Succeeded { cost.amount } else { Some(rust_decimal::Decimal::ZERO) };
        account.expectations().spent(due);
    }
    read_unchanged_balance(trial, &cost.promise, account).await.map(drop)
}

fn ended(outcome: JobOutcome) -> &'static str {
    match outcome {
        JobOutcome::Succeeded => "succeeded",
        JobOutcome::Failed => "failed",
    }
}
