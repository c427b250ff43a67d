//! Answers to requests that break the documented schema.

use std::sync::Arc;

use super::describe::describe_exchange;
use super::refusal::judge_condition;
use crate::checks::class::{Class, classify};
use crate::checks::finding::{Judgement, Stop};
use crate::checks::server_trial::ServerTrial;
use crate::checks::standards;
use crate::contract::{Condition, DocumentedResponse, Level, Operation, Promise, Role, StatusRange};
use crate::exchange::Exchange;

/// The paid operation, if it documents a body.
pub(in crate::checks) fn paid_with_body<'c>(trial: &ServerTrial<'c>) -> Result<&'c Arc<Operation>, Stop> {
    trial.may_spend()?;
    let operation = trial.operation(Role::Spend)?;
    let documented = operation.request.as_ref().is_some_and(|body| !body.content.is_empty());
    if documented { Ok(operation) } else { Err(Stop::NotApplicable("the paid operation documents no body".to_owned())) }
}

/// How a request body breaks what is documented, from what nobody can serve to what a lenient server may overlook.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::checks) enum BodyDefect {
    /// It is not JSON.
    NotJson,
    /// There is nothing in it.
    Empty,
    /// A required member is not there.
    MemberMissing,
    /// A required member of a member is not there.
    NestedMemberMissing,
    /// It is all there, but not as documented.
    OtherMismatch,
}

/// Judges the answer to a request that breaks the schema. A refusal must be as documented, and else an error of the
/// client. A success is judged by how much is missing: a body that is not JSON must be refused, and one that lacks what
/// is required where an error is documented for it. How strictly servers look at the rest is said nowhere.
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
    let promise = documented.map_or(&operation.promise, |answer| &answer.promise);
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
    // The status may be more exact than the documented one: 413, 415 and 422 are errors of the client all the same.
    let finer = matches!(status, 413 | 415 | 422);
    // A documented status settles it; where only an envelope is documented, the class of the status is judged as well.
    let exact = documented.and_then(|answer| answer.status);
    let judged = !finer && judge_condition(trial, operation, exchange, Condition::RequestInvalid)?;
    if judged && matches!(exact, Some(StatusRange::Exact(_) | StatusRange::Class(_))) {
        return Ok(());
    }
    trial.judge(&standards::client_error(), Some(operation), &[exchange], status < 500 && status != 0, || {
        format!("{about}: expected a 4xx status, found {}", found())
    })
}
