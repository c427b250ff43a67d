//! # Status and code of a failed response reach the application
//!
//! ## What it checks
//!
//! Checks that errors carry the HTTP status and the provider's error code.
//!
//! ## Why it matters
//!
//! Support staff ask for the code and the status, and applications branch on them where the class is too coarse.
//!
//! ## How
//!
//! Documented refusals with a code are delivered. The error should name the status and the code, and must not name
//! others.

use crate::checks::check::{Check, CheckKind, Judge, Judgement, Schedule, Stop, has_balance};
use crate::checks::client::support::failure_policy::is_open;
use crate::checks::client_trial::ClientTrial;
use crate::checks::verdict::Side;
use crate::contract::{code_in, Condition, Contract, Level, Promise, Role};
use crate::model::Decision;
use crate::subject::Function;

pub(super) const CHECK: Check = Check {
    id: "error.detail",
    side: Side::Client,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: false,
    needs: &[],
    faults: &["status-not-reported", "code-not-reported", "wrong-status-reported"],
    applies: |contract| {
        has_balance(contract)?;
        if judged(contract).is_some() {
            Ok(())
        } else {
            Err("the contract documents no refusal that a client tells as an error")
        }
    },
    judge: Judge::Client(|trial| Box::pin(judge(trial))),
};

/// The refusal that is delivered.
fn judged(contract: &Contract) -> Option<(Condition, &crate::contract::DocumentedResponse)> {
    let open = contract.failure.as_ref().is_some_and(|policy| policy.mode == crate::contract::FailureMode::Open);
    let operation = contract.operation(Role::Balance).filter(|_| !open)?;
    let by_code = operation.conditions.iter().find(|(_, answer)| answer.code.is_some());
    by_code.or_else(|| operation.conditions.iter().next()).map(|(condition, answer)| (*condition, answer))
}

async fn judge(trial: &ClientTrial<'_>) -> Judgement {
    let Some((condition, answer)) = judged(trial.contract).filter(|_| !is_open(trial)) else { return Ok(()) };
    let session = trial.open(trial.credits(100)).await?;
    let reply = trial.render(&session, Role::Balance, &Decision::Refused { condition, retry_after_s: None })?;
    let status = reply.status;
    let code = reply.json().and_then(|body| code_in(&body, &answer.code_at));
    session.endpoint.respond_with(reply);
    let call = trial.call(&session, Function::Check).await?;
    if !call.override_used() {
        return Err(Stop::Inconclusive("a new session made no request".to_owned()));
    }
    let Err(error) = &call.outcome else {
        return Err(Stop::Inconclusive(format!("a refusal was delivered, and the client told {}", call.found())));
    };
    let may = Promise { level: Level::May, ..answer.promise.clone() };
    let promise = &trial.operation(Role::Balance)?.promise;
    trial.judge(promise, Role::Balance, &[&call], error.status.is_none_or(|reported| reported == status), || {
        format!("expected status {status}, found {}", error.status.unwrap_or_default())
    })?;
    trial.judge(&may, Role::Balance, &[&call], error.status.is_some(), || {
        "the error does not name the status".to_owned()
    })?;
    if let Some(code) = code {
        let reported = error.code.as_deref();
        trial.judge(promise, Role::Balance, &[&call], reported.is_none_or(|reported| reported == code), || {
            format!("expected the code `{code}`, found `{}`", reported.unwrap_or_default())
        })?;
        trial.judge(&may, Role::Balance, &[&call], reported.is_some(), || {
            format!("the error does not name the code, `{code}`")
        })?;
    }
    Ok(())
}
