//! Answers to requests that break the documented schema.

use std::sync::Arc;

use super::refusal::judge_condition;
use crate::checks::check::{Judged, Stop};
use crate::checks::standards;
use crate::checks::trial::{Trial, describe};
use crate::contract::{Condition, Operation, Role, StatusRange};
use crate::exchange::Exchange;

/// The paid operation, if it documents a body.
pub(super) fn paid_with_body<'c>(trial: &Trial<'c>) -> Result<&'c Arc<Operation>, Stop> {
    trial.may_spend()?;
    let operation = trial.operation(Role::Spend)?;
    let documented = operation.request.as_ref().is_some_and(|body| !body.content.is_empty());
    if documented { Ok(operation) } else { Err(Stop::NotApplicable("the paid operation documents no body".to_owned())) }
}

/// Judges the answer to a request that breaks the schema: as documented if it is, and else an error of the client.
pub(super) fn judge_invalid(trial: &Trial<'_>, operation: &Operation, exchange: &Exchange, about: &str) -> Judged {
    let found = || exchange.result.as_ref().map_or_else(ToString::to_string, describe);
    // The status may be more exact than the documented one: 413, 415 and 422 are errors of the client all the same.
    let finer = exchange.result.as_ref().is_ok_and(|response| matches!(response.status, 413 | 415 | 422));
    // A documented status settles it; where only an envelope is documented, the class of the status is judged as well.
    let documented = operation.conditions.get(&Condition::RequestInvalid).and_then(|answer| answer.status);
    let judged = !finer && judge_condition(trial, operation, exchange, Condition::RequestInvalid)?;
    if judged && matches!(documented, Some(StatusRange::Exact(_) | StatusRange::Class(_))) {
        return Ok(());
    }
    let status = exchange.result.as_ref().map_or(0, |response| response.status);
    let success = (200..300).contains(&status)
        && exchange.result.as_ref().is_ok_and(|response| {
            crate::checks::class::classify(trial.contract, operation, response) == crate::checks::class::Class::Success
        });
    trial.judge(&operation.promise, Some(operation), &[exchange], !success, || {
        format!("{about}: expected an error, found {}", found())
    })?;
    trial.judge(&standards::client_error(), Some(operation), &[exchange], status < 500 && status != 0, || {
        format!("{about}: expected a 4xx status, found {}", found())
    })
}
