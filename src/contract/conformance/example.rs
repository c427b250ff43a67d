//! Invariants, compiled, and held against the document's own examples.

use std::collections::BTreeSet;

use super::at;
use super::compile::{self, EvaluatedBy};
use crate::contract::node::Node;
use crate::contract::openapi::{Found, Reader};
use crate::contract::{DocumentExtension, OperationExtension, Rule};

/// Gives every operation its invariants.
pub(super) fn invariants<'a>(
    reader: &mut Reader<'a>,
    node: &Node<'a>,
    document: &DocumentExtension,
    found: &mut [Found<'a>],
    extensions: &[Option<(OperationExtension, Node<'a>)>],
) {
    let mut ids = BTreeSet::new();
    for (found, extension) in found.iter_mut().zip(extensions) {
        let Some((extension, node)) = extension else { continue };
        for (index, invariant) in extension.invariants.iter().enumerate() {
            let location = at(node, &["invariants", &index.to_string(), "expression"]);
            let compiled = compile::expression(reader, &location, &invariant.expression, EvaluatedBy::Harness);
            let Some(expression) = compiled else { continue };
            #[cfg(feature = "harness")]
            super::evaluated::check(reader, &location, &expression, &found.operation, true);
            let rule = Rule { id: invariant.id.clone(), expression, promise: invariant.promise.clone() };
            found.operation.invariants.push(rule);
        }
    }
    for (index, invariant) in document.invariants.iter().enumerate() {
        let location = at(node, &["invariants", &index.to_string()]);
        if !ids.insert(&invariant.id) {
            reader
                .diagnostics
                .fatal(&location.join("id"), format!("another invariant is called `{}` already", invariant.id));
        }
        let text = &invariant.expression;
        let compiled = compile::expression(reader, &location.join("expression"), text, EvaluatedBy::Harness);
        let Some(expression) = compiled else { continue };
        if invariant.operations.is_empty() {
            reader.diagnostics.fatal(&location.join("operations"), "an invariant speaks of one operation at least");
        }
        for (number, wanted) in invariant.operations.iter().enumerate() {
            let Some(found) = found.iter_mut().find(|found| found.operation.id == *wanted) else {
                let message = format!("no operation has the operationId `{wanted}`");
                reader.diagnostics.fatal(&location.join("operations").join(&number.to_string()), message);
                continue;
            };
            #[cfg(feature = "harness")]
            super::evaluated::check(reader, &location.join("expression"), &expression, &found.operation, true);
            let rule =
                Rule { id: invariant.id.clone(), expression: expression.clone(), promise: invariant.promise.clone() };
            found.operation.invariants.push(rule);
        }
    }
    #[cfg(feature = "harness")]
    super::evaluated::free_calls(reader, found);
}
