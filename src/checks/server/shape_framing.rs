//! # A response has the length that it declares
//!
//! ## What it checks
//!
//! The number of bytes in a response equals its `Content-Length`, a response has either a `Content-Length` or a
//! `Transfer-Encoding`, and a response to HEAD has no content.
//!
//! ## Why it matters
//!
//! A `Content-Length` that is too small truncates numbers (`1543` for `15432.50` is still valid JSON). One that is
//! too large makes clients wait for bytes that never come. Bytes after the content are read as the next response on
//! the connection. Where both kinds of framing are present, a proxy and the server behind it may see different ends of
//! the response, which attackers use.
//!
//! ## How
//!
//! Balances in every state of the account are read on raw connections, and the number of received bytes is compared
//! with the declared one. Refused requests are read in the same way. One balance is requested with HEAD; a server need not support HEAD.

use std::collections::BTreeSet;

use super::support::accounts::in_every_state;
use super::support::unrouted::unknown_paths;
use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, Stop, has_balance};
use crate::checks::server_trial::ServerTrial;
use crate::checks::standards;
use crate::checks::verdict::Side;
use crate::contract::{Level, Operation};
use crate::exchange::{Failure, Request, SendOptions};

pub(super) const CHECK: Check = Check {
    id: "shape.framing",
    side: Side::Server,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: false,
    needs: &[Need::Key, Need::Raw],
    faults: &[
        "content-length-too-small",
        "content-length-too-large",
        "bytes-after-content",
        "body-truncated",
        "head-response-with-content",
        "two-kinds-of-framing",
        "two-kinds-of-framing-in-errors",
        "two-content-lengths",
    ],
    applies: has_balance,
    judge: Judge::Server(|trial| Box::pin(judge(trial))),
};

async fn judge(trial: &ServerTrial<'_>) -> Judgement {
    let operation = trial.balance_operation()?;
    for account in in_every_state(trial).await? {
        judge_framing(trial, operation, trial.request(operation, &account)).await?;
    }
    let refused = trial.with_tenant(operation.example_request(), None);
    let unknown_path = unknown_paths(trial.contract, &operation.example_path).into_iter().next();
    let target = unknown_path.unwrap_or_else(|| "/ringtrue-nothing-here".to_owned());
    let unknown = Request { target, ..refused.clone() };
    for request in [refused, unknown] {
        judge_framing(trial, operation, request).await?;
    }
    judge_head(trial, operation).await
}

/// Judges the framing of the response to one request.
async fn judge_framing(trial: &ServerTrial<'_>, operation: &Operation, request: Request) -> Judgement {
    let promise = standards::content_length();
    let sent = trial.transport().send_raw(&trial.journal, request, SendOptions::default()).await;
    let (exchange, framed) = sent.map_err(|error| Stop::CouldNotRun(error.to_string()))?;
    if let Err(Failure::Unsendable(why)) = &exchange.result {
        return Err(Stop::CouldNotRun(why.clone()));
    }
    let complete =
        framed.as_ref().is_some_and(|framed| framed.chunked || framed.declared.is_none_or(|n| n == framed.received));
    trial.judge(&promise, Some(operation), &[&exchange], complete, || match (&framed, &exchange.result) {
        (Some(framed), _) => {
            let declared = framed.declared.unwrap_or_default();
            format!("expected {declared} bytes as in Content-Length, found {}", framed.received)
        }
        (None, Err(failure)) => format!("expected a complete response, found none: {failure}"),
        (None, Ok(_)) => "expected a complete response, found none".to_owned(),
    })?;
    if let Some(framed) = &framed {
        let has = |name: &str| framed.response.header(name).is_some();
        let both = has("content-length") && has("transfer-encoding");
        trial.judge(&standards::one_framing(), Some(operation), &[&exchange], !both, || {
            "expected either Content-Length or Transfer-Encoding, found both".to_owned()
        })?;
        let lengths: BTreeSet<String> = framed.response.header_all("content-length").collect();
        trial.judge(&promise, Some(operation), &[&exchange], lengths.len() < 2, || {
            format!("expected one Content-Length, found {}", lengths.iter().cloned().collect::<Vec<_>>().join(" and "))
        })?;
    }
    Ok(())
}

/// Judges that a response to HEAD has no content, which a client would read as the next response.
async fn judge_head(trial: &ServerTrial<'_>, operation: &Operation) -> Judgement {
    let request = Request { method: "HEAD".to_owned(), ..trial.request(operation, &trial.account_a().await?) };
    let sent = trial.transport().send_raw(&trial.journal, request, SendOptions::default()).await;
    let (exchange, framed) = sent.map_err(|error| Stop::CouldNotRun(error.to_string()))?;
    let Some(framed) = framed.filter(|framed| framed.response.is_success()) else { return Ok(()) };
    trial.judge(&standards::head(), Some(operation), &[&exchange], framed.received == 0, || {
        format!("expected no content in the response to HEAD, found {} bytes", framed.received)
    })
}
