//! # A response has the length that it declares
//!
//! ## What it checks
//!
//! The number of bytes in a response equals its `Content-Length`, and a response to HEAD has no content.
//!
//! ## Why it matters
//!
//! A `Content-Length` that is too small truncates numbers (`1543` for `15432.50` is still valid JSON). One that is
//! too large makes clients wait for bytes that never come. Bytes after the content are read as the next response on
//! the connection.
//!
//! ## How
//!
//! Balances in every state of the account are read on raw connections, and the number of received bytes is compared
//! with the declared one. One balance is requested with HEAD; a server need not support HEAD.

use super::support::accounts::in_every_state;
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
        "content-length-with-chunks",
        "head-response-with-content",
    ],
    applies: has_balance,
    judge: Judge::Server(|trial| Box::pin(judge(trial))),
};

async fn judge(trial: &ServerTrial<'_>) -> Judgement {
    let operation = trial.balance_operation()?;
    let promise = standards::content_length();
    for account in in_every_state(trial).await? {
        let request = trial.request(operation, &account);
        let sent = trial.transport().send_raw(&trial.journal, request, SendOptions::default()).await;
        let (exchange, framed) = sent.map_err(|error| Stop::CouldNotRun(error.to_string()))?;
        if let Err(Failure::Unsendable(why)) = &exchange.result {
            return Err(Stop::CouldNotRun(why.clone()));
        }
        let both = framed.as_ref().is_some_and(|framed| framed.chunked && framed.declared.is_some());
        trial.judge(&standards::one_framing(), Some(operation), &[&exchange], !both, || {
            "expected Content-Length or Transfer-Encoding, found both".to_owned()
        })?;
        let complete = framed
            .as_ref()
            .is_some_and(|framed| framed.chunked || framed.declared.is_none_or(|n| n == framed.received));
        trial.judge(&promise, Some(operation), &[&exchange], complete, || match (&framed, &exchange.result) {
            (Some(framed), _) => {
                let declared = framed.declared.unwrap_or_default();
                format!("expected {declared} bytes as in Content-Length, found {}", framed.received)
            }
            (None, Err(failure)) => format!("expected a complete response, found none: {failure}"),
            (None, Ok(_)) => "expected a complete response, found none".to_owned(),
        })?;
    }
    judge_head(trial, operation).await
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
