//! Tells refusals from successes by what stands in a body.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{DocumentedResponse, Operation};

/// The code in a body: the text of the first string, number or boolean that one of the pointers leads to.
#[must_use]
pub fn code_in(body: &Value, pointers: &[String]) -> Option<String> {
    pointers.iter().find_map(|pointer| scalar(body.pointer(pointer)?))
}

/// The text of a string, a number or a boolean.
pub(super) fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}

impl DocumentedResponse {
    /// Whether the contract says more of the response than its status.
    #[must_use]
    pub fn is_told_by_body(&self) -> bool {
        self.code.is_some() || self.when.is_some()
    }

    /// Whether the code and the expression of the contract hold for a response with this body; `true` if there are none.
    #[must_use]
    pub fn has_signs(&self, status: u16, headers: &BTreeMap<String, String>, body: Option<&Value>) -> bool {
        let same_code = self
            .code
            .as_ref()
            .is_none_or(|code| body.and_then(|body| code_in(body, &self.code_at)).as_ref() == Some(code));
        same_code && self.when.as_ref().is_none_or(|when| holds(when, status, headers, body))
    }

    /// This response, and the others that are as right.
    pub fn each(&self) -> impl Iterator<Item = &DocumentedResponse> {
        std::iter::once(self).chain(&self.alternatives)
    }
}

impl Operation {
    /// Whether a response with the status of a success is one, as far as the contract says how to tell.
    #[must_use]
    pub fn is_success(&self, status: u16, headers: &BTreeMap<String, String>, body: Option<&Value>) -> bool {
        self.success.as_ref().is_none_or(|success| holds(success, status, headers, body))
    }

    /// Whether any code tells that a call was refused, whatever its status and whatever the code: where a condition is told by
    /// its code alone, and the documented successes have none.
    #[must_use]
    pub fn refuses_by_code(&self) -> bool {
        let alone = |answer: &DocumentedResponse| answer.status.is_none() && answer.code.is_some();
        if !self.conditions.values().any(alone) {
            return false;
        }
        let refusals: Vec<&Value> = self.conditions.values().filter_map(|answer| answer.example.as_ref()).collect();
        let answers = self.responses.iter().filter(|response| response.status.canonical() / 100 == 2);
        let examples = answers.flat_map(|response| &response.content).flat_map(|content| &content.examples);
        let mut successes = examples.map(|(_, value)| value).filter(|value| !refusals.contains(value)).peekable();
        successes.peek().is_some() && successes.all(|value| code_in(value, &self.error_codes).is_none())
    }

    /// Whether responses with the status of a success may be refusals.
    #[must_use]
    pub fn may_refuse_in_success(&self) -> bool {
        self.success.is_some()
            || self.conditions.values().flat_map(DocumentedResponse::each).any(|answer| {
                answer.is_told_by_body() && (answer.status.is_none() || answer.canonical_status / 100 == 2)
            })
    }
}

/// Whether an expression holds for a response. One that cannot be evaluated, as a name is absent, does not.
fn holds(
    expression: &super::Expression,
    status: u16,
    headers: &BTreeMap<String, String>,
    body: Option<&Value>,
) -> bool {
    expression.holds(status, headers, body.unwrap_or(&Value::Null)) == Ok(true)
}
