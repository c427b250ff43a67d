//! Classifies failed responses: from status and code to an [`ErrorClass`].

use std::collections::BTreeMap;
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

/// Whether a response with a successful status is a refusal, which its body alone indicates. A body that is not JSON indicates
/// nothing.
pub(super) fn is_refusal_by_body(operation: &Operation, reply: &HttpReply) -> bool {
    if !operation.may_refuse_in_success() {
        return false;
    }
    let Ok(body) = serde_json::from_slice::<Value>(&reply.body) else { return false };
    let headers = header_map(reply);
    let told = |answer: &DocumentedResponse| {
        let may = answer.status.is_none_or(|range| range.contains(reply.status) && answer.canonical_status / 100 == 2);
        may && answer.is_told_by_body() && has_signs(answer, operation, reply, &headers, &body)
    };
    operation.conditions.values().flat_map(DocumentedResponse::each).any(told)
        || !operation.is_success(reply.status, &headers, Some(&body))
        || operation.refuses_by_code() && code(&operation.error_codes, reply).is_some()
}

/// Whether the body of a response has what the contract documents for this one.
fn has_signs(
    answer: &DocumentedResponse,
    operation: &Operation,
    reply: &HttpReply,
    headers: &BTreeMap<String, String>,
    body: &Value,
) -> bool {
    let at = if answer.code_at.is_empty() { &operation.error_codes } else { &answer.code_at };
    let same_code = answer.code.is_none() || answer.code == code(at, reply);
    let when = answer.when.as_ref();
    same_code && when.is_none_or(|when| when.holds(reply.status, headers, body) == Ok(true))
}

/// The header fields by lower-case name, for expressions of the contract.
fn header_map(reply: &HttpReply) -> BTreeMap<String, String> {
    let fields = reply.headers.iter();
    fields.filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))).collect()
}

/// The error to report for a failed response.
pub(super) fn failure(
    contract: &Contract,
    operation: &Operation,
    reply: &HttpReply,
    reading: &BalanceReading,
    now: impl FnOnce() -> SystemTime,
) -> ClientError {
    let by_status = by_status(reply.status);
    let documented = documented_condition(contract, operation, reply);
    let own = documented.map(|(_, answer)| answer).filter(|answer| answer.code.is_some());
    let code = own.and_then(|answer| answer.code.clone()).or_else(|| code(&operation.error_codes, reply));
    let documented = documented.map(|(condition, _)| condition);
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
        Condition::PathUnknown | Condition::JobUnknown => ErrorClass::NotFound,
        Condition::RequestInvalid
        | Condition::ParameterMissing
        | Condition::ParameterInvalid
        | Condition::MethodUnknown => by_status,
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

/// The condition that the response is documented for: by body and status, else by body, else by status if the contract says
/// nothing of the body. A body is more specific than a status, except that a 5xx is always a failure of the server.
fn documented_condition<'c>(
    contract: &'c Contract,
    operation: &'c Operation,
    reply: &HttpReply,
) -> Option<(Condition, &'c DocumentedResponse)> {
    let body = serde_json::from_slice::<Value>(&reply.body).unwrap_or_default();
    let headers = header_map(reply);
    let rank = |answer: &DocumentedResponse| {
        let told = answer.is_told_by_body();
        match answer.status {
            Some(range) if !told => (range == StatusRange::Exact(reply.status)).then_some(3),
            None if !told => None,
            _ if !has_signs(answer, operation, reply, &headers, &body) => None,
            Some(StatusRange::Exact(status)) if status == reply.status => Some(0),
            None => Some(1),
            Some(range) if range.contains(reply.status) => Some(1),
            Some(_) => (reply.status < 500 && answer.code.is_some()).then_some(2),
        }
    };
    let answers = operation.conditions.iter().chain(&contract.conditions);
    let answers = answers.flat_map(|(condition, answer)| answer.each().map(|each| (*condition, each)));
    answers
        .filter_map(|(condition, answer)| Some((rank(answer)?, condition, answer)))
        // The order of the conditions decides between equal ranks.
        .min_by_key(|(rank, condition, _)| (*rank, *condition))
        .map(|(_, condition, answer)| (condition, answer))
}

/// The machine-readable code in an error body: at the first of these pointers that leads to one.
fn code(pointers: &[String], reply: &HttpReply) -> Option<String> {
    let text = std::str::from_utf8(&reply.body).ok()?;
    serde_json::from_str::<&serde_json::value::RawValue>(text).ok()?;
    let found = pointers.iter().find_map(|at| match pointer::find(text, at) {
        Ok(Resolved::One(text)) => scalar(text),
        _ => None,
    });
    found.filter(|code| !code.is_empty() && code.len() <= MAX_CODE_LENGTH)
}

/// The text of a string, a number or a boolean.
fn scalar(text: &str) -> Option<String> {
    match serde_json::from_str(text).ok()? {
        Value::String(code) => Some(code),
        Value::Number(code) => Some(code.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}
