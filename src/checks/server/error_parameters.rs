//! # A required parameter that is missing or not valid gets the documented error
//!
//! ## What it checks
//!
//! A request without a required query parameter or header field, and one with a value that breaks its schema, get the
//! documented error.
//!
//! ## Why it matters
//!
//! A server that ignores a missing version header or account parameter answers for another version or account than the
//! caller means, and the mistake is found in production.
//!
//! ## How
//!
//! Each required parameter is left out of a valid request, and each with a schema is sent with a value that breaks it,
//! where the contract documents a response to that.

use super::support::operations::callable;
use super::support::refusal::judge_condition;
use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, Stop};
use crate::checks::server_trial::ServerTrial;
use crate::checks::verdict::Side;
use crate::contract::{Condition, Level, Operation, RequiredParameter};
use crate::exchange::Request;

pub(super) const CHECK: Check = Check {
    id: "error.parameters",
    side: Side::Server,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Last,
    slow: false,
    needs: &[Need::Key],
    faults: &["missing-parameter-accepted", "invalid-parameter-accepted"],
    applies: |contract| {
        let documented = |operation: &Operation| {
            let named = |condition| operation.conditions.contains_key(condition);
            !operation.parameters.is_empty() && named(&Condition::ParameterMissing)
                || operation.parameters.iter().any(|one| wrong_value(one).is_some())
                    && named(&Condition::ParameterInvalid)
        };
        let any = contract.operations.iter().any(|operation| documented(operation));
        if any { Ok(()) } else { Err("the contract documents no response to a missing or an invalid parameter") }
    },
    judge: Judge::Server(|trial| Box::pin(judge(trial))),
};

/// Values of which one breaks most schemas.
const WRONG: [&str; 6] = ["ringtrue", "", "-1", "0", "not a value", "99999999999999999999"];

async fn judge(trial: &ServerTrial<'_>) -> Judgement {
    let account = trial.account_a().await?;
    let mut judged = false;
    for operation in callable(trial) {
        for parameter in &operation.parameters {
            let request = trial.request(operation, &account);
            if operation.conditions.contains_key(&Condition::ParameterMissing) {
                let exchange = trial.send(without(request.clone(), parameter)).await?;
                judged |= judge_condition(trial, operation, &exchange, Condition::ParameterMissing)?;
            }
            if let Some(wrong) = wrong_value(parameter)
                && operation.conditions.contains_key(&Condition::ParameterInvalid)
            {
                let exchange = trial.send(with(request, parameter, wrong)).await?;
                judged |= judge_condition(trial, operation, &exchange, Condition::ParameterInvalid)?;
            }
        }
    }
    if judged {
        return Ok(());
    }
    Err(Stop::CouldNotRun(
        "no operation could be called with a missing or an invalid parameter: give a state handler with --states, or \
         --allow-spend"
            .to_owned(),
    ))
}

/// A value that breaks the schema of a parameter.
pub(super) fn wrong_value(parameter: &RequiredParameter) -> Option<&'static str> {
    WRONG.into_iter().find(|text| !parameter.accepts(text))
}

/// The request without a parameter.
pub(super) fn without(mut request: Request, parameter: &RequiredParameter) -> Request {
    if parameter.in_header {
        request.headers.retain(|(name, _)| !name.eq_ignore_ascii_case(&parameter.name));
        return request;
    }
    let Some((path, query)) = request.target.split_once('?') else { return request };
    let pairs = url::form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| *name != parameter.name);
    let rest = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    request.target = if rest.is_empty() { path.to_owned() } else { format!("{path}?{rest}") };
    request
}

/// The request with another value of a parameter.
pub(super) fn with(request: Request, parameter: &RequiredParameter, value: &str) -> Request {
    let request = without(request, parameter);
    if parameter.in_header { request.header(&parameter.name, value) } else { request.query(&parameter.name, value) }
}
