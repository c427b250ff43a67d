//! Whether the places that the extension points at are in the documented answers.

use serde_json::Value;

use super::at;
use crate::contract::document_set::Location;
use crate::contract::node::Node;
use crate::contract::openapi::{Found, Reader};
use crate::contract::{Locator, Operation, Response, Role};
use crate::pointer;

/// Definitions that may be passed on the way to one place in a schema.
const MAX_STEPS: usize = 400;

/// Checks every locator of an operation's extension.
pub(super) fn check<'a>(reader: &mut Reader<'a>, node: &Node<'a>, found: &Found<'a>) {
    let operation = &found.operation;
    let fields = &operation.fields;
    let single = [("remaining", &fields.remaining), ("total", &fields.total), ("allowed", &fields.allowed)];
    for (name, locator) in single {
        if let Some(locator) = locator {
            one(reader, &at(node, &["fields", name]), locator, operation);
        }
    }
    if fields.total.is_some()
        && operation.role == Role::Balance
        && fields.remaining.is_none()
        && fields.allowed.is_none()
    {
        let message = "a total alone does not say what is left: add `remaining` or `allowed`, or leave it out";
        reader.diagnostics.fatal(&at(node, &["fields", "total"]), message);
    }
    for (index, repeated) in fields.remaining_repeated.iter().enumerate() {
        let location = at(node, &["fields", "remaining_repeated", &index.to_string(), "at"]);
        one(reader, &location, &repeated.at, operation);
    }
    if let Some(charged) = operation.cost.as_ref().and_then(|cost| cost.charged.as_ref()) {
        one(reader, &at(node, &["cost", "charged"]), charged, operation);
    }
}

fn one(reader: &mut Reader<'_>, location: &Location, locator: &Locator, operation: &Operation) {
    match (&locator.pointer, &locator.header) {
        (Some(pointer), None) => in_body(reader, &location.join("pointer"), pointer, operation),
        (None, Some(header)) => in_header(reader, &location.join("header"), header, operation),
        (None, None) => reader.diagnostics.fatal(location, "a `pointer` into the body or a `header` is needed"),
        (Some(_), Some(_)) => {
            reader.diagnostics.fatal(location, "either a `pointer` into the body or a `header`, not both");
        }
    }
    if let Some(minus) = &locator.minus {
        in_body(reader, &location.join("minus"), minus, operation);
    }
}

/// The documented answers that are successes.
pub(super) fn successes(operation: &Operation) -> impl Iterator<Item = &Response> {
    operation.responses.iter().map(AsRef::as_ref).filter(|response| response.status.canonical() / 100 == 2)
}

fn in_header(reader: &mut Reader<'_>, location: &Location, header: &str, operation: &Operation) {
    let name = header.to_ascii_lowercase();
    if !successes(operation).any(|response| response.headers.iter().any(|field| field.name == name)) {
        let message = format!("no successful response of {} documents the header `{header}`", operation.id);
        reader.diagnostics.fatal(location, message);
    }
}

fn in_body(reader: &mut Reader<'_>, location: &Location, path: &str, operation: &Operation) {
    if !path.is_empty() && !path.starts_with('/') {
        reader.diagnostics.fatal(location, format!("`{path}` is no JSON Pointer: write `/{path}`"));
        return;
    }
    let tokens: Vec<String> = pointer::tokens(path).map(std::borrow::Cow::into_owned).collect();
    let contents = || successes(operation).flat_map(|response| &response.content);
    let examples: Vec<&Value> = contents().flat_map(|content| &content.examples).map(|(_, value)| value).collect();
    if examples.is_empty() {
        let message =
            format!("no successful response of {} has an example, so `{path}` is shown nowhere: add one", operation.id);
        reader.diagnostics.fatal(location, message);
    } else if !examples.iter().any(|example| reaches(example, &tokens, false))
        && !examples.iter().all(|example| reaches(example, &tokens, true))
    {
        let message = format!("no example of a successful response of {} has anything at `{path}`", operation.id);
        reader.diagnostics.fatal(location, message);
    }
    let mut schemas = contents().filter_map(|content| content.schema.as_ref()).peekable();
    let declared = |document: &Value| declares(document, document, &tokens, &mut MAX_STEPS.clone());
    if schemas.peek().is_some() && !schemas.any(|schema| declared(schema.document())) {
        let message = format!("no schema of a successful response of {} declares `{path}`", operation.id);
        reader.diagnostics.fatal(location, message);
    }
}

/// Whether a pointer, in which `*` stands for every element, leads anywhere in a value. An empty list has no elements
/// that could be wrong, and none that show anything: `empty` decides.
fn reaches(value: &Value, tokens: &[String], empty: bool) -> bool {
    let Some((first, rest)) = tokens.split_first() else { return true };
    match value {
        Value::Array(elements) if first == "*" => {
            elements.iter().all(|element| reaches(element, rest, empty)) && (empty || !elements.is_empty())
        }
        Value::Array(elements) => {
            let element = first.parse::<usize>().ok().and_then(|index| elements.get(index));
            element.is_some_and(|element| reaches(element, rest, empty))
        }
        Value::Object(members) => members.get(first).is_some_and(|member| reaches(member, rest, empty)),
        _ => false,
    }
}

/// Whether a schema speaks of a place in its values.
fn declares(document: &Value, schema: &Value, tokens: &[String], steps: &mut usize) -> bool {
    let Some((first, rest)) = tokens.split_first() else { return true };
    if *steps == 0 {
        return false;
    }
    *steps -= 1;
    let Value::Object(members) = schema else { return false };
    let below = |schema: Option<&Value>, steps: &mut usize| {
        schema.is_some_and(|schema| declares(document, schema, rest, steps))
    };
    if below(members.get("properties").and_then(|properties| properties.get(first)), steps) {
        return true;
    }
    if (first == "*" || first.parse::<usize>().is_ok())
        && (below(members.get("items"), steps)
            || below(
                members.get("prefixItems").and_then(|items| items.get(first.parse::<usize>().unwrap_or(0))),
                steps,
            ))
    {
        return true;
    }
    let reference =
        members.get("$ref").and_then(Value::as_str).and_then(|text| document.pointer(text.trim_start_matches('#')));
    if reference.is_some_and(|schema| declares(document, schema, tokens, steps)) {
        return true;
    }
    ["allOf", "anyOf", "oneOf"]
        .iter()
        .filter_map(|keyword| members.get(*keyword)?.as_array())
        .flatten()
        .any(|schema| declares(document, schema, tokens, steps))
}
