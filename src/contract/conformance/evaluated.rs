//! Evaluates the expressions of a contract on the examples of its document.

use std::collections::BTreeMap;

use super::fields::successes;
use super::{at, listed};
use crate::contract::document_set::Location;
use crate::contract::openapi::{Found, Reader};
use crate::contract::{Content, Expression, Operation, Response};

/// Checks that every `free_when` can be evaluated.
pub(super) fn free_calls(reader: &mut Reader<'_>, found: &[Found<'_>]) {
    for found in found {
        if let Some(expression) = found.operation.cost.as_ref().and_then(|cost| cost.free_when.as_ref()) {
            let location = at(&found.node, &["x-conformance", "cost", "free_when"]);
            check(reader, &location, expression, &found.operation, false);
        }
    }
}

/// Whether an expression can be evaluated on every example of a success, and comes out true if it must.
pub(super) fn check(
    reader: &mut Reader<'_>,
    location: &Location,
    expression: &Expression,
    operation: &Operation,
    must: bool,
) {
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
