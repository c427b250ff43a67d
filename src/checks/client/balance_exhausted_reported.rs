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
//! An account without credits makes a paid call: the error must have the class `exhausted`. Paid calls that fail for
//! other reasons must be errors of another class: statuses that have nothing to do with credits, and a lost connection.

use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, Stop, has_spend};
use crate::checks::client_trial::ClientTrial;
use crate::checks::verdict::Side;
use crate::client::Capability;
use crate::client::ErrorClass;
use crate::contract::{Condition, Contract, DocumentedResponse, Level, Role, StatusRange};
use crate::generate::replaced;
use crate::mock::{Delivery, Reply};
use crate::model::Decision;

pub(super) const CHECK: Check = Check {
    id: "balance.exhausted-reported",
    side: Side::Client,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: false,
    needs: &[Need::Capability(Capability::Spend)],
    faults: &[
        "exhausted-misclassified",
        "exhausted-read-as-success",
        "bad-credential-read-as-exhausted",
        "broken-paid-call-read-as-success",
        "other-codes-read-as-exhausted",
    ],
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
    judge_other_code(trial, answer, &reply).await?;
    for (what, reply) in other_failures(answer) {
        let session = trial.open(trial.credits(100)).await?;
        session.endpoint.respond_with(reply);
        let call = trial.spend(&session).await?;
        if !call.override_used() {
            return Err(Stop::Inconclusive("the paid call made no request".to_owned()));
        }
        let class = call.outcome.as_ref().err().map(|error| error.class);
        let failed = class.is_some_and(|class| class != ErrorClass::Exhausted);
        trial.judge(&operation.promise, Role::Spend, &[&call], failed, || {
            format!(
                "a paid call met {what}: expected an error of another class than `exhausted`, found {}",
                call.found()
            )
        })?;
    }
    Ok(())
}

/// Judges a refusal with the status of an exhausted account and another code, where that status has other meanings as well.
async fn judge_other_code(trial: &ClientTrial<'_>, answer: &DocumentedResponse, exhausted: &Reply) -> Judgement {
    let pointer = trial.contract.error_code.as_deref().filter(|_| answer.code.is_some());
    let (Some(pointer), 400 | 403) = (pointer, exhausted.status) else { return Ok(()) };
    if !matches!(answer.status, Some(StatusRange::Exact(_))) {
        return Ok(());
    }
    let body = replaced(&exhausted.text(), pointer, |_, _| Some("\"ANOTHER_REASON\"".to_owned()));
    let session = trial.open(trial.credits(100)).await?;
    session.endpoint.respond_with(Reply { body: body.into(), ..exhausted.clone() });
    let call = trial.spend(&session).await?;
    if !call.override_used() {
        return Err(Stop::Inconclusive("the paid call made no request".to_owned()));
    }
    let failed = call.outcome.as_ref().is_err_and(|error| error.class != ErrorClass::Exhausted);
    trial.judge(&answer.promise, Role::Spend, &[&call], failed, || {
        let status = exhausted.status;
        format!(
            "status {status} with another code: expected an error of another class than `exhausted`, found {}",
            call.found()
        )
    })
}

/// Failures of a paid call that have nothing to do with credits.
fn other_failures(exhausted: &DocumentedResponse) -> Vec<(String, Reply)> {
    let page = |status| Reply::new(status, "text/html", "<!doctype html><title>Error</title>");
    // What such a status means is open where it is also that of an exhausted account.
    let statuses = [500, 401, 404, 502, 503, 504].into_iter();
    let statuses = statuses.filter(|status| exhausted.status.is_none_or(|range| !range.contains(*status)));
    let mut all: Vec<(String, Reply)> = statuses.map(|status| (format!("a {status}"), page(status))).collect();
    let reset = Reply { delivery: Delivery::Reset, ..Reply::new(200, "application/json", "{}") };
    all.push(("a connection that is reset".to_owned(), reset));
    all
}
