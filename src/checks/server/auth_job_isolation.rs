//! # A job is shown to its own account only
//!
//! ## What it checks
//!
//! The operation that shows the state of a job shows it to the account that started it. For another account, the job is
//! unknown.
//!
//! ## Why it matters
//!
//! Ids of jobs stand in logs and addresses. A server that looks a job up by its id alone gives everyone who knows one the results
//! that another customer has paid for.
//!
//! ## How
//!
//! An account starts a job with a paid call and asks for its state, which must succeed. Another account asks for the same
//! job.

use super::support::refusal::judge_condition;
use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, Stop, has_spend};
use crate::checks::class::succeeded;
use crate::checks::server::support::describe::describe_exchange;
use crate::checks::server::support::jobs::status_request;
use crate::checks::server_trial::ServerTrial;
use crate::checks::verdict::Side;
use crate::contract::{Condition, Contract, Level, Operation, Role};
use crate::mock::State;

pub(super) const CHECK: Check = Check {
    id: "auth.job-isolation",
    side: Side::Server,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: false,
    needs: &[Need::State(State::Account), Need::TwoKeys, Need::Spend],
    faults: &["jobs-shown-to-all"],
    applies: |contract| {
        has_spend(contract)?;
        let shown = contract.jobs().is_some() && status_operation(contract).is_some();
        if shown { Ok(()) } else { Err("the contract does not say that a job is unknown to other accounts") }
    },
    judge: Judge::Server(|trial| Box::pin(judge(trial))),
};

/// The operation that shows the state of jobs to their own account.
pub(super) fn status_operation(contract: &Contract) -> Option<&Operation> {
    let mut operations = contract.operations.iter();
    operations.find(|operation| operation.conditions.contains_key(&Condition::JobUnknown)).map(AsRef::as_ref)
}

async fn judge(trial: &ServerTrial<'_>) -> Judgement {
    let (Some(jobs), Some(shows)) = (trial.contract.jobs(), status_operation(trial.contract)) else { return Ok(()) };
    trial.may_spend()?;
    let (owner, other) = (trial.account_a().await?, trial.account_b().await?);
    let spend = trial.operation(Role::Spend)?;
    let started = trial.send(trial.request(spend, &owner)).await?;
    if !succeeded(trial.contract, spend, &started) {
        return Err(Stop::Inconclusive(format!("no job was started: {}", describe_exchange(&started))));
    }
    let Some(own) = status_request(trial, &owner, jobs, &started) else {
        return Err(Stop::Inconclusive("the response to the paid call names no job".to_owned()));
    };
    let own = trial.send(own).await?;
    if !succeeded(trial.contract, shows, &own) {
        return Err(Stop::Inconclusive(format!(
            "the job is not shown to its own account: {}",
            describe_exchange(&own)
        )));
    }
    let Some(foreign) = status_request(trial, &other, jobs, &started) else { return Ok(()) };
    let foreign = trial.send(foreign).await?;
    judge_condition(trial, shows, &foreign, Condition::JobUnknown).map(drop)
}
