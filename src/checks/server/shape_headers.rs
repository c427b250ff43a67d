//! # Documented header fields are present and conform to their schema
//!
//! ## What it checks
//!
//! The header fields that the contract documents for a status are present where they are required, and conform to
//! their schema where they are present. Those that it says are never sent are absent.
//!
//! ## Why it matters
//!
//! Clients act on header fields without reading the body: remaining credits, time to wait. A missing field, or text
//! in place of a number, is read as zero credits or as no limit at all.
//!
//! ## How
//!
//! Every operation that can be called is called with a valid credential, and those that require a credential also
//! without one. The documented header fields of each response are validated.

use serde_json::Value;

use super::support::operations::{callable, secured};
use super::support::refusal::send_without_valid_key;
use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule};
use crate::checks::exchange_judge::ExchangeJudge;
use crate::checks::server_trial::ServerTrial;
use crate::checks::traffic::{Observed, Passive, TrafficTrial};
use crate::checks::verdict::Side;
use crate::contract::{Contract, Level, Operation};
use crate::exchange::Exchange;

pub(super) const CHECK: Check = Check {
    id: "shape.headers",
    side: Side::Server,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: false,
    needs: &[Need::Key],
    faults: &["header-absent", "header-malformed", "header-forbidden"],
    applies: |contract: &Contract| {
        let responses = contract.operations.iter().flat_map(|operation| &operation.responses);
        let any =
            responses.into_iter().any(|response| !response.headers.is_empty() || !response.absent_headers.is_empty());
        if any { Ok(()) } else { Err("the contract documents no header fields") }
    },
    judge: Judge::ServerOrTraffic(|trial| Box::pin(judge(trial)), Passive::Each(judge_observed)),
};

async fn judge(trial: &ServerTrial<'_>) -> Judgement {
    let account = trial.account_a().await?;
    let mut any_documented = false;
    for operation in callable(trial) {
        let exchange = trial.send(trial.request(operation, &account)).await?;
        any_documented |= judge_headers(trial, operation, &exchange)?;
    }
    for operation in secured(trial) {
        let exchange = send_without_valid_key(trial, trial.with_tenant(operation.example_request(), None)).await?;
        any_documented |= judge_headers(trial, operation, &exchange)?;
    }
    if any_documented {
        return Ok(());
    }
    Err(crate::checks::check::Stop::NotApplicable(
        "the contract documents no header fields for the responses that this check can produce".to_owned(),
    ))
}

/// Judges the documented header fields of a response. `false` if the contract documents none for its status.
pub(super) fn judge_headers(
    trial: &impl ExchangeJudge,
    operation: &Operation,
    exchange: &Exchange,
) -> Result<bool, crate::checks::check::Stop> {
    let Ok(response) = &exchange.result else { return Ok(false) };
    let Some(documented) = operation.response(response.status) else { return Ok(false) };
    let promise = operation.promise_of(documented);
    for field in &documented.headers {
        let value = response.header(&field.name);
        let present = value.is_some() || !field.required;
        trial.judge(promise, Some(operation), &[exchange], present, || {
            format!("status {}: expected the required header field `{}`, found none", response.status, field.name)
        })?;
        let (Some(value), Some(schema)) = (value, &field.schema) else { continue };
        // The value is text, but the schema may describe the number or boolean in it.
        let parsed = serde_json::from_str::<Value>(value.trim()).unwrap_or(Value::Null);
        let conforms = schema.accepts(&Value::String(value.clone())) || schema.accepts(&parsed);
        trial.judge(promise, Some(operation), &[exchange], conforms, || {
            format!(
                "status {}: the header field `{}` does not conform to its schema: {value}",
                response.status, field.name
            )
        })?;
    }
    for name in &documented.absent_headers {
        trial.judge(promise, Some(operation), &[exchange], response.header(name).is_none(), || {
            format!("status {}: expected no header field `{name}`, found one", response.status)
        })?;
    }
    Ok(!documented.headers.is_empty() || !documented.absent_headers.is_empty())
}

/// Judges a response in recorded traffic.
fn judge_observed(trial: &TrafficTrial<'_>, observed: &Observed) -> Judgement {
    let Some((operation, _)) = observed.api_answer() else { return Ok(()) };
    judge_headers(trial, operation, &observed.exchange).map(drop)
}
