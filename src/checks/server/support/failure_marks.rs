//! Members of a body that mean failure: those that every documented refusal has, and no documented success.

use serde_json::Value;

use crate::contract::{Contract, Operation};

/// A member that means failure, with the value that it has then.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::checks) struct FailureMark {
    /// The name of the member, at the top of the body.
    pub name: String,
    /// The flag that means failure; `None` if the member's presence means it.
    pub flag: Option<bool>,
}

/// The members that mean failure, by the examples of the operation.
pub(in crate::checks) fn failure_marks(contract: &Contract, operation: &Operation) -> Vec<FailureMark> {
    let refusals: Vec<&Value> = operation.conditions.values().filter_map(|answer| answer.example.as_ref()).collect();
    let documented = operation.responses.iter().filter(|response| response.status.contains(200));
    let examples = documented.flat_map(|response| &response.content).flat_map(|content| &content.examples);
    let successes: Vec<&Value> =
        examples.map(|(_, example)| example).filter(|value| !refusals.contains(value)).collect();
    let Some(members) = refusals.first().and_then(|refusal| refusal.as_object()) else { return Vec::new() };
    if successes.is_empty() {
        return Vec::new();
    }
    let code = contract.error_code.as_deref().and_then(|pointer| crate::pointer::tokens(pointer).next());
    let fields = &operation.fields;
    let located = fields.remaining.iter().chain(&fields.total).chain(&fields.allowed);
    let is_balance = |name: &str| {
        located.clone().any(|at| {
            at.pointer.as_deref().is_some_and(|at| crate::pointer::tokens(at).next().as_deref() == Some(name))
        })
    };
    let mut marks = Vec::new();
    for (name, value) in members.iter().filter(|(name, _)| !is_balance(name)) {
        let in_all = refusals.iter().all(|refusal| refusal.get(name).is_some());
        let in_success = |value: &Value| successes.iter().any(|success| success.get(name) == Some(value));
        match value {
            Value::Bool(flag)
                if refusals.iter().all(|refusal| refusal.get(name) == Some(value)) && !in_success(value) =>
            {
                marks.push(FailureMark { name: name.clone(), flag: Some(*flag) });
            }
            _ if in_all && code.as_deref() == Some(name.as_str()) => {
                let absent = successes.iter().all(|success| success.get(name).is_none());
                marks.extend(absent.then(|| FailureMark { name: name.clone(), flag: None }));
            }
            _ => {}
        }
    }
    marks
}

impl FailureMark {
    /// Whether a body has the mark. An empty list and `null` mean nothing.
    pub(in crate::checks) fn is_in(&self, body: &Value) -> bool {
        match (body.get(&self.name), self.flag) {
            (Some(Value::Bool(found)), Some(flag)) => *found == flag,
            (Some(Value::Null) | None, _) => false,
            (Some(Value::Array(list)), None) => !list.is_empty(),
            (Some(_), None) => true,
            (Some(_), Some(_)) => false,
        }
    }

    /// The mark in words.
    pub(in crate::checks) fn describe(&self) -> String {
        match self.flag {
            Some(flag) => format!("`{}: {flag}`", self.name),
            None => format!("the member `{}`", self.name),
        }
    }
}
