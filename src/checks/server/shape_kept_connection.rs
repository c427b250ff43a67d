//! # Every response on a kept connection has the documented form
//!
//! ## What it checks
//!
//! The second and later responses on one connection have the same status, media type, documented header fields and form
//! of the body as a response on a new connection, also after an error on the same connection. None of them has both a
//! `Content-Length` and a `Transfer-Encoding`.
//!
//! ## Why it matters
//!
//! A response that is written into the buffers of the one before, or a middleware that adds its fields only once for each
//! connection, works in every test that makes one request. Clients keep connections open and get the broken ones.
//!
//! ## How
//!
//! The operations that change nothing are called on a new connection, and then several times on one connection, with a
//! request for an unknown path and one with an unknown credential in between.

use std::sync::Arc;

use super::shape_headers::judge_headers;
use super::support::bodies::judge_shape;
use super::support::describe::describe_exchange;
use super::support::keys;
use super::support::operations::reads;
use super::support::stops::rate_limited;
use super::support::unrouted::unknown_paths;
use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, Stop, has_read};
use crate::checks::server_trial::ServerTrial;
use crate::checks::standards;
use crate::checks::verdict::Side;
use crate::contract::{Level, Operation};
use crate::exchange::{Exchange, Failure, KeptConnection, Request, SendOptions};

pub(super) const CHECK: Check = Check {
    id: "shape.kept-connection",
    side: Side::Server,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: false,
    needs: &[Need::Key, Need::Raw],
    faults: &[
        "kept-connection-other-media-type",
        "kept-connection-header-absent",
        "kept-connection-body-empty-after-error",
        "kept-connection-crashes",
        "kept-connection-two-kinds-of-framing",
    ],
    applies: has_read,
    judge: Judge::Server(|trial| Box::pin(judge(trial))),
};

/// How many operations are called.
const OPERATIONS: usize = 4;

async fn judge(trial: &ServerTrial<'_>) -> Judgement {
    let account = trial.account_a().await?;
    let mut operations = Vec::new();
    for operation in reads(trial.contract).into_iter().take(OPERATIONS) {
        let options = SendOptions { fresh: true, ..SendOptions::default() };
        let exchange = trial.send_as(trial.request(operation, &account), options).await?;
        // Without a response to compare with, nothing can be said about this operation.
        if let Ok(response) = &exchange.result
            && response.status < 500
            && response.status != 429
        {
            operations.push((operation, response.status));
        }
    }
    let Some((some, _)) = operations.first() else {
        return Err(Stop::Inconclusive("no operation that changes nothing is answered".to_owned()));
    };
    let unknown_path = unknown_paths(trial.contract, &some.example_path).into_iter().next();
    let target = unknown_path.unwrap_or_else(|| "/ringtrue-nothing-here".to_owned());
    let unknown_path = Request { target, ..trial.request(some, &account) };
    let unknown_key = trial.with_tenant(some.example_request(), account.tenant.as_deref());
    let unknown_key = trial.with_key(unknown_key, &keys::unknown_key(trial, &account.key, 401));
    let how = SendOptions { bad_key: true, ..SendOptions::default() };
    let refused = trial.send_as(unknown_key.clone(), SendOptions { fresh: true, ..how }).await?;
    let refused = refused.result.as_ref().ok().map(|response| response.status);
    let mut connection = KeptConnection::default();
    for round in 0..4 {
        for (operation, status) in &operations {
            let request = trial.request(operation, &account);
            let exchange = send_on(trial, &mut connection, request, SendOptions::default()).await?;
            judge_response(trial, operation, &exchange, *status, connection.carried())?;
        }
        match round {
            1 => drop(send_on(trial, &mut connection, unknown_path.clone(), SendOptions::default()).await?),
            2 => {
                let exchange = send_on(trial, &mut connection, unknown_key.clone(), how).await?;
                if let Some(status) = refused.filter(|status| (400..500).contains(status) && *status != 429) {
                    judge_response(trial, some, &exchange, status, connection.carried())?;
                }
            }
            _ => {}
        }
    }
    Ok(())
}

fn judge_response(
    trial: &ServerTrial<'_>,
    operation: &Operation,
    exchange: &Exchange,
    status: u16,
    nth: u64,
) -> Judgement {
    let same = exchange.result.as_ref().is_ok_and(|response| response.status == status);
    trial.judge(&operation.promise, Some(operation), &[exchange], same, || {
        let found = describe_exchange(exchange);
        format!("request {nth} on a kept connection: expected status {status} as on a new connection, found {found}")
    })?;
    if let Ok(response) = &exchange.result {
        let both = response.header("content-length").is_some() && response.header("transfer-encoding").is_some();
        trial.judge(&standards::one_framing(), Some(operation), &[exchange], !both, || {
            format!(
                "request {nth} on a kept connection: expected either Content-Length or Transfer-Encoding, found both"
            )
        })?;
    }
    // An undocumented status is the same on a new connection, and judged by other checks.
    if operation.response(status).is_none() {
        return Ok(());
    }
    judge_shape(trial, operation, exchange)?;
    judge_headers(trial, operation, exchange).map(drop)
}

/// Sends a request on the connection. One that the server has just closed is opened again.
pub(super) async fn send_on(
    trial: &ServerTrial<'_>,
    connection: &mut KeptConnection,
    request: Request,
    how: SendOptions,
) -> Result<Arc<Exchange>, Stop> {
    let mut last = None;
    for _ in 0..2 {
        let sent = trial.transport().send_on(connection, &trial.journal, request.clone(), how).await;
        let exchange = sent.map_err(|error| Stop::CouldNotRun(error.to_string()))?;
        match &exchange.result {
            Ok(response) if response.status == 429 => return Err(rate_limited()),
            Err(Failure::Unsendable(why)) => return Err(Stop::CouldNotRun(why.clone())),
            Err(Failure::Closed(_)) => last = Some(exchange),
            _ => return Ok(exchange),
        }
    }
    last.ok_or_else(|| Stop::Inconclusive("there is no response".to_owned()))
}
