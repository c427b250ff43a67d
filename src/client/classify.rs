//! From a failed answer to what an application can branch on.

use std::time::SystemTime;

use serde_json::Value;

use super::api::{ClientError, ErrorClass};
use super::behaviour::{BalanceReading, Evidence};
use super::message::HttpReply;
use super::pointer::{self, Found};
use super::retry_after::retry_after;
use crate::contract::{Condition, Contract, DocumentedResponse, Operation, Response, StatusRange};

/// Codes beyond this length are no codes.
const LONGEST_CODE: usize = 128;

/// The documented response that makes an answer a success: a 2xx that the contract speaks of. `default` speaks of a
/// 2xx only where no other key does, because elsewhere it is the error envelope.
pub(super) fn success(operation: &Operation, status: u16) -> Option<&Response> {
    if !(200..300).contains(&status) {
        return None;
    }
    let response = operation.response(status)?;
    let speaks = |range: StatusRange| match range {
        StatusRange::Exact(exact) => (200..300).contains(&exact),
        StatusRange::Class(class) => class == 2,
        StatusRange::Default => false,
    };
    let any = operation.responses.iter().any(|response| speaks(response.status));
    (speaks(response.status) || !any).then_some(response.as_ref())
}

/// Whether an answer is a refusal although its status says success: one that only its code tells.
pub(super) fn disguised(contract: &Contract, operation: &Operation, reply: &HttpReply) -> bool {
    let tells = |answer: &DocumentedResponse| answer.status.is_none() && answer.code.is_some();
    operation.conditions.values().any(tells)
        && code(contract, reply).is_some_and(|code| {
            operation.conditions.values().any(|answer| tells(answer) && answer.code.as_deref() == Some(&code))
                || contract.error_code.as_deref().is_some_and(|at| operation.refuses_by_code(at))
        })
}

/// The error that a failed answer stands for.
pub(super) fn failure(
    contract: &Contract,
    operation: &Operation,
    reply: &HttpReply,
    reading: &BalanceReading,
    now: impl FnOnce() -> SystemTime,
) -> ClientError {
    let code = code(contract, reply);
    let by_status = by_status(reply.status);
    let documented = documented(contract, operation, reply.status, code.as_deref());
    let class = documented.map_or(by_status, |condition| class(condition, by_status));
    let evidence = Evidence {
        status: reply.status,
        code: code.as_deref(),
        json: serde_json::from_slice::<Value>(&reply.body).is_ok(),
        body: &reply.body,
        by_status,
    };
    let class = (reading.classify)(class, &evidence);
    let retry_after = (reading.retry_after)(&reply.headers, retry_after(&reply.headers, now));
    ClientError { class, status: Some(reply.status), code, retry_after, detail: String::new() }
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

/// The condition that an answer is documented for: by code and status, else by code, else by status where no code is
/// promised. A code tells more than a status, but a server's own failure is never anything else.
fn documented(contract: &Contract, operation: &Operation, status: u16, code: Option<&str>) -> Option<Condition> {
    operation
        .conditions
        .iter()
        .chain(&contract.conditions)
        .filter_map(|(condition, answer)| Some((*condition, fit(answer, status, code)?)))
        // The first of the best: equal answers are told apart by the order of the conditions.
        .min_by_key(|(condition, fit)| (*fit, *condition))
        .map(|(condition, _)| condition)
}

/// How well an answer fits, 0 being best.
fn fit(answer: &DocumentedResponse, status: u16, code: Option<&str>) -> Option<u8> {
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
    let Ok(Found::One(text)) = pointer::find(text, contract.error_code.as_deref()?) else { return None };
    let code = match serde_json::from_str(text).ok()? {
        Value::String(code) => code,
        Value::Number(code) => code.to_string(),
        _ => return None,
    };
    (!code.is_empty() && code.len() <= LONGEST_CODE).then_some(code)
}
