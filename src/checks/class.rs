//! The meaning of a response in the terms of the contract.

use serde_json::Value;

use crate::contract::{Condition, Contract, DocumentedResponse, Operation};
use crate::exchange::{Request, Response};

/// The meaning of a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// The operation succeeded.
    Success,
    /// The documented response to a condition.
    Condition(Condition),
    /// Neither of these.
    Other,
}

/// Classifies a response. A documented code is more specific than a status; where no status is documented, only the code counts.
#[must_use]
pub fn classify(contract: &Contract, operation: &Operation, response: &Response) -> Class {
    let code = error_code(contract, response);
    let matching = |want_code: bool| {
        operation.conditions.iter().find(|(_, answer)| {
            let same_code = answer.code.is_some() && answer.code == code;
            let by_code = if want_code { same_code } else { answer.code.is_none() };
            by_code && answer.takes(response.status) && (answer.status.is_some() || same_code)
        })
    };
    let found =
        |found: Option<(&Condition, &DocumentedResponse)>| found.map(|(condition, _)| Class::Condition(*condition));
    if response.is_success() {
        let blocked = matching(true).filter(|(_, answer)| answer.status.is_none() || answer.canonical_status < 300);
        // A code that is not documented may be a refusal too.
        let by_code = contract.error_code.as_deref().is_some_and(|at| operation.refuses_by_code(at));
        return found(blocked).unwrap_or(if code.is_some() && by_code { Class::Other } else { Class::Success });
    }
    found(matching(true).or_else(|| matching(false))).unwrap_or(Class::Other)
}

/// The machine-readable code of an error body.
#[must_use]
pub fn error_code(contract: &Contract, response: &Response) -> Option<String> {
    code_in(contract, &response.json()?)
}

/// The machine-readable code in a JSON error body.
#[must_use]
pub(super) fn code_in(contract: &Contract, body: &Value) -> Option<String> {
    match body.pointer(contract.error_code.as_deref()?)? {
        Value::String(code) => Some(code.clone()),
        _ => None,
    }
}

impl DocumentedResponse {
    /// Whether a status is the documented one.
    #[must_use]
    pub fn takes(&self, status: u16) -> bool {
        self.status.is_none_or(|range| range.contains(status))
    }

    /// The documented response in words.
    #[must_use]
    pub fn describe(&self) -> String {
        let status = match self.status {
            None => "any status".to_owned(),
            Some(crate::contract::StatusRange::Exact(status)) => status.to_string(),
            Some(crate::contract::StatusRange::Class(digit)) => format!("{digit}XX"),
            Some(crate::contract::StatusRange::Default) => "an error status".to_owned(),
        };
        self.code.as_ref().map_or(status.clone(), |code| format!("{status} with code {code}"))
    }
}

/// Whether the response to a request is documented as a refusal that is not about the rate of requests, although its status
/// is one that servers limit the rate with: a 429 for an account without credits, for example. The documented code of such a
/// refusal suffices.
#[must_use]
pub(crate) fn is_documented_refusal(contract: &Contract, request: &Request, response: &Response) -> bool {
    let path = request.target.split('?').next().unwrap_or_default();
    let operations = contract.operations.iter();
    let mut same = operations.filter(|operation| operation.method == request.method && operation.example_path == path);
    let code = error_code(contract, response);
    let is_other = |condition: Condition| !matches!(condition, Condition::RateLimited | Condition::BackendDown);
    same.any(|operation| {
        // The code of another condition says what the response is about, whatever its status.
        let by_code = |(condition, answer): (&Condition, &DocumentedResponse)| {
            is_other(*condition) && answer.code.is_some() && answer.code == code
        };
        operation.conditions.iter().any(by_code)
            || matches!(classify(contract, operation, response), Class::Condition(condition) if is_other(condition))
    })
}
