//! # A check is one request with the documented method and path
//!
//! ## What it checks
//!
//! Compares the request for the balance with the contract: method, path, query parameters, and the number of
//! requests.
//!
//! ## Why it matters
//!
//! A POST instead of GET, an additional slash, a dropped path of the base URL or a missing parameter works against
//! one server and fails behind the next proxy. Additional requests count against limits and bills.
//!
//! ## How
//!
//! A new session checks the balance once. The recorded request is compared with the contract.

use crate::checks::check::{Check, CheckKind, Judge, Judgement, Schedule, has_balance};
use crate::checks::client_trial::ClientTrial;
use crate::checks::exchange_judge::ExchangeJudge;
use crate::checks::standards::no_content_in_get;
use crate::checks::traffic::{Observed, Passive, TrafficTrial};
use crate::checks::verdict::Side;
use crate::contract::{Level, Operation, Role};
use crate::exchange::Request;

pub(super) const CHECK: Check = Check {
    id: "auth.request",
    side: Side::Client,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: false,
    needs: &[],
    faults: &["method-post", "path-with-slash", "query-missing", "request-sent-twice", "body-on-get"],
    applies: has_balance,
    judge: Judge::ClientOrTraffic(|trial| Box::pin(judge(trial)), Passive::Each(judge_observed)),
};

async fn judge(trial: &ClientTrial<'_>) -> Judgement {
    let operation = trial.operation(Role::Balance)?;
    let session = trial.open(trial.credits(100)).await?;
    let call = trial.check(&session).await?;
    let promise = &operation.promise;
    trial.judge(promise, Role::Balance, &[&call], !call.received.is_empty(), || {
        "expected one request, found none".to_owned()
    })?;
    for received_request in &call.received {
        let request = &received_request.request;
        trial.judge(promise, Role::Balance, &[&call], received_request.endpoint.is_some(), || {
            format!("expected a path below the base URL, found {} {}", request.method, request.target)
        })?;
        trial.judge(promise, Role::Balance, &[&call], request.method == operation.method, || {
            format!("expected {}, found {}", operation.method, request.method)
        })?;
        let path = request.target.split('?').next().unwrap_or_default();
        let wanted = operation.example_path.split('?').next().unwrap_or_default();
        trial.judge(promise, Role::Balance, &[&call], path == wanted, || {
            format!("expected the path {wanted}, found {path}")
        })?;
        let missing = missing_parameter(operation, request);
        trial.judge(promise, Role::Balance, &[&call], missing.is_none(), || {
            format!("expected the query parameter {}, found none or another", missing.unwrap_or_default())
        })?;
    }
    let with_body = |received: &&std::sync::Arc<crate::mock::ReceivedRequest>| {
        received.request.method == "GET" && received.request.body.as_ref().is_some_and(|body| !body.is_empty())
    };
    let body = operation.request.is_none() && call.received.iter().any(|received| with_body(&received));
    trial.judge(&no_content_in_get(), Role::Balance, &[&call], !body, || {
        "expected a GET request without content, found a body".to_owned()
    })?;
    let requests = call.received.len();
    trial.judge(promise, Role::Balance, &[&call], requests == 1, || format!("expected one request, found {requests}"))
}

/// The first documented parameter that is not there as it should be.
fn missing_parameter(operation: &Operation, request: &Request) -> Option<String> {
    let query = |target: &str| {
        let query = target.split_once('?').map_or("", |(_, query)| query).to_owned();
        url::form_urlencoded::parse(query.as_bytes()).into_owned().collect::<Vec<_>>()
    };
    let have = query(&request.target);
    let wanted = query(&operation.example_path);
    let missing = wanted.iter().find(|(name, _)| !have.iter().any(|(n, _)| n == name));
    missing.map(|(name, _)| format!("`{name}`"))
}

/// Judges a request in recorded traffic. A contract need not document every path and method of a provider, so that only requests are
/// judged that the server did not accept, and that differ little from a documented one.
fn judge_observed(trial: &TrafficTrial<'_>, observed: &Observed) -> Judgement {
    let request = observed.request();
    if let Some(operation) = &observed.sent.operation {
        let missing = missing_parameter(operation, request);
        trial.judge(&operation.promise, Some(operation), &[&observed.exchange], missing.is_none(), || {
            format!("expected the query parameter {}, found none or another", missing.unwrap_or_default())
        })?;
        let has_body = request.body.as_ref().is_some_and(|body| !body.is_empty());
        let body = operation.request.is_none() && request.method == "GET" && has_body;
        return trial.judge(&no_content_in_get(), Some(operation), &[&observed.exchange], !body, || {
            "expected a GET request without content, found a body".to_owned()
        });
    }
    let status = observed.exchange.result.as_ref().map_or(0, |response| response.status);
    let unaccepted = matches!(status, 301 | 302 | 307 | 308 | 404 | 405 | 410 | 501);
    if !unaccepted || matches!(request.method.as_str(), "OPTIONS" | "HEAD" | "TRACE" | "CONNECT") {
        return Ok(());
    }
    let path = request.target.split('?').next().unwrap_or_default();
    let all = trial.contract().operations.iter().filter(|operation| operation.role != Role::Other);
    let on_path = all.clone().find(|operation| operation.matches(path));
    if let Some(operation) = on_path {
        return trial.judge(&operation.promise, Some(operation), &[&observed.exchange], false, || {
            format!("expected {}, found {}, which gets status {status}", operation.method, request.method)
        });
    }
    let near = all.filter(|operation| operation.method == request.method);
    let near = near.into_iter().find(|operation| !operation.path.contains('{') && is_near(&operation.path, path));
    let Some(operation) = near else { return Ok(()) };
    trial.judge(&operation.promise, Some(operation), &[&observed.exchange], false, || {
        format!("expected the path {}, found {path}, which gets status {status}", operation.path)
    })
}

/// Whether two paths differ in slashes and letter case only.
fn is_near(documented: &str, path: &str) -> bool {
    let segments = |path: &str| {
        let segments = path.split('/').filter(|segment| !segment.is_empty());
        segments.map(str::to_ascii_lowercase).collect::<Vec<_>>()
    };
    segments(documented) == segments(path)
}
