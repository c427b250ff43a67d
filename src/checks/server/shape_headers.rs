//! # Documented header fields are there, and look as documented
//!
//! Header fields carry what clients act on without opening the body: what is left, when to come back. One that is missing,
//! or that holds words where a number is documented, is read as nothing left, or as no limit at all.
//!
//! Every operation that can be called is called with a valid credential, and the secured ones without one. The fields that
//! the contract documents for the status must be there where they are required, and fit their schema where they are there.

use serde_json::Value;

use super::support::operations::{callable, secured};
use super::support::refusal::send_without_valid_key;
use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule};
use crate::checks::server_trial::ServerTrial;
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
    faults: &["header-absent", "header-malformed"],
    applies: |contract: &Contract| {
        let responses = contract.operations.iter().flat_map(|operation| &operation.responses);
        let mut headers = responses.flat_map(|response| &response.headers);
        headers.next().map(drop).ok_or("the contract documents no header field")
    },
    judge: Judge::Server(|trial| Box::pin(judge(trial))),
};

async fn judge(trial: &ServerTrial<'_>) -> Judgement {
    let account = trial.account_a().await?;
    let mut seen = false;
    for operation in callable(trial) {
        let exchange = trial.send(trial.request(operation, &account)).await?;
        seen |= judge_headers(trial, operation, &exchange)?;
    }
    for operation in secured(trial) {
        let exchange = send_without_valid_key(trial, trial.with_tenant(trial.bare(operation), None)).await?;
        seen |= judge_headers(trial, operation, &exchange)?;
    }
    if seen {
        return Ok(());
    }
    Err(crate::checks::check::Stop::NotApplicable(
        "no header field is documented for the answers that can be produced".to_owned(),
    ))
}

pub(super) fn judge_headers(
    trial: &ServerTrial<'_>,
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
            format!(
                "status {}: the header field `{}` is documented as required, and is absent",
                response.status, field.name
            )
        })?;
        let (Some(value), Some(schema)) = (value, &field.schema) else { continue };
        // A field carries text: its schema may describe the text, or the number or flag that the text stands for.
        let read = serde_json::from_str::<Value>(value.trim()).unwrap_or(Value::Null);
        let fits = schema.accepts(&Value::String(value.clone())) || schema.accepts(&read);
        trial.judge(promise, Some(operation), &[exchange], fits, || {
            format!("status {}: the header field `{}` does not fit its schema: {value}", response.status, field.name)
        })?;
    }
    Ok(!documented.headers.is_empty())
}
