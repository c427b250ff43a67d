//! Whether an answer is the refusal that is documented for a condition.

use std::sync::Arc;

use super::bodies::judge_body;
use super::describe::describe_exchange;
use crate::checks::class::error_code;
use crate::checks::finding::{Judgement, Stop};
use crate::checks::server_trial::{ServerTrial, describe};
use crate::checks::standards;
use crate::contract::{Condition, Operation, Promise};
use crate::exchange::{Exchange, Request, SendOptions};

/// Judges status, code and envelope of an answer by what is documented for the condition.
///
/// Gives `false` if nothing is documented for it.
pub(in crate::checks) fn judge_condition(
    trial: &ServerTrial<'_>,
    operation: &Operation,
    exchange: &Exchange,
    condition: Condition,
) -> Result<bool, Stop> {
    let Some(answer) = operation.conditions.get(&condition) else { return Ok(false) };
    let seen = |found: String| format!("expected {}, found {found}", answer.describe());
    let response = match &exchange.result {
        Ok(response) => response,
        Err(failure) => {
            trial.judge(&answer.promise, Some(operation), &[exchange], false, || {
                seen(format!("no answer: {failure}"))
            })?;
            return Ok(true);
        }
    };
    let code = error_code(trial.contract, response);
    let holds = answer.takes(response.status)
        && (answer.code.is_none() || answer.code == code)
        && (answer.status.is_none() || !response.is_success());
    trial.judge(&answer.promise, Some(operation), &[exchange], holds, || seen(describe(response)))?;
    if holds {
        // The envelope binds no more than the condition that it belongs to.
        let shape = operation.promise_of(&answer.response);
        let level = shape.level.min(answer.promise.level);
        judge_body(trial, &Promise { level, ..shape.clone() }, operation, &answer.response, exchange)?;
    }
    Ok(true)
}

/// Judges that a request without a valid credential is refused: never a success, and no error of the server either.
pub(in crate::checks) fn judge_refused(
    trial: &ServerTrial<'_>,
    operation: &Operation,
    exchange: &Exchange,
    about: &str,
) -> Judgement {
    let Some(credential) = &trial.contract.credential else { return Ok(()) };
    // A connection that is closed instead of an answer is a refusal too, if a rude one.
    let status = exchange.result.as_ref().map(|response| response.status).ok();
    let success = status.is_some_and(|status| (200..300).contains(&status));
    trial.judge(&credential.required, Some(operation), &[exchange], !success, || {
        format!("{about}: expected a refusal, found {}", describe_exchange(exchange))
    })?;
    let own_fault = status.is_some_and(|status| status >= 500);
    trial.judge(&standards::client_error(), Some(operation), &[exchange], !own_fault, || {
        format!("{about}: expected a 4xx status, found {}", describe_exchange(exchange))
    })
}

/// Sends the documented request of an operation with this credential, which is not a valid one.
pub(in crate::checks) async fn send_with_invalid_key(
    trial: &ServerTrial<'_>,
    operation: &Operation,
    key: &str,
) -> Result<Arc<Exchange>, Stop> {
    send_without_valid_key(trial, trial.with_key(trial.with_tenant(trial.bare(operation), None), key)).await
}

/// Sends a request that presents no valid credential.
pub(in crate::checks) async fn send_without_valid_key(
    trial: &ServerTrial<'_>,
    request: Request,
) -> Result<Arc<Exchange>, Stop> {
    trial.send_as(request, SendOptions { bad_key: true, ..SendOptions::default() }).await
}
