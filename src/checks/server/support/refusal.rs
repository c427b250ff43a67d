//! Judges whether a response is the documented refusal.

use std::sync::Arc;

use super::bodies::judge_body;
use super::describe::describe_exchange;
use super::retry_after::judge_retry_after;
use crate::checks::class::{Class, classify};
use crate::checks::exchange_judge::ExchangeJudge;
use crate::checks::finding::{Judgement, Stop};
use crate::checks::server_trial::{ServerTrial, describe};
use crate::checks::standards;
use crate::contract::{Condition, Credential, Operation, Promise, StatusRange};
use crate::exchange::{Exchange, Failure, Request, SendOptions};

/// Judges status, code and body of a response by the documented response to a condition. `false` if none is documented.
pub(in crate::checks) fn judge_condition(
    trial: &impl ExchangeJudge,
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
    let matching = expected.matching(response);
    let holds = matching.is_some();
    trial.judge(&expected.promise, Some(operation), &[exchange], holds, || reason(describe(response)))?;
    judge_retry_after(trial, operation, exchange)?;
    if let Some(expected) = matching {
        // The level of the body is at most the level of the condition that it documents.
        let shape = operation.promise_of(&expected.response);
        // A `default` response covers all other statuses, whatever the condition.
        let general = expected.response.status == StatusRange::Default;
        let level = if general { shape.level } else { shape.level.min(expected.promise.level) };
        judge_body(trial, &Promise { level, ..shape.clone() }, Some(operation), &expected.response, exchange)?;
    }
    Ok(true)
}

/// Judges that a request without a valid credential is refused, and not by a 5xx status or without a response.
///
/// # Errors
/// The violation of a must; `Inconclusive` if the server responds to no request at all.
pub(in crate::checks) async fn judge_refused(
    trial: &ServerTrial<'_>,
    operation: &Operation,
    exchange: &Exchange,
    about: &str,
) -> Judgement {
    let Some(credential) = &trial.contract.credential else { return Ok(()) };
    if let Err(Failure::Unsendable(_)) = &exchange.result {
        return Ok(());
    }
    let status = exchange.result.as_ref().map(|response| response.status).ok();
    if status.is_none() {
        require_responses(trial, operation, exchange).await?;
    }
    judge_not_admitted(trial, credential, operation, exchange, about)?;
    let refused = status.is_some_and(|status| status < 500);
    trial.judge(&standards::client_error(), Some(operation), &[exchange], refused, || {
        format!("{about}: expected a 4xx status, found {}", describe_exchange(exchange))
    })
}

/// Judges that a request without a valid credential does not succeed. No response says neither that it is refused nor that it is
/// accepted.
pub(in crate::checks) fn judge_not_admitted(
    trial: &impl ExchangeJudge,
    credential: &Credential,
    operation: &Operation,
    exchange: &Exchange,
    about: &str,
) -> Judgement {
    let Ok(response) = &exchange.result else { return Ok(()) };
    let success = classify(trial.contract(), operation, response) == Class::Success;
    trial.judge(&credential.required, Some(operation), &[exchange], !success, || {
        format!("{about}: expected a refusal, found {}", describe_exchange(exchange))
    })
}

/// Makes sure that the server responds to other requests, so that a missing response is about this request.
///
/// # Errors
/// `Inconclusive` if it does not.
pub(in crate::checks) async fn require_responses(
    trial: &ServerTrial<'_>,
    operation: &Operation,
    exchange: &Exchange,
) -> Result<(), Stop> {
    let Err(failure) = &exchange.result else { return Ok(()) };
    let options = SendOptions { fresh: true, ..SendOptions::default() };
    for target in [operation.example_path.clone(), "/ringtrue-nothing-here".to_owned()] {
        let probe = trial.send_as(Request::new("GET", target), options).await?;
        if probe.result.is_ok() {
            return Ok(());
        }
    }
    Err(Stop::Inconclusive(format!("the server responds to no request: {failure}")))
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
