//! # A paid call is one request with the documented method, path and body
//!
//! ## What it checks
//!
//! Compares the request of a paid call with the contract: method, path, query parameters, media type and body. A balance
//! that the client reports with the result is compared with the true one.
//!
//! ## Why it matters
//!
//! A paid call with a wrong body is refused, or it pays for something else. Both are noticed only when it is called in
//! production, because tests rarely make paid calls.
//!
//! ## How
//!
//! An account with credits makes a paid call, twice. Each must send exactly one request to the paid operation, with a
//! body that conforms to the documented schema. Further requests are accepted if the contract documents them: a client
//! may check the balance before it pays.

use rust_decimal::Decimal;
use serde_json::Value;

use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, has_spend};
use crate::checks::client_session::{Call, ClientSession};
use crate::checks::client_trial::ClientTrial;
use crate::checks::exchange_judge::ExchangeJudge;
use crate::checks::standards::witnesses;
use crate::checks::traffic::{Observed, Passive, TrafficTrial};
use crate::checks::verdict::Side;
use crate::client::Capability;
use crate::contract::{Content, Contract, Level, Operation, Role};
use crate::exchange::Request;
use crate::mock::ReceivedRequest;

pub(super) const CHECK: Check = Check {
    id: "shape.paid-call",
    side: Side::Client,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: false,
    needs: &[Need::Capability(Capability::Spend)],
    faults: &[
        "paid-call-by-get",
        "paid-call-by-put",
        "paid-call-to-another-path",
        "paid-call-without-body",
        "paid-call-with-empty-object",
        "paid-call-as-form",
        "paid-call-without-media-type",
        "request-sent-twice",
        "paid-call-reports-another-balance",
    ],
    applies: has_spend,
    judge: Judge::ClientOrTraffic(|trial| Box::pin(judge(trial)), Passive::Each(judge_observed)),
};

async fn judge(trial: &ClientTrial<'_>) -> Judgement {
    let operation = trial.operation(Role::Spend)?;
    let session = trial.open(trial.credits(100)).await?;
    for _ in 0..2 {
        let before = true_balance(&session);
        let call = trial.spend(&session).await?;
        judge_requests(trial, operation, &call)?;
        judge_reported(trial, operation, &call, [before, true_balance(&session)])?;
    }
    Ok(())
}

fn true_balance(session: &ClientSession) -> Option<Decimal> {
    session.endpoint.provider().balance(session.tenant())?.remaining
}

/// Judges the balance that a client reports with the result of a paid call: that before the call, or after it.
fn judge_reported(
    trial: &ClientTrial<'_>,
    operation: &Operation,
    call: &Call,
    [before, after]: [Option<Decimal>; 2],
) -> Judgement {
    let Some(reported) = call.outcome.as_ref().ok().and_then(|balance| balance.remaining) else { return Ok(()) };
    // Where a job is charged when it ends, a client may count it already.
    let cost = operation.cost.as_ref().and_then(|cost| cost.amount).unwrap_or(Decimal::ONE);
    let possible = [before, after, before.map(|before| before - cost)];
    trial.judge(&witnesses(), Role::Spend, &[call], possible.contains(&Some(reported)), || {
        let [before, after] = [before, after].map(Option::unwrap_or_default);
        format!("a paid call: expected {after} left, or {before} as before it, found {reported}")
    })
}

fn judge_requests(trial: &ClientTrial<'_>, operation: &Operation, call: &Call) -> Judgement {
    let judge = |holds: bool, reason: String| {
        trial.judge(&operation.promise, Role::Spend, &[call], holds, || format!("a paid call: {reason}"))
    };
    let (paid, others): (Vec<_>, Vec<_>) =
        call.received.iter().partition(|received| received.endpoint.is_some() && is_of(operation, &received.request));
    let wanted = format!("{} {}", operation.method, operation.path);
    let stray = others.into_iter().find(|received| !is_documented(trial.contract, received));
    let found = stray.map(|stray| format!("{} {}", stray.request.method, path_of(&stray.request)));
    judge(found.is_none(), format!("expected {wanted}, found {}", found.unwrap_or_default()))?;
    judge(paid.len() == 1, format!("expected one request {wanted}, found {}", paid.len()))?;
    for received in paid {
        let problem = body_problem(operation, &received.request);
        judge(problem.is_none(), problem.unwrap_or_default())?;
    }
    Ok(())
}

/// What is wrong with the body of a request, or with its media type.
fn body_problem(operation: &Operation, request: &Request) -> Option<String> {
    let documented = operation.request.as_ref()?;
    let body = request.body.as_deref().unwrap_or_default();
    if body.is_empty() {
        return documented.required.then(|| "expected a body, found none".to_owned());
    }
    let expected: Vec<&str> = documented.content.iter().map(|content| content.media_type.as_str()).collect();
    let Some(field) = request.header_value("content-type") else {
        return Some(format!("expected the media type {}, found none", expected.join(" or ")));
    };
    let field = String::from_utf8_lossy(field);
    let media_type = field.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let Some(content) = documented.content.iter().find(|content| takes(content, &media_type)) else {
        return Some(format!("expected the media type {}, found {media_type}", expected.join(" or ")));
    };
    let schema = content.schema.as_ref().filter(|_| media_type.ends_with("json"))?;
    let Ok(value) = serde_json::from_slice::<Value>(body) else { return Some("the body is not JSON".to_owned()) };
    let error = schema.errors(&value).into_iter().next()?;
    let at = if error.at.is_empty() { "the body" } else { &error.at };
    Some(format!("the body does not conform to its schema: {at}: {}", error.message))
}

fn takes(content: &Content, media_type: &str) -> bool {
    match content.media_type.strip_suffix('*') {
        Some("*/") => true,
        Some(class) => media_type.starts_with(class),
        None => content.media_type == media_type,
    }
}

/// Whether the request is one that the contract documents, of an operation other than the paid one.
fn is_documented(contract: &Contract, received: &ReceivedRequest) -> bool {
    let others = contract.operations.iter().filter(|operation| operation.role != Role::Spend);
    let job = contract.jobs().and_then(|jobs| jobs.path.split_once("{id}"));
    let is_job = job.is_some_and(|(before, _)| path_of(&received.request).starts_with(before));
    received.endpoint.is_some() && (is_job || others.into_iter().any(|operation| is_of(operation, &received.request)))
}

fn is_of(operation: &Operation, request: &Request) -> bool {
    operation.method == request.method && operation.matches(path_of(request))
}

fn path_of(request: &Request) -> &str {
    request.target.split('?').next().unwrap_or_default()
}

/// Judges the body of a request in recorded traffic.
fn judge_observed(trial: &TrafficTrial<'_>, observed: &Observed) -> Judgement {
    let Some(operation) = observed.operation_with(Role::Spend).filter(|_| observed.known.request_body) else {
        return Ok(());
    };
    let problem = body_problem(operation, observed.request());
    trial.judge(&operation.promise, Some(operation), &[&observed.exchange], problem.is_none(), || {
        format!("a paid call: {}", problem.unwrap_or_default())
    })
}
