//! The meaning of a response in the terms of the contract.

use std::collections::BTreeMap;

use crate::contract::{Condition, Contract, DocumentedResponse, Operation, Role, code_in};
use crate::exchange::{Exchange, LimitMeaning, Request, Response};

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

/// Classifies a response. What the contract says of a body is more specific than a status; where no status is documented, only
/// the body counts.
#[must_use]
pub fn classify(_: &Contract, operation: &Operation, response: &Response) -> Class {
    let (body, headers) = (response.json(), header_map(response));
    let matching = |told: bool| {
        operation.conditions.iter().find(|(_, answer)| {
            answer.each().any(|answer| {
                answer.is_told_by_body() == told
                    && answer.takes(response.status)
                    && (told || answer.status.is_some())
                    && answer.has_signs(response.status, &headers, body.as_ref())
            })
        })
    };
    let found =
        |found: Option<(&Condition, &DocumentedResponse)>| found.map(|(condition, _)| Class::Condition(*condition));
    if response.is_success() {
        let may_be_blocked = |answer: &DocumentedResponse| {
            answer.each().any(|each| each.status.is_none() || each.canonical_status < 300)
        };
        let blocked = matching(true).filter(|(_, answer)| may_be_blocked(answer));
        // A code that is not documented may be a refusal too.
        let code = body.as_ref().and_then(|body| code_in(body, &operation.error_codes));
        let refused = code.is_some() && operation.refuses_by_code()
            || !operation.is_success(response.status, &headers, body.as_ref());
        return found(blocked).unwrap_or(if refused { Class::Other } else { Class::Success });
    }
    found(matching(true).or_else(|| matching(false))).unwrap_or(Class::Other)
}

/// Whether an operation succeeded, by the status of the response and by what the contract says of its body.
#[must_use]
pub(crate) fn succeeded(contract: &Contract, operation: &Operation, exchange: &Exchange) -> bool {
    exchange.result.as_ref().is_ok_and(|response| classify(contract, operation, response) == Class::Success)
}

/// The machine-readable code of an error body of an operation, or of a response to a request that belongs to none.
#[must_use]
pub fn error_code(contract: &Contract, operation: Option<&Operation>, response: &Response) -> Option<String> {
    code_in(&response.json()?, operation.map_or(&contract.error_codes, |operation| &operation.error_codes))
}

/// The header fields of a response for expressions: names in lower case, repeated fields joined.
pub(crate) fn header_map(response: &Response) -> BTreeMap<String, String> {
    let mut map: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in &response.headers {
        let value = String::from_utf8_lossy(value);
        map.entry(name.to_ascii_lowercase())
            .and_modify(|joined| {
                joined.push_str(", ");
                joined.push_str(&value);
            })
            .or_insert_with(|| value.into_owned());
    }
    map
}

impl DocumentedResponse {
    /// Whether a status is the documented one.
    #[must_use]
    pub fn takes(&self, status: u16) -> bool {
        self.status.is_none_or(|range| range.contains(status))
    }

    /// Whether a response is this one, or one of those that are as right: by its status, its code and the expression.
    #[must_use]
    pub(crate) fn is(&self, response: &Response) -> bool {
        self.matching(response).is_some()
    }

    /// The documented response that a response is: this one, or one of those that are as right.
    #[must_use]
    pub(crate) fn matching(&self, response: &Response) -> Option<&DocumentedResponse> {
        let (body, headers) = (response.json(), header_map(response));
        self.each().find(|each| {
            // Without a status, or with that of a success, the body tells it. Another response is no success.
            let refused = each.is_told_by_body() && each.may_be_success() || !response.is_success();
            refused && each.takes(response.status) && each.has_signs(response.status, &headers, body.as_ref())
        })
    }

    /// Whether it may have the status of a success.
    #[must_use]
    pub(crate) fn may_be_success(&self) -> bool {
        self.status.is_none() || self.canonical_status / 100 == 2
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
        let mut said = self.code.as_ref().map_or(status.clone(), |code| format!("{status} with code {code}"));
        if let Some(when) = &self.when {
            said.push_str(&format!(" where {}", when.text()));
        }
        for other in &self.alternatives {
            said.push_str(" or ");
            said.push_str(&other.describe());
        }
        said
    }
}

/// What the response to a request means that looks like a limit on the rate of requests. It may be documented as another refusal,
/// although its status is one that servers limit the rate with: a 429 for an account without credits, for example. The documented
/// code of such a refusal suffices.
#[must_use]
pub(crate) fn limit_meaning(contract: &Contract, request: &Request, response: &Response) -> LimitMeaning {
    let path = request.target.split('?').next().unwrap_or_default();
    let operations = contract.operations.iter();
    let same: Vec<_> =
        operations.filter(|operation| operation.method == request.method && operation.example_path == path).collect();
    let is_other = |condition: Condition| !matches!(condition, Condition::RateLimited | Condition::BackendDown);
    let is_refusal = same.iter().any(|operation| {
        let code = error_code(contract, Some(operation), response);
        // The code of another condition says what the response is about, whatever its status.
        let by_code = |(condition, answer): (&Condition, &DocumentedResponse)| {
            is_other(*condition) && answer.code.is_some() && answer.code == code
        };
        operation.conditions.iter().any(by_code)
            || matches!(classify(contract, operation, response), Class::Condition(condition) if is_other(condition))
    });
    // A paid call may have a limit of its own, whatever is said about calls of that kind.
    let is_unlimited = same.iter().any(|operation| operation.role != Role::Spend && operation.unlimited.is_some());
    match (is_refusal, is_unlimited) {
        (true, _) => LimitMeaning::OtherRefusal,
        (false, true) => LimitMeaning::Contradiction,
        (false, false) if same.is_empty() => LimitMeaning::Undocumented,
        (false, false) => LimitMeaning::Limit,
    }
}
