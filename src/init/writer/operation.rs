//! The extension of an operation.

use serde_json::{Map, Value, json};

use super::promise::{self, explain};
use super::{Comments, Operation, Written, examples, fields};
use crate::contract::{Condition, Role};
use crate::init::conditions::meaning;
use crate::pointer;

/// Writes the extension of an operation, and the examples that it needs.
pub(super) fn write(operation: &Operation<'_>, written: &mut Written) {
    let outline = &operation.outline;
    let base = pointer::join(&pointer::join("/paths", &outline.path), &outline.method.to_ascii_lowercase());
    let at = pointer::join(&base, "x-conformance");
    let role = format!("{at}/role");
    written
        .comments
        .before(&role, format!("{}: {}; {}", operation.sure.as_str(), operation.because, outline.item.place()));
    let mut extension = Map::from_iter([("role".to_owned(), json!(operation.role.as_str()))]);
    if let Some(promised) = &operation.promise {
        explain(&mut written.comments, &format!("{at}/promise"), "the shape of its responses", promised);
        extension.insert("promise".to_owned(), promise::value(promised));
    }
    for (name, stated) in [("free", &operation.free), ("unlimited", &operation.unlimited)] {
        if let Some(stated) = stated {
            explain(&mut written.comments, &format!("{at}/{name}"), name, stated);
            extension.insert(name.to_owned(), promise::value(stated));
        }
    }
    if let Some((amount, stated)) = &operation.cost {
        let mut cost = Map::new();
        if let Some(amount) = amount {
            cost.insert("amount".to_owned(), json!(amount));
        }
        cost.insert("promise".to_owned(), promise::value(stated));
        explain(&mut written.comments, &format!("{at}/cost"), "what a call costs", stated);
        extension.insert("cost".to_owned(), Value::Object(cost));
    } else if operation.role == Role::Spend {
        written.comments.behind(&at, "FILL IN: `cost`, if a source says what a call costs");
    }
    if operation.role == Role::Balance {
        let fields = fields::locators(operation, &at, &base, written);
        if !fields.is_empty() {
            extension.insert("fields".to_owned(), Value::Object(fields));
        }
    }
    let conditions = conditions(operation, &at, &mut written.comments);
    if !conditions.is_empty() {
        extension.insert("conditions".to_owned(), Value::Object(conditions));
    }
    operation.remarks.iter().for_each(|remark| written.comments.behind(&at, remark));
    examples::write(operation, &base, written);
    if let Some(Value::Object(members)) = written.value.pointer_mut(&base) {
        // Behind the names, before the long parts.
        let names = members
            .iter()
            .take_while(|(name, _)| matches!(name.as_str(), "operationId" | "summary" | "description"))
            .count();
        members.shift_insert(names, "x-conformance".to_owned(), Value::Object(extension));
    }
}

fn conditions(operation: &Operation<'_>, at: &str, comments: &mut Comments) -> Map<String, Value> {
    let mut conditions = Map::new();
    for found in &operation.conditions {
        let at = format!("{at}/conditions/{}", pointer_token(found.condition.as_str()));
        explain(comments, &at, &format!("{} for {}", found.key, meaning(found.condition)), &found.promise);
        let mut condition = Map::from_iter([("response".to_owned(), json!(found.key))]);
        if let Some(code) = &found.code {
            condition.insert("code".to_owned(), json!(code));
        } else if let Some(code) = &found.shown_code {
            comments.before(&at, format!("add `code: {code}` if a source promises it; an example shows it"));
        }
        condition.insert("promise".to_owned(), promise::value(&found.promise));
        conditions.insert(found.condition.as_str().to_owned(), Value::Object(condition));
    }
    if operation.role == Role::Spend
        && !operation.conditions.iter().any(|found| found.condition == Condition::Exhausted)
    {
        comments.behind(
            at,
            "FILL IN: the condition `exhausted`: how a paid call is refused when the credits do not suffice",
        );
    }
    conditions
}

fn pointer_token(token: &str) -> String {
    pointer::join("", token).trim_start_matches('/').to_owned()
}
