//! Judges whether a response is the documented refusal.

use std::sync::Arc;

use super::bodies::judge_body;
use super::describe::describe_exchange;
use crate::checks::class::error_code;
use crate::checks::finding::{Judgement, Stop};
use crate::checks::server_trial::{ServerTrial, describe};
use crate::checks::standards;
use crate::contract::{Condition, Operation, Promise};
use crate::exchange::{Exchange, Failure, Request, SendOptions};

/// Judges status, code and body of a response by the documented response to a condition. `false` if none is documented.
pub(in crate::checks) fn judge_condition(
    trial: &ServerTrial<'_>,
    operation: &Operation,
    exchange: &Exchange,
    condition: Condition,
) -> Result<bool, Stop> {
    let Some(expected) = operation.conditions.get(&condition) else { return Ok(false) };
    let reason = |found: String| format!("expected {}, found {found}", expected.describe());
    let response = match &exchange.result {
        Ok(response) => response,
        Err(failure) => {
            trial.judge(&expected.promise, Some(operation), &[exchange], false, || {
                reason(format!("no response: {failure}"))
            })?;
            return Ok(true);
        }
    };
    let code = error_code(trial.contract, response);
    let holds = expected.takes(response.status)
        && (expected.code.is_none() || expected.code == code)
        && (expected.status.is_none() || !response.is_success());
    trial.judge(&expected.promise, Some(operation), &[exchange], holds, || reason(describe(response)))?;
    if holds {
        // The level of the body is at most the level of the condition that it documents.
        let shape = operation.promise_of(&expected.response);
        let level = shape.level.min(expected.promise.level);
        judge_body(trial, &Promise { level, ..shape.clone() }, operation, &expected.response, exchange)?;
    }
    Ok(true)
}

/// Judges that a request without a valid credential is refused, and not by a 5xx status. No response is not a refusal: it is judged
/// where the server still responds to other requests.
///
/// # Errors
/// The violation of a must; `Inconclusive` if the server responds to nothing.
pub(in crate::checks) async fn judge_refused(
    trial: &ServerTrial<'_>,
    operation: &Operation,
    exchange: &Exchange,
    about: &str,
) -> Judgement {
    let Some(credential) = &trial.contract.credential else { return Ok(()) };
    let status = match &exchange.result {
        Ok(response) => response.status,
        // Nothing was sent.
        Err(Failure::Unsendable(_)) => return Ok(()),
        Err(failure) => {
            let request = trial.with_tenant(operation.example_request(), None);
            let options = SendOptions { fresh: true, bad_key: true, ..SendOptions::default() };
            if trial.send_as(request, options).await?.result.is_err() {
                return Err(Stop::Inconclusive(format!("{about}: no response: {failure}")));
            }
            return trial.judge(&standards::client_error(), Some(operation), &[exchange], false, || {
                format!("{about}: expected a 4xx status, found no response: {failure}")
            });
        }
    };
    let success = (200..300).contains(&status);
    trial.judge(&credential.required, Some(operation), &[exchange], !success, || {
        format!("{about}: expected a refusal, found {}", describe_exchange(exchange))
    })?;
    trial.judge(&standards::client_error(), Some(operation), &[exchange], status < 500, || {
        format!("{about}: expected a 4xx status, found {}", describe_exchange(exchange))
    })
}

/// Sends the documented request of an operation with this invalid credential.
pub(in crate::checks) async fn send_with_invalid_key(
    trial: &ServerTrial<'_>,
    operation: &Operation,
    key: &str,
) -> Result<Arc<Exchange>, Stop> {
    send_without_valid_key(trial, trial.with_key(trial.with_tenant(operation.example_request(), None), key)).await
}

/// Sends a request that has no valid credential.
pub(in crate::checks) async fn send_without_valid_key(
    trial: &ServerTrial<'_>,
    request: Request,
) -> Result<Arc<Exchange>, Stop> {
    trial.send_as(request, SendOptions { bad_key: true, ..SendOptions::default() }).await
}
