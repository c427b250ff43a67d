//! How refusals are told from successes, held against the examples of the document.

use std::collections::BTreeMap;

use serde_json::Value;

use super::at;
use super::compile::{self, EvaluatedBy};
use super::fields::successes;
use crate::contract::document_set::Location;
use crate::contract::openapi::{Found, Reader};
use crate::contract::{DocumentedResponse, Expression};

pub(super) use crate::contract::outcome::scalar;

/// Compiles an expression that tells refusals from successes, if there is one.
pub(super) fn compiled(reader: &mut Reader<'_>, location: &Location, text: Option<&str>) -> Option<Expression> {
    compile::expression(reader, location, text?, EvaluatedBy::Client)
}

/// Checks of every operation that its examples are told apart as the contract says.
pub(super) fn check(reader: &mut Reader<'_>, found: &[Found<'_>]) {
    for found in found {
        let operation = &found.operation;
        let conditions = operation.conditions.iter();
        let answers: Vec<_> =
            conditions.flat_map(|(name, answer)| answer.each().map(move |each| (*name, each))).collect();
        for (condition, answer) in &answers {
            let location = at(&found.node, &["x-conformance", "conditions", condition.as_str()]);
            let in_success = answer.canonical_status / 100 == 2;
            if in_success && !answer.is_told_by_body() && operation.success.is_none() {
                let name = condition.as_str();
                let message = format!(
                    "nothing tells the response to `{name}` of {} from a success: add `code`, or `when` with a CEL condition such as `body.ok == false`, or `success` at the top",
                    operation.id
                );
                reader.diagnostics.fatal(&location, message);
            }
            if Expression::EVALUATED
                && let (Some(when), Some(example)) = (&answer.when, &answer.example)
                && !answer.has_signs(answer.canonical_status, &BTreeMap::new(), Some(example))
            {
                let message = format!("`{}` does not hold for the example of the response", when.text());
                reader.diagnostics.fatal(&location.join("when"), message);
            }
        }
        let is_refusal = |example: &Value| answers.iter().any(|(_, answer)| answer.example.as_ref() == Some(example));
        for (name, example) in success_examples(found).into_iter().filter(|(_, example)| !is_refusal(example)) {
            let taken = answers.iter().find(|(_, answer)| takes_for_itself(answer, example));
            if let Some((condition, _)) = taken {
                let message = format!(
                    "the example `{name}` of a success of {} is a response to `{}` too: make `when` or `code` tell them apart",
                    operation.id,
                    condition.as_str()
                );
                reader
                    .diagnostics
                    .fatal(&at(&found.node, &["x-conformance", "conditions", condition.as_str()]), message);
            } else if Expression::EVALUATED && !operation.is_success(200, &BTreeMap::new(), Some(example)) {
                let text = operation.success.as_ref().map(Expression::text).unwrap_or_default();
                let message = format!(
                    "`success: {text}` does not hold for the example `{name}` of {}: correct one of them, or name the example in a condition",
                    operation.id
                );
                reader.diagnostics.fatal(&at(&found.node, &["x-conformance", "success"]), message);
            }
        }
    }
}

/// Whether a response that may come with the status of a success tells itself by this body.
fn takes_for_itself(answer: &DocumentedResponse, example: &Value) -> bool {
    let may = answer.status.is_none() || answer.canonical_status / 100 == 2;
    may && answer.is_told_by_body() && answer.has_signs(200, &BTreeMap::new(), Some(example))
}

fn success_examples<'f>(found: &'f Found<'_>) -> Vec<(&'f str, &'f Value)> {
    let contents = successes(&found.operation).flat_map(|response| &response.content);
    contents.flat_map(|content| content.examples.iter().map(|(name, value)| (name.as_str(), value))).collect()
}
