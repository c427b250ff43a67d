//! Adds to the locators of an operation what follows from the document.

use serde_json::Value;

use super::at;
use super::compile::{self, EvaluatedBy};
use super::fields::successes;
use crate::contract::document_set::Location;
use crate::contract::node::Node;
use crate::contract::openapi::{Found, Reader};
use crate::contract::{Encoding, Expression, Locator, Operation, select};

/// Adds compiled expressions, the place in the example that a path or an expression depends on, and the encoding.
pub(super) fn complete<'a>(reader: &mut Reader<'a>, node: &Node<'a>, found: &mut Found<'a>) {
    let example = successes(&found.operation).flat_map(|response| &response.content).find_map(|content| {
        let (_, example) = content.examples.first()?;
        Some(example.clone())
    });
    for (location, locator, by) in all(node, &mut found.operation) {
        let is_encoding_written = reader.documents.value(&location).and_then(|value| value.get("encoding")).is_some();
        if let Some(text) = locator.factor.as_ref() {
            let factor = text.parse::<rust_decimal::Decimal>().ok();
            if factor.is_none_or(|factor| factor <= rust_decimal::Decimal::ZERO) {
                let message = format!("`{text}` is no factor: write what one written unit counts, \"0.01\" for cents");
                reader.diagnostics.fatal(&location.join("factor"), message);
            }
        }
        if let Some(text) = &locator.expression {
            locator.compiled = compile::expression(reader, &location.join("expression"), text, by);
        }
        if locator.path.is_some() {
            compile::require_evaluation(reader, &location.join("path"), "JSONPath", by);
        }
        let Some(example) = &example else { continue };
        if locator.pointer.is_none() && Expression::EVALUATED {
            locator.pointer = place_in(reader, &location, locator, example);
        }
        let shown = locator.pointer.as_ref().and_then(|pointer| example.pointer(&pointer.replace("/*", "/0")));
        if let Some(Value::String(text)) = shown.filter(|_| !is_encoding_written)
            && text.parse::<rust_decimal::Decimal>().is_ok()
            && locator.expression.is_none()
        {
            locator.encoding = Encoding::String;
        }
    }
}

/// The locators of an operation, with their places in the extension.
fn all<'l>(node: &Node<'_>, operation: &'l mut Operation) -> Vec<(Location, &'l mut Locator, EvaluatedBy)> {
    let fields = &mut operation.fields;
    let mut all = Vec::new();
    for (name, locator) in
        [("remaining", &mut fields.remaining), ("total", &mut fields.total), ("allowed", &mut fields.allowed)]
    {
        all.extend(locator.as_mut().map(|locator| (at(node, &["fields", name]), locator, EvaluatedBy::Client)));
    }
    for (index, repeated) in fields.remaining_repeated.iter_mut().enumerate() {
        let location = at(node, &["fields", "remaining_repeated", &index.to_string(), "at"]);
        all.push((location, &mut repeated.at, EvaluatedBy::Harness));
    }
    if let Some(held) = &mut fields.held {
        all.push((at(node, &["fields", "held", "at"]), &mut held.at, EvaluatedBy::Harness));
    }
    if let Some(charged) = operation.cost.as_mut().and_then(|cost| cost.charged.as_mut()) {
        all.push((at(node, &["cost", "charged"]), charged, EvaluatedBy::Harness));
    }
    all
}

/// The JSON Pointer of the member of the example that a path leads to, or that an expression depends on.
fn place_in(reader: &mut Reader<'_>, location: &Location, locator: &Locator, example: &Value) -> Option<String> {
    if let Some(path) = &locator.path {
        return match select(path, example) {
            Ok(pointers) => pointers.into_iter().next(),
            Err(reason) => {
                reader.diagnostics.fatal(&location.join("path"), format!("no JSONPath (RFC 9535): {reason}"));
                None
            }
        };
    }
    locator.compiled.as_ref()?.member_in(example)
}
