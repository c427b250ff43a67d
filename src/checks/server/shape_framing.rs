//! # An answer is as long as it says
//!
//! A `Content-Length` that is too small cuts a number short (`1543` for `15432.50` parses well); one that is too large makes
//! clients wait for bytes that never come; bytes behind the content are taken for the next answer on the same connection.
//!
//! Balances in every state of the account are read byte by byte on connections of their own, and the length that was
//! received is compared with the one declared. One is asked for by HEAD, and nothing may come behind the head of a success.

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
        let whole = framed
            .as_ref()
            .is_some_and(|framed| framed.chunked || framed.declared.is_none_or(|n| n == framed.received));
        trial.judge(&promise, Some(operation), &[&exchange], whole, || match (&framed, &exchange.result) {
            (Some(framed), _) => {
                let declared = framed.declared.unwrap_or_default();
                format!("Content-Length says {declared} bytes, and {} were received", framed.received)
            }
            (None, Err(failure)) => format!("no whole answer came: {failure}"),
            (None, Ok(_)) => "no whole answer came".to_owned(),
        })?;
    }
    judge_head(trial, operation).await
}

/// Content behind the head of an answer to HEAD is taken for the next answer. Whether HEAD is served at all is left open.
async fn judge_head(trial: &ServerTrial<'_>, operation: &Operation) -> Judgement {
    let request = Request { method: "HEAD".to_owned(), ..trial.request(operation, &trial.account_a().await?) };
    let sent = trial.transport().send_raw(&trial.journal, request, SendOptions::default()).await;
    let (exchange, framed) = sent.map_err(|error| Stop::CouldNotRun(error.to_string()))?;
    let Some(framed) = framed.filter(|framed| framed.response.is_success()) else { return Ok(()) };
    trial.judge(&standards::head(), Some(operation), &[&exchange], framed.received == 0, || {
        format!("expected no content behind the head of an answer to HEAD, found {} bytes", framed.received)
    })
}
