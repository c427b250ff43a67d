//! # JSON bodies conform to RFC 8259
//!
//! ## What it checks
//!
//! Every body with a JSON media type is valid JSON by RFC 8259: UTF-8 without a byte order mark, one value, no
//! duplicate names.
//!
//! ## Why it matters
//!
//! JSON parsers tolerate different errors. A byte order mark, `NaN`, a duplicate name or text after the value is
//! accepted by the parser that the server was tested with, and is an error, or another balance, in the parser of a
//! customer.
//!
//! ## How
//!
//! Balance responses in every state of the account, responses of the other operations, and refusals are read by a
//! strict parser.

use super::support::accounts::in_every_state;
use super::support::bodies::is_json;
use super::support::operations::{callable, is_read, secured};
use super::support::refusal::send_without_valid_key;
use super::support::strict_json;
use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, Stop, has_read};
use crate::checks::server_trial::ServerTrial;
use crate::checks::verdict::Side;
use crate::contract::{Content, Level, Operation};
use crate::exchange::Exchange;

pub(super) const CHECK: Check = Check {
    id: "shape.json",
    side: Side::Server,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: false,
    needs: &[Need::Key],
    faults: &[
        "json-bom",
        "json-nan",
        "json-trailing-data",
        "json-latin-1",
        "json-duplicate-name",
        "json-truncated-at-zero",
    ],
    applies: has_read,
    judge: Judge::Server(|trial| Box::pin(judge(trial))),
};

async fn judge(trial: &ServerTrial<'_>) -> Judgement {
    let mut any_json = false;
    let accounts = in_every_state(trial).await?;
    for (n, account) in accounts.iter().enumerate() {
        for operation in callable(trial) {
            if n > 0 && !is_read(operation) {
                continue;
            }
            let exchange = trial.send(trial.request(operation, account)).await?;
            any_json |= judge_json(trial, operation, &exchange)?;
        }
    }
    for operation in secured(trial) {
        let exchange = send_without_valid_key(trial, trial.with_tenant(operation.example_request(), None)).await?;
        any_json |= judge_json(trial, operation, &exchange)?;
    }
    if any_json {
        return Ok(());
    }
    Err(Stop::NotApplicable("the contract documents no JSON for the responses that this check can produce".to_owned()))
}

/// Judges a body of JSON. `false` if the response has no such body, and the contract documents none for its status.
fn judge_json(trial: &ServerTrial<'_>, operation: &Operation, exchange: &Exchange) -> Result<bool, Stop> {
    let Ok(response) = &exchange.result else { return Ok(true) };
    if response.body.is_empty() || !response.media_type().as_deref().is_some_and(is_json) {
        let documented = operation.response(response.status);
        return Ok(documented.is_none_or(|documented| documented.content.iter().any(Content::is_json)));
    }
    match strict_json::json_error(&response.body) {
        Some((promise, what)) => trial
            .judge(&promise, Some(operation), &[exchange], false, || format!("status {}: {what}", response.status))?,
        None => {
            let promise = crate::checks::standards::json_grammar();
            trial.judge(&promise, Some(operation), &[exchange], true, String::new)?;
        }
    }
    Ok(true)
}
