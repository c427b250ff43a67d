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
//! Every documented refusal is delivered, of a check and, if the client can, of a paid call. The error should name the
//! status and the code, and must not name others.

use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, Stop, has_balance};
use crate::checks::client::support::failure_policy::is_open;
use crate::checks::client_trial::ClientTrial;
use crate::checks::verdict::Side;
use crate::client::Capability;
use crate::contract::{Condition, Contract, DocumentedResponse, FailureMode, Level, Promise, Role, code_in};
use crate::model::Decision;
use crate::subject::Function;

pub(super) const CHECK: Check = Check {
    id: "error.detail",
    side: Side::Client,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: false,
    needs: &[Need::Optional(Capability::Spend)],
    faults: &[
        "status-not-reported",
        "code-not-reported",
        "wrong-status-reported",
        "wrong-code-in-paid-calls",
        "code-reported-for-bad-credentials-only",
    ],
    applies: |contract| {
        has_balance(contract)?;
        if [Role::Balance, Role::Spend].into_iter().any(|role| refusals(contract, role).next().is_some()) {
            Ok(())
        } else {
            Err("the contract documents no refusal that a client tells as an error")
        }
    },
    judge: Judge::Client(|trial| Box::pin(judge(trial))),
};

/// The documented refusals of an operation that clients report as errors.
fn refusals(contract: &Contract, role: Role) -> impl Iterator<Item = (Condition, &DocumentedResponse)> {
    // A failed check of a contract that fails open is reported as no error at all.
    let open = contract.failure.as_ref().is_some_and(|policy| policy.mode == FailureMode::Open);
    let operation = contract.operation(role).filter(|_| !(open && role == Role::Balance));
    let all = operation.into_iter().flat_map(|operation| &operation.conditions);
    all.map(|(condition, answer)| (*condition, answer))
}

async fn judge(trial: &ClientTrial<'_>) -> Judgement {
    let spends = trial.subject.capabilities.spend;
    if is_open(trial) && !spends {
        return Err(Stop::NotApplicable(
            "failed checks are told as no error, and the client makes no paid calls".to_owned(),
        ));
    }
    let mut missed = None;
    for (role, function) in [(Role::Balance, Function::Check), (Role::Spend, Function::Spend)] {
        for (condition, answer) in refusals(trial.contract, role).filter(|_| role == Role::Balance || spends) {
            match judge_refusal(trial, (role, function), condition, answer).await {
                Err(Stop::Inconclusive(reason)) => missed = Some(reason),
                judged => judged?,
            }
        }
    }
    missed.map_or(Ok(()), |reason| Err(Stop::Inconclusive(reason)))
}

async fn judge_refusal(
    trial: &ClientTrial<'_>,
    (role, function): (Role, Function),
    condition: Condition,
    answer: &DocumentedResponse,
) -> Judgement {
    let session = trial.open(trial.credits(100)).await?;
    let mut reply = trial.render(&session, role, &Decision::Refused { condition, retry_after_s: None })?;
    // A client may wait before it reports anything.
    reply.remove_header("retry-after");
    let status = reply.status;
    let code = reply.json().and_then(|body| code_in(&body, &answer.code_at));
    session.endpoint.respond_with(reply);
    let call = trial.call(&session, function).await?;
    if !call.override_used() {
        return Err(Stop::Inconclusive("a new session made no request".to_owned()));
    }
    let what = condition.as_str();
    let Err(error) = &call.outcome else {
        return Err(Stop::Inconclusive(format!("`{what}` was delivered, and the client told {}", call.found())));
    };
    let may = Promise { level: Level::May, ..answer.promise.clone() };
    let promise = &trial.operation(role)?.promise;
    trial.judge(promise, role, &[&call], error.status.is_none_or(|reported| reported == status), || {
        format!("`{what}`: expected status {status}, found {}", error.status.unwrap_or_default())
    })?;
    trial.judge(&may, role, &[&call], error.status.is_some(), || {
        format!("`{what}`: the error does not name the status")
    })?;
    if let Some(code) = code {
        let reported = error.code.as_deref();
        trial.judge(promise, role, &[&call], reported.is_none_or(|reported| reported == code), || {
            format!("`{what}`: expected the code `{code}`, found `{}`", reported.unwrap_or_default())
        })?;
        trial.judge(&may, role, &[&call], reported.is_some(), || {
            format!("`{what}`: the error does not name the code, `{code}`")
        })?;
    }
    Ok(())
}
