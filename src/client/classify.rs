//! Classifies failed responses: from status and code to an [`ErrorClass`].

use std::time::SystemTime;

use serde_json::Value;

use super::behaviour::{BalanceReading, FailedResponse};
use super::error::{ClientError, ErrorClass};
use super::message::HttpReply;
use super::pointer::{self, Resolved};
use super::retry_after::retry_after;
use crate::contract::{Condition, Contract, DocumentedResponse, Operation, Response, StatusRange};

/// The longest text that counts as a code, in bytes.
const MAX_CODE_LENGTH: usize = 128;

/// The documented response for a successful status.
///
/// `default` documents a success only if no other key of the operation does, because otherwise it is the error envelope.
pub(super) fn documented_success(operation: &Operation, status: u16) -> Option<&Response> {
    if !(200..300).contains(&status) {
        return None;
    }
    let response = operation.response(status)?;
    let documents_2xx = |range: StatusRange| match range {
        StatusRange::Exact(exact) => (200..300).contains(&exact),
        StatusRange::Class(class) => class == 2,
        StatusRange::Default => false,
    };
    let any = operation.responses.iter().any(|response| documents_2xx(response.status));
    (documents_2xx(response.status) || !any).then_some(response.as_ref())
}

/// Whether a response with a successful status is a refusal, which the code in its body alone indicates.
pub(super) fn is_refusal_by_code(contract: &Contract, operation: &Operation, reply: &HttpReply) -> bool {
    let by_code_alone = |answer: &DocumentedResponse| answer.status.is_none() && answer.code.is_some();
    operation.conditions.values().any(by_code_alone)
        && code(contract, reply).is_some_and(|code| {
            operation.conditions.values().any(|answer| by_code_alone(answer) && answer.code.as_deref() == Some(&code))
                || contract.error_code.as_deref().is_some_and(|at| operation.refuses_by_code(at))
        })
}

/// The error to report for a failed response.
pub(super) fn failure(
    contract: &Contract,
    operation: &Operation,
    reply: &HttpReply,
    reading: &BalanceReading,
    now: impl FnOnce() -> SystemTime,
) -> ClientError {
    let code = code(contract, reply);
    let by_status = by_status(reply.status);
    let documented = documented_condition(contract, operation, reply.status, code.as_deref());
    let class = documented.map_or(by_status, |condition| class(condition, by_status));
    let failed = FailedResponse {
        status: reply.status,
        is_json: serde_json::from_slice::<Value>(&reply.body).is_ok(),
        body: &reply.body,
        by_status,
    };
    let class = (reading.classify)(class, &failed);
    let retry_after = (reading.retry_after)(&reply.headers, retry_after(&reply.headers, now));
    ClientError { code, retry_after, ..ClientError::new(class, "").with_status(reply.status) }
}

fn class(condition: Condition, by_status: ErrorClass) -> ErrorClass {
    match condition {
        Condition::CredentialMissing
        | Condition::CredentialUnknown
        | Condition::CredentialRevoked
        | Condition::CredentialExpired => ErrorClass::Auth,
        Condition::Exhausted => ErrorClass::Exhausted,
        Condition::RateLimited => ErrorClass::RateLimited,
        Condition::BackendDown => ErrorClass::Server,
        Condition::PathUnknown => ErrorClass::NotFound,
        Condition::RequestInvalid | Condition::MethodUnknown => by_status,
    }
}

fn by_status(status: u16) -> ErrorClass {
    match status {
        401 => ErrorClass::Auth,
        402 => ErrorClass::Exhausted,
        403 => ErrorClass::Forbidden,
        404 | 410 => ErrorClass::NotFound,
        408 => ErrorClass::Timeout,
        429 => ErrorClass::RateLimited,
        500..=599 => ErrorClass::Server,
        200..=299 => ErrorClass::Malformed,
        _ => ErrorClass::Other,
    }
}

/// The condition that the response is documented for: by code and status, else by code, else by status if no code is
/// documented. A code is more specific than a status, except that a 5xx is always a failure of the server.
fn documented_condition(
    contract: &Contract,
    operation: &Operation,
    status: u16,
    code: Option<&str>,
) -> Option<Condition> {
    operation
        .conditions
        .iter()
        .chain(&contract.conditions)
        .filter_map(|(condition, answer)| Some((*condition, match_rank(answer, status, code)?)))
        // The order of the conditions decides between equal ranks.
        .min_by_key(|(condition, rank)| (*rank, *condition))
        .map(|(condition, _)| condition)
}

/// How well a documented response matches; 0 is best, `None` is no match.
fn match_rank(answer: &DocumentedResponse, status: u16, code: Option<&str>) -> Option<u8> {
    let statuses = answer.status;
    match (&answer.code, code) {
        (Some(wanted), Some(code)) if wanted == code => match statuses {
            Some(range) if range == StatusRange::Exact(status) => Some(0),
            None => Some(1),
            Some(range) if range.contains(status) => Some(1),
            Some(_) => (status < 500).then_some(2),
        },
        (None, _) => (statuses == Some(StatusRange::Exact(status))).then_some(3),
        _ => None,
    }
}

/// The machine-readable code in an error body.
fn code(contract: &Contract, reply: &HttpReply) -> Option<String> {
    let text = std::str::from_utf8(&reply.body).ok()?;
    serde_json::from_str::<&serde_json::value::RawValue>(text).ok()?;
    let Ok(Resolved::One(text)) = pointer::find(text, contract.error_code.as_deref()?) else { return None };
    let code = match serde_json::from_str(text).ok()? {
        Value::String(code) => code,
        Value::Number(code) => code.to_string(),
        _ => return None,
    };
    (!code.is_empty() && code.len() <= MAX_CODE_LENGTH).then_some(code)
}
