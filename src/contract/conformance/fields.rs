//! Whether the places that the extension points at are in the documented answers.

use serde_json::Value;

use super::at;
use crate::contract::document_set::Location;
use crate::contract::node::Node;
use crate::contract::openapi::{Found, Reader};
use crate::contract::{Expression, Locator, Operation, Response, Role};
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
    if let Some(allowed) = &fields.allowed {
        selects_one_place(reader, &at(node, &["fields", "allowed"]), allowed);
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
    if let Some(held) = &fields.held {
        one(reader, &at(node, &["fields", "held", "at"]), &held.at, operation);
    }
    if let Some(resets) = &fields.resets {
        in_body(reader, &at(node, &["fields", "resets", "at"]), &resets.at, operation);
        if fields.total.is_none() || fields.remaining.is_none() {
            let message = "`resets` says that all of `total` is left again: add `total` and `remaining`";
            reader.diagnostics.fatal(&at(node, &["fields", "resets"]), message);
        }
    }
    if let Some(charged) = operation.cost.as_ref().and_then(|cost| cost.charged.as_ref()) {
        one(reader, &at(node, &["cost", "charged"]), charged, operation);
    }
}

fn one(reader: &mut Reader<'_>, location: &Location, locator: &Locator, operation: &Operation) {
    let written = locator.path.is_none() && locator.expression.is_none();
    let pointer = locator.pointer.as_ref().filter(|_| written);
    match (pointer, &locator.path, &locator.expression, &locator.header) {
        (Some(pointer), None, None, None) => in_body(reader, &location.join("pointer"), pointer, operation),
        (None, Some(path), None, None) => selected(reader, location, locator, path, operation),
        (None, None, Some(_), None) => computed(reader, location, locator, operation),
        (None, None, None, Some(header)) => in_header(reader, &location.join("header"), header, operation),
        (None, None, None, None) => {
            let message = "say where the amount stands, by one of `pointer`, `path`, `expression` and `header`";
            reader.diagnostics.fatal(location, message);
        }
        _ => {
            let message = "write one of `pointer`, `path`, `expression` and `header`, not several";
            reader.diagnostics.fatal(location, message);
        }
    }
    if let Some(minus) = &locator.minus {
        in_body(reader, &location.join("minus"), minus, operation);
        if pointer.is_none() {
            let message = "`minus` goes with `pointer` only: write the difference as an `expression`";
            reader.diagnostics.fatal(&location.join("minus"), message);
        }
    }
    for pointer in pointer.into_iter().chain(&locator.minus) {
        asks_for_null(reader, location, locator, pointer, operation);
    }
}

/// Refuses a flag of which there may be several: amounts are added, flags are not.
fn selects_one_place(reader: &mut Reader<'_>, location: &Location, flag: &Locator) {
    let message = "a flag is in one place: write an `expression`, such as `body.rows.exists(row, row.name == 'api' && row.allowed)`";
    if flag.path.is_some() {
        reader.diagnostics.fatal(&location.join("path"), message);
    } else if flag.expression.is_none() && flag.pointer.as_ref().is_some_and(|pointer| pointer.contains("/*")) {
        reader.diagnostics.fatal(&location.join("pointer"), message);
    }
}

/// Asks what `null` means where the schema allows it and the locator does not say.
fn asks_for_null(
    reader: &mut Reader<'_>,
    location: &Location,
    locator: &Locator,
    pointer: &str,
    operation: &Operation,
) {
    let schemas =
        successes(operation).flat_map(|response| &response.content).filter_map(|content| content.schema.as_ref());
    let documented = schemas.filter(|schema| schema.documents_null(&pointer.replace("/*", "/0"))).count() > 0;
    if documented && locator.meaning(&Value::Null).is_none() {
        let message = format!(
            "the schema allows `null` at `{pointer}`, and nothing says what it means: add `unlimited: null`, `zero: null` or `unknown: null`"
        );
        reader.diagnostics.fatal(location, message);
    }
}

fn selected(reader: &mut Reader<'_>, location: &Location, locator: &Locator, path: &str, operation: &Operation) {
    // What is no JSONPath, or cannot be evaluated, has been reported.
    if Expression::EVALUATED && locator.pointer.is_none() && reader.diagnostics.is_silent_about(&location.join("path"))
    {
        let message = format!(
            "`{path}` selects nothing in the first example of a successful response of {}: correct one of them",
            operation.id
        );
        reader.diagnostics.fatal(&location.join("path"), message);
    }
    if locator.absent.is_none() {
        let message = "say what it means that nothing is selected, as lists may be empty: add `absent: zero`, `absent: unknown` or `absent: unlimited`";
        reader.diagnostics.fatal(&location.join("path"), message);
    }
}

fn computed(reader: &mut Reader<'_>, location: &Location, locator: &Locator, operation: &Operation) {
    let Some(expression) = locator.compiled.as_ref().filter(|_| Expression::EVALUATED) else { return };
    let contents = successes(operation).flat_map(|response| &response.content);
    let examples: Vec<_> = contents.flat_map(|content| &content.examples).collect();
    let first = examples.first().map(|(name, example)| (name, expression.computed(&example.to_string())));
    let message = match first {
        None => {
            format!("no successful response of {} has an example, so nothing can be computed: add one", operation.id)
        }
        Some((name, Err(error))) => {
            format!("it cannot be evaluated for the example `{name}` of {}: {}", operation.id, error.reason)
        }
        Some(_) if locator.pointer.is_none() => "it depends on no member of the example".to_owned(),
        Some(_) => return,
    };
    reader.diagnostics.fatal(&location.join("expression"), message);
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
