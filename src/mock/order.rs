//! Which of several conditions decides that hold for one request.

use super::admission::query;
use super::provider::is_valid;
use crate::contract::{Condition, Contract, Operation, RequiredParameter};
use crate::exchange::Request;
use crate::model::Model;

/// The condition that decides about a request before the model does; `None` if the model decides.
///
/// Without a documented order, the credential is looked at first, then the parameters, then the body.
pub(super) fn deciding(
    contract: &Contract,
    operation: &Operation,
    request: &Request,
    admission: Result<&str, Condition>,
    model: &Model,
    reversed: bool,
    ignored: Option<Condition>,
) -> Option<Condition> {
    let mut held: Vec<Condition> = admission.err().into_iter().collect();
    held.extend(parameter_condition(operation, request));
    if !is_valid(operation, request) {
        held.push(Condition::RequestInvalid);
    }
    held.retain(|condition| Some(*condition) != ignored);
    let usual = held.first().copied();
    let Some(precedence) = &contract.precedence else { return usual };
    held.extend(model.holding(admission.ok(), operation));
    let mut order = precedence.order.clone();
    if reversed {
        order.reverse();
    }
    // What the order does not name keeps its place.
    if usual.is_some_and(|usual| !order.contains(&usual)) {
        return usual;
    }
    let first = order.into_iter().find(|condition| held.contains(condition));
    match first {
        // The model charges nothing for these, and knows what its response needs.
        Some(Condition::Exhausted | Condition::BackendDown) => None,
        Some(first) => Some(first),
        None => usual,
    }
}

/// The condition of the first documented parameter that is missing or breaks its schema, where a response to it is documented.
fn parameter_condition(operation: &Operation, request: &Request) -> Option<Condition> {
    operation.parameters.iter().find_map(|parameter| {
        let condition = match value(parameter, request) {
            None => Condition::ParameterMissing,
            Some(text) if !parameter.accepts(&text) => Condition::ParameterInvalid,
            Some(_) => return None,
        };
        operation.conditions.contains_key(&condition).then_some(condition)
    })
}

fn value(parameter: &RequiredParameter, request: &Request) -> Option<String> {
    if parameter.in_header {
        return request.header_value(&parameter.name).map(|value| String::from_utf8_lossy(value).into_owned());
    }
    query(&request.target).find(|(name, _)| *name == parameter.name).map(|(_, value)| value.into_owned())
}
