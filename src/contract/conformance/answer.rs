//! Which documented answer belongs to which condition.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use super::{at, listed};
use crate::contract::document_set::Location;
use crate::contract::node::Node;
use crate::contract::openapi::{Found, Reader};
use crate::contract::{
    Condition, ConditionRule, DocumentExtension, DocumentedResponse, OperationExtension, Response, StatusRange,
};

fn of_no_operation(condition: Condition) -> bool {
    matches!(condition, Condition::PathUnknown | Condition::MethodUnknown)
}

/// Gives every operation its conditions: its own, and those of the document whose response it documents.
pub(super) fn of_operations<'a>(
    reader: &mut Reader<'a>,
    node: &Node<'a>,
    document: &DocumentExtension,
    found: &mut [Found<'a>],
    extensions: &[Option<(OperationExtension, Node<'a>)>],
) {
    let mut used: BTreeMap<Condition, bool> = BTreeMap::new();
    for (found, extension) in found.iter_mut().zip(extensions) {
        if let Some((extension, node)) = extension {
            for (condition, rule) in extension.conditions.iter().filter(|(condition, _)| !of_no_operation(**condition))
            {
                let location = at(node, &["conditions", condition.as_str()]);
                let Some((key, response)) = found.responses.iter().find(|(key, _)| same_key(key, &rule.response))
                else {
                    let known = listed(found.responses.iter().map(|(key, _)| key.as_str()));
                    let message = format!("the operation documents no response `{}` (it has: {known})", rule.response);
                    reader.diagnostics.fatal(&location.join("response"), message);
                    continue;
                };
                let answer =
                    answer(reader, &location, document, rule, StatusRange::of_key(key), response, &found.operation.id);
                found.operation.conditions.extend(answer.map(|answer| (*condition, answer)));
            }
        }
        let own = extension.as_ref().map(|(extension, _)| &extension.conditions);
        for (condition, rule) in document.conditions.iter().filter(|(condition, _)| !of_no_operation(**condition)) {
            let known = found.responses.iter().find(|(key, _)| same_key(key, &rule.response));
            *used.entry(*condition).or_default() |= known.is_some();
            let Some((key, response)) = known.filter(|_| own.is_none_or(|own| !own.contains_key(condition))) else {
                continue;
            };
            let location = at(node, &["conditions", condition.as_str()]);
            let answer =
                answer(reader, &location, document, rule, StatusRange::of_key(key), response, &found.operation.id);
            found.operation.conditions.extend(answer.map(|answer| (*condition, answer)));
        }
    }
    for (condition, _) in used.into_iter().filter(|(_, used)| !used) {
        let location = at(node, &["conditions", condition.as_str(), "response"]);
        let rule = document.conditions.get(&condition).map_or("", |rule| rule.response.as_str());
        reader.diagnostics.fatal(&location, format!("no operation documents a response `{rule}`"));
    }
}

/// The answers that belong to no operation.
pub(super) fn of_document<'a>(
    reader: &mut Reader<'a>,
    root: &Node<'a>,
    node: &Node<'a>,
    document: &DocumentExtension,
) -> BTreeMap<Condition, DocumentedResponse> {
    let mut answers = BTreeMap::new();
    for (condition, rule) in document.conditions.iter().filter(|(condition, _)| of_no_operation(**condition)) {
        let location = at(node, &["conditions", condition.as_str()]);
        let responses = root.get("components").and_then(|components| components.get("responses"));
        let Some(response) = responses.as_ref().and_then(|responses| responses.get(&rule.response)) else {
            let known = responses.map(|responses| responses.members()).unwrap_or_default();
            let known = listed(known.iter().map(|(name, _)| *name));
            let message = format!("components.responses has no `{}` (it has: {known})", rule.response);
            reader.diagnostics.fatal(&location.join("response"), message);
            continue;
        };
        let usual = if *condition == Condition::PathUnknown { 404 } else { 405 };
        let status = StatusRange::Exact(rule.status.unwrap_or(usual));
        let Some(response) = reader.response(&response, status) else { continue };
        let answer = answer(reader, &location, document, rule, Some(status), &Arc::new(response), &rule.response);
        answers.extend(answer.map(|answer| (*condition, answer)));
    }
    answers
}

fn same_key(left: &str, right: &str) -> bool {
    left.eq_ignore_ascii_case(right)
}

/// The answer that a rule means; `whose` names the operation for messages.
fn answer(
    reader: &mut Reader<'_>,
    location: &Location,
    document: &DocumentExtension,
    rule: &ConditionRule,
    range: Option<StatusRange>,
    response: &Arc<Response>,
    whose: &str,
) -> Option<DocumentedResponse> {
    let range = range?;
    if let Some(status) = rule.status.filter(|status| !range.contains(*status)) {
        let message = format!("the response `{}` does not document the status {status}", rule.response);
        reader.diagnostics.fatal(&location.join("status"), message);
    }
    let content = match &rule.media_type {
        None => response.content.first(),
        Some(wanted) => {
            let wanted = wanted.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
            let content = response.content.iter().find(|content| content.media_type == wanted);
            if content.is_none() {
                let known = listed(response.content.iter().map(|content| content.media_type.as_str()));
                let message =
                    format!("the response `{}` of {whose} has no `{wanted}` (it has: {known})", rule.response);
                reader.diagnostics.fatal(&location.join("media_type"), message);
            }
            content
        }
    };
    let examples = content.map(|content| content.examples.as_slice()).unwrap_or_default();
    let example = match &rule.example {
        None => examples.first(),
        Some(wanted) => {
            let example = examples.iter().find(|(name, _)| name == wanted);
            if example.is_none() {
                let known = listed(examples.iter().map(|(name, _)| name.as_str()));
                let message =
                    format!("the response `{}` of {whose} has no example `{wanted}` (it has: {known})", rule.response);
                reader.diagnostics.fatal(&location.join("example"), message);
            }
            example
        }
    };
    if content.is_some() && examples.is_empty() && rule.example.is_none() {
        let message =
            format!("the response `{}` of {whose} has no example: add one that shows this answer", rule.response);
        reader.diagnostics.fatal(&location.join("response"), message);
    }
    if let Some(code) = &rule.code {
        match (&document.error_code, example) {
            (None, _) => {
                let message = "`error_code` is missing at the top: say where in an error body the code stands";
                reader.diagnostics.fatal(&location.join("code"), message);
            }
            (Some(pointer), Some((shown, value))) if value.pointer(pointer).and_then(Value::as_str) != Some(code) => {
                let message = format!(
                    "the example `{shown}` of the response `{}` of {whose} does not say `{code}` at `{pointer}`",
                    rule.response
                );
                reader.diagnostics.fatal(&location.join("code"), message);
            }
            _ => {}
        }
    }
    let status = rule.status.map_or(range, StatusRange::Exact);
    Some(DocumentedResponse {
        status: (!rule.any_status).then_some(status),
        canonical_status: status.canonical(),
        code: rule.code.clone(),
        response: Arc::clone(response),
        media_type: content.map(|content| content.media_type.clone()),
        example: example.map(|(_, value)| value.clone()),
        promise: rule.promise.clone(),
    })
}
