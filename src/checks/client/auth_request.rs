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
use crate::checks::standards::no_content_in_get;
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
    judge: Judge::Client(|trial| Box::pin(judge(trial))),
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
