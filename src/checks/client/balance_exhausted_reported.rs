//! # "Out of credits" is distinguished from other failures
//!
//! ## What it checks
//!
//! Checks that a refusal for lack of credits is reported as class `exhausted`, and that other failures are not.
//!
//! ## Why it matters
//!
//! This refusal is the moment to sell credits. A client that reports it as a general failure sells none; a client
//! that reports it as a success works for free.
//!
//! ## How
//!
//! An account without credits makes a paid call: the error must have the class `exhausted`. A paid call that fails
//! for another reason must not.

use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, Stop, has_spend};
use crate::checks::client_trial::ClientTrial;
use crate::checks::verdict::Side;
use crate::client::Capability;
use crate::client::ErrorClass;
use crate::contract::{Condition, Contract, Level, Role};
use crate::mock::Reply;
use crate::model::Decision;

pub(super) const CHECK: Check = Check {
    id: "balance.exhausted-reported",
    side: Side::Client,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: false,
    needs: &[Need::Capability(Capability::Spend)],
    faults: &["exhausted-misclassified", "exhausted-read-as-success"],
    applies: |contract: &Contract| {
        has_spend(contract)?;
        let spend = contract.operation(Role::Spend);
        let reported = spend.is_some_and(|operation| operation.conditions.contains_key(&Condition::Exhausted));
        if reported { Ok(()) } else { Err("the contract documents no answer for want of credits") }
    },
    judge: Judge::Client(|trial| Box::pin(judge(trial))),
};

async fn judge(trial: &ClientTrial<'_>) -> Judgement {
    let operation = trial.operation(Role::Spend)?;
    let Some(answer) = operation.conditions.get(&Condition::Exhausted) else { return Ok(()) };
    let session = trial.open(trial.credits(0)).await?;
    let reply = trial.render(
        &session,
        Role::Spend,
        &Decision::Refused { condition: Condition::Exhausted, retry_after_s: None },
    )?;
    // Where no status is stated, only the code tells; some are successes.
    let statuses: Vec<u16> = if answer.status.is_none() { vec![200, 403, 422] } else { vec![reply.status] };
    for status in statuses {
        let session = trial.open(trial.credits(0)).await?;
        session.endpoint.respond_with(Reply { status, ..reply.clone() });
        let call = trial.spend(&session).await?;
        if !call.override_used() {
            return Err(Stop::Inconclusive("the paid call made no request".to_owned()));
        }
        let class = call.outcome.as_ref().err().map(|error| error.class);
        trial.judge(&answer.promise, Role::Spend, &[&call], class == Some(ErrorClass::Exhausted), || {
            format!("out of credits, status {status}: expected an error of class `exhausted`, found {}", call.found())
        })?;
    }
    let session = trial.open(trial.credits(100)).await?;
    session.endpoint.respond_with(Reply::new(500, "text/plain", "no"));
    let call = trial.spend(&session).await?;
    if !call.override_used() {
        return Err(Stop::Inconclusive("the paid call made no request".to_owned()));
    }
    let class = call.outcome.as_ref().err().map(|error| error.class);
    let failed = class.is_some_and(|class| class != ErrorClass::Exhausted);
    trial.judge(&operation.promise, Role::Spend, &[&call], failed, || {
        format!("a paid call met a 500: expected an error of another class than `exhausted`, found {}", call.found())
    })
}
