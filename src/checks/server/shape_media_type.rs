//! # Bodies have the documented media type
//!
//! ## What it checks
//!
//! The `Content-Type` of each response is one that the contract documents for its status. Parameters such as
//! `charset` are not compared.
//!
//! ## Why it matters
//!
//! HTTP libraries use `Content-Type` to decide whether and how to parse a body. JSON that is labelled as HTML or
//! plain text is passed on as a string, or is refused, although its content is correct.
//!
//! ## How
//!
//! Every operation that can be called is called with a valid credential, and those that require a credential also
//! without one.

use super::support::bodies::content_of;
use super::support::operations::{callable, secured};
use super::support::refusal::send_without_valid_key;
use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, Stop, has_read};
use crate::checks::server_trial::ServerTrial;
use crate::checks::verdict::Side;
use crate::contract::{Level, Operation};
use crate::exchange::Exchange;

pub(super) const CHECK: Check = Check {
    id: "shape.media-type",
    side: Side::Server,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: false,
    needs: &[Need::Key],
    faults: &["media-type-html", "media-type-absent", "media-type-html-for-errors"],
    applies: has_read,
    judge: Judge::Server(|trial| Box::pin(judge(trial))),
};

async fn judge(trial: &ServerTrial<'_>) -> Judgement {
    let account = trial.account_a().await?;
    let mut any_body = false;
    for operation in callable(trial) {
        let exchange = trial.send(trial.request(operation, &account)).await?;
        any_body |= judge_media_type(trial, operation, &exchange)?;
    }
    for operation in secured(trial) {
        let exchange = send_without_valid_key(trial, trial.with_tenant(operation.example_request(), None)).await?;
        any_body |= judge_media_type(trial, operation, &exchange)?;
    }
    if any_body {
        return Ok(());
    }
    Err(Stop::NotApplicable(
        "the contract documents no bodies for the responses that this check can produce".to_owned(),
    ))
}

/// Judges the media type of a response. `false` if the contract documents that a response with its status has no body.
fn judge_media_type(trial: &ServerTrial<'_>, operation: &Operation, exchange: &Exchange) -> Result<bool, Stop> {
    let Ok(response) = &exchange.result else { return Ok(true) };
    let Some(documented) = operation.response(response.status) else { return Ok(true) };
    if response.body.is_empty() || documented.content.is_empty() {
        return Ok(!documented.content.is_empty());
    }
    let media_type = response.media_type();
    let holds = media_type.as_ref().is_some_and(|media_type| content_of(documented, media_type).is_some());
    trial.judge(operation.promise_of(documented), Some(operation), &[exchange], holds, || {
        let expected: Vec<&str> = documented.content.iter().map(|content| content.media_type.as_str()).collect();
        let found = media_type.as_deref().unwrap_or("none");
        format!("status {}: expected the media type {}, found {found}", response.status, expected.join(" or "))
    })?;
    Ok(true)
}
