//! # Bodies have the documented media type
//!
//! ## What it checks
//!
//! The `Content-Type` of each response is one that the contract documents for its status. Parameters such as
//! `charset` are compared where it documents them.
//!
//! ## Why it matters
//!
//! HTTP libraries use `Content-Type` to decide whether and how to parse a body. JSON that is labelled as HTML or
//! plain text is passed on as a string, or is refused, although its content is correct.
//!
//! ## How
//!
//! Every operation that can be called is called with a valid credential, and those that require a credential also
//! without one and with a wrong one.

use super::support::bodies::content_of;
use super::support::keys;
use super::support::operations::{callable, secured};
use super::support::refusal::{send_with_invalid_key, send_without_valid_key};
use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, Stop, has_read};
use crate::checks::exchange_judge::ExchangeJudge;
use crate::checks::server_trial::ServerTrial;
use crate::checks::traffic::{Observed, Passive, TrafficTrial};
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
    faults: &["media-type-html", "media-type-absent", "media-type-html-for-errors", "media-type-without-parameters"],
    applies: has_read,
    judge: Judge::ServerOrTraffic(|trial| Box::pin(judge(trial)), Passive::Each(judge_observed)),
};

async fn judge(trial: &ServerTrial<'_>) -> Judgement {
    let account = trial.account_a().await?;
    let mut any_body = false;
    for operation in callable(trial) {
        let exchange = trial.send(trial.request(operation, &account)).await?;
        any_body |= judge_media_type(trial, operation, &exchange)?;
    }
    for (n, operation) in secured(trial).into_iter().enumerate() {
        let unknown = keys::unknown_key(trial, &account.key, 400 + n);
        for exchange in [
            send_without_valid_key(trial, trial.with_tenant(operation.example_request(), None)).await?,
            send_with_invalid_key(trial, operation, &unknown).await?,
        ] {
            // Many contracts document no refusal.
            let is_documented =
                exchange.result.as_ref().is_ok_and(|response| operation.response(response.status).is_some());
            any_body |= judge_media_type(trial, operation, &exchange)? && is_documented;
        }
    }
    if any_body {
        return Ok(());
    }
    Err(Stop::NotApplicable(
        "the contract documents no bodies for the responses that this check can produce".to_owned(),
    ))
}

/// Judges the media type of a response. `false` if the contract documents that a response with its status has no body.
fn judge_media_type(trial: &impl ExchangeJudge, operation: &Operation, exchange: &Exchange) -> Result<bool, Stop> {
    let Ok(response) = &exchange.result else { return Ok(true) };
    let Some(documented) = operation.response(response.status) else { return Ok(true) };
    if response.body.is_empty() || documented.content.is_empty() {
        return Ok(!documented.content.is_empty());
    }
    let media_type = response.media_type();
    let content = media_type.as_ref().and_then(|media_type| content_of(documented, media_type));
    let holds = content.is_some();
    trial.judge(operation.promise_of(documented), Some(operation), &[exchange], holds, || {
        let expected: Vec<&str> = documented.content.iter().map(|content| content.media_type.as_str()).collect();
        let found = media_type.as_deref().unwrap_or("none");
        format!("status {}: expected the media type {}, found {found}", response.status, expected.join(" or "))
    })?;
    let label = response.header("content-type").unwrap_or_default();
    for (name, value) in content.iter().flat_map(|content| &content.parameters) {
        let given = parameter(&label, name);
        let same = given.as_ref().is_some_and(|given| given.eq_ignore_ascii_case(value));
        trial.judge(operation.promise_of(documented), Some(operation), &[exchange], same, || {
            format!("status {}: expected the media type with {name}={value}, found {label}", response.status)
        })?;
    }
    Ok(true)
}

/// Judges a response in recorded traffic.
fn judge_observed(trial: &TrafficTrial<'_>, observed: &Observed) -> Judgement {
    let Some((operation, _)) = observed.api_answer() else { return Ok(()) };
    judge_media_type(trial, operation, &observed.exchange).map(drop)
}

/// The value of a parameter in a `Content-Type`.
fn parameter(label: &str, name: &str) -> Option<String> {
    let parameters = label.split(';').skip(1).filter_map(|parameter| parameter.split_once('='));
    let mut named = parameters.filter(|(have, _)| have.trim().eq_ignore_ascii_case(name));
    named.next().map(|(_, value)| value.trim().trim_matches('"').to_owned())
}
