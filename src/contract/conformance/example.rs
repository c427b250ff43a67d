//! Invariants, compiled, and held against the document's own examples.

use std::collections::{BTreeMap, BTreeSet};

use super::fields::successes;
use super::{at, listed};
use crate::contract::document_set::Location;
use crate::contract::node::Node;
use crate::contract::openapi::{Found, Reader};
use crate::contract::{Content, DocumentExtension, Expression, Operation, Response, Rule};

/// Gives every operation its invariants.
pub(super) fn invariants<'a>(
    reader: &mut Reader<'a>,
    node: &Node<'a>,
    document: &DocumentExtension,
    found: &mut [Found<'a>],
) {
    let mut ids = BTreeSet::new();
    for (index, invariant) in document.invariants.iter().enumerate() {
        let location = at(node, &["invariants", &index.to_string()]);
        if !ids.insert(&invariant.id) {
            reader
                .diagnostics
                .fatal(&location.join("id"), format!("another invariant is called `{}` already", invariant.id));
        }
        let expression = match Expression::compile(&invariant.expression) {
            Ok(expression) => expression,
            Err(error) => {
                reader.diagnostics.fatal(&location.join("expression"), format!("no CEL: {}", error.reason));
                continue;
            }
        };
        if invariant.operations.is_empty() {
            reader.diagnostics.fatal(&location.join("operations"), "an invariant speaks of one operation at least");
        }
        for (number, wanted) in invariant.operations.iter().enumerate() {
            let Some(found) = found.iter_mut().find(|found| found.operation.id == *wanted) else {
                let message = format!("no operation has the operationId `{wanted}`");
                reader.diagnostics.fatal(&location.join("operations").join(&number.to_string()), message);
                continue;
            };
            hold(reader, &location.join("expression"), &expression, &found.operation, true);
            let rule =
                Rule { id: invariant.id.clone(), expression: expression.clone(), promise: invariant.promise.clone() };
            found.operation.invariants.push(rule);
        }
    }
    for found in found.iter() {
        if let Some(expression) = found.operation.cost.as_ref().and_then(|cost| cost.free_when.as_ref()) {
            let location = at(&found.node, &["x-conformance", "cost", "free_when"]);
            hold(reader, &location, expression, &found.operation, false);
        }
    }
}

/// Whether an expression can be evaluated on every example of a success, and comes out true if it must.
fn hold(reader: &mut Reader<'_>, location: &Location, expression: &Expression, operation: &Operation, must: bool) {
    for response in successes(operation) {
        for content in &response.content {
            for (name, body) in &content.examples {
                let headers = headers(response, content);
                let problem = match expression.holds(response.status.canonical(), &headers, body) {
                    Ok(holds) if holds || !must => continue,
                    Ok(_) => "it does not hold".to_owned(),
                    Err(error) => format!(
                        "it cannot be evaluated ({}; headers shown: {})",
                        error.reason,
                        listed(headers.keys().map(String::as_str))
                    ),
                };
                let message = format!("{problem} for the example `{name}` of {}", operation.id);
                reader.diagnostics.fatal(location, message);
            }
        }
    }
}

fn headers(response: &Response, content: &Content) -> BTreeMap<String, String> {
    let shown = response.headers.iter().filter_map(|field| Some((field.name.clone(), field.example.clone()?)));
    let media_type =
        (!content.media_type.contains('*')).then(|| ("content-type".to_owned(), content.media_type.clone()));
    shown.chain(media_type).collect()
}
