//! Judges responses to requests that violate the documented schema.

use std::sync::Arc;

use super::bodies::judge_body;
use super::describe::describe_exchange;
use super::refusal::judge_condition;
use crate::checks::class::{Class, classify, error_code};
use crate::checks::finding::{Judgement, Stop};
use crate::checks::server_trial::ServerTrial;
use crate::checks::standards;
use crate::contract::{Condition, DocumentedResponse, Level, Operation, Promise, Role, StatusRange, code_in};
use crate::exchange::Exchange;

/// The paid operation, if it documents a body.
pub(in crate::checks) fn paid_with_body<'c>(trial: &ServerTrial<'c>) -> Result<&'c Arc<Operation>, Stop> {
    trial.may_spend()?;
    let operation = trial.operation(Role::Spend)?;
    let documented = operation.request.as_ref().is_some_and(|body| !body.content.is_empty());
    if documented { Ok(operation) } else { Err(Stop::NotApplicable("the paid operation documents no body".to_owned())) }
}

/// How a request body violates the documented schema, from the most to the least severe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::checks) enum BodyDefect {
    /// It is not JSON.
    NotJson,
    /// It has no members.
    Empty,
    /// A required member of the body is missing.
    MemberMissing,
    /// A required member of a nested object is missing.
    NestedMemberMissing,
    /// No required member is missing, but a value does not conform.
    OtherMismatch,
}

/// Judges the response to a request that violates the schema.
///
/// A refusal must be the documented one, or another 4xx status with the documented form of its body; the documented code
/// comes with the documented status. The level of a success depends on the defect: a body that
/// is not JSON must be refused, and so must one without a required member where an error is documented for it. Other
/// defects give a remark at most, because no source states how strictly a server validates.
pub(in crate::checks) fn judge_invalid(
    trial: &ServerTrial<'_>,
    operation: &Operation,
    exchange: &Exchange,
    defect: BodyDefect,
    about: &str,
) -> Judgement {
    let found = || describe_exchange(exchange);
    let documented = operation.conditions.get(&Condition::RequestInvalid);
    let status = exchange.result.as_ref().map_or(0, |response| response.status);
    let success =
        exchange.result.as_ref().is_ok_and(|response| classify(trial.contract, operation, response) == Class::Success);
    let promise = documented.map_or(&operation.promise, |expected| &expected.promise);
    let level = match (defect, documented) {
        (BodyDefect::NotJson, _) => operation.promise.level,
        (BodyDefect::Empty | BodyDefect::MemberMissing, Some(answer)) if answer.promise.level == Level::Must => {
            Level::Must
        }
        (BodyDefect::Empty, _) => Level::Should,
        (BodyDefect::MemberMissing | BodyDefect::NestedMemberMissing | BodyDefect::OtherMismatch, _) => Level::May,
    };
    trial.judge(&Promise { level, ..promise.clone() }, Some(operation), &[exchange], !success, || {
        let expected = documented.map_or_else(|| "an error".to_owned(), DocumentedResponse::describe);
        format!("{about}: expected {expected}, found {}", found())
    })?;
    if success {
        return Ok(());
    }
    // These statuses are more specific than the documented one, and are accepted.
    let finer = matches!(status, 413 | 415 | 422);
    // Where the contract documents a body but no status, the class of the status is judged as well.
    let exact = documented.and_then(|expected| expected.status);
    let described = operation.response(status);
    // A `default` response covers successes too, so it says nothing certain about refusals without a documented condition.
    let is_general = described.is_some_and(|response| response.status == StatusRange::Default);
    if let Some(response) = described.filter(|_| finer || documented.is_none() && status < 500 && !is_general) {
        // The response has the documented form of errors all the same.
        let shape = operation.promise_of(response);
        let level = shape.level.min(promise.level);
        judge_body(trial, &Promise { level, ..shape.clone() }, Some(operation), response, exchange)?;
    }
    if let (true, Some(expected), Ok(response)) = (finer, documented, &exchange.result) {
        let code = error_code(trial.contract, Some(operation), response);
        let known = expected.example.as_ref().and_then(|example| code_in(example, &expected.code_at));
        let other_status = !expected.takes(status) && code.is_some() && code == known;
        trial.judge(promise, Some(operation), &[exchange], !other_status, || {
            let code = code.clone().unwrap_or_default();
            format!("{about}: expected {} for the code {code}, found {}", expected.describe(), found())
        })?;
    }
    let judged = !finer && judge_condition(trial, operation, exchange, Condition::RequestInvalid)?;
    if judged && matches!(exact, Some(StatusRange::Exact(_) | StatusRange::Class(_))) {
        return Ok(());
    }
    trial.judge(&standards::client_error(), Some(operation), &[exchange], status < 500 && status != 0, || {
        format!("{about}: expected a 4xx status, found {}", found())
    })
}
