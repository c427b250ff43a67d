//! Which documented answer belongs to which condition.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::shorthand::Defaults;
use super::{at, listed, outcome};
use crate::contract::code_in;
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
    defaults: &Defaults,
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
                let context = Context { defaults, codes: &found.operation.error_codes, whose: &found.operation.id };
                let answer = of_rule(reader, &location, &context, rule, &found.responses, true);
                found.operation.conditions.extend(answer.map(|answer| (*condition, answer)));
            }
        }
        let own = extension.as_ref().map(|(extension, _)| &extension.conditions);
        for (condition, rule) in document.conditions.iter().filter(|(condition, _)| !of_no_operation(**condition)) {
            let known = found.responses.iter().any(|(key, _)| same_key(key, &rule.response));
            *used.entry(*condition).or_default() |= known;
            if !known || own.is_some_and(|own| own.contains_key(condition)) {
                continue;
            }
            let location = at(node, &["conditions", condition.as_str()]);
            let context = Context { defaults, codes: &found.operation.error_codes, whose: &found.operation.id };
            let answer = of_rule(reader, &location, &context, rule, &found.responses, false);
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
    defaults: &Defaults,
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
        let context = Context { defaults, codes: &document.error_code, whose: &rule.response };
        let answer = answer(reader, &location, &context, rule, Some(status), &Arc::new(response));
        answers.extend(answer.map(|answer| (*condition, answer)));
    }
    answers
}

fn same_key(left: &str, right: &str) -> bool {
    left.eq_ignore_ascii_case(right)
}

/// What the rules of an operation have in common.
struct Context<'c> {
    defaults: &'c Defaults,
    /// Where the code of an error stands.
    codes: &'c [String],
    /// The name of the operation, for messages.
    whose: &'c str,
}

/// The answer that a rule means among the responses of an operation, with its alternatives. Of those of a document, an
/// operation has what it documents; its own must all be there.
fn of_rule(
    reader: &mut Reader<'_>,
    location: &Location,
    context: &Context<'_>,
    rule: &ConditionRule,
    responses: &[(String, Arc<Response>)],
    own: bool,
) -> Option<DocumentedResponse> {
    let named = |reader: &mut Reader<'_>, location: &Location, rule: &ConditionRule| {
        let Some((key, response)) = responses.iter().find(|(key, _)| same_key(key, &rule.response)) else {
            if own {
                let known = listed(responses.iter().map(|(key, _)| key.as_str()));
                let message = format!("the operation documents no response `{}` (it has: {known})", rule.response);
                reader.diagnostics.fatal(&location.join("response"), message);
            }
            return None;
        };
        answer(reader, location, context, rule, StatusRange::of_key(key), response)
    };
    let mut first = named(reader, location, rule)?;
    for (number, other) in rule.alternatives.iter().enumerate() {
        let location = location.join("alternatives").join(&number.to_string());
        first.alternatives.extend(named(reader, &location, other));
    }
    Some(first)
}

/// The answer that a rule means.
fn answer(
    reader: &mut Reader<'_>,
    location: &Location,
    context: &Context<'_>,
    rule: &ConditionRule,
    range: Option<StatusRange>,
    response: &Arc<Response>,
) -> Option<DocumentedResponse> {
    let range = range?;
    let whose = context.whose;
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
    let code_at = if rule.error_code.is_empty() { context.codes } else { &rule.error_code };
    let code = rule.code.as_ref().and_then(|code| {
        let text = outcome::scalar(code);
        if text.is_none() {
            let message =
                "a code is a string, a number or a boolean: for anything else write `when` with a CEL condition";
            reader.diagnostics.fatal(&location.join("code"), message);
        }
        text
    });
    if let Some(code) = &code {
        match example {
            _ if code_at.is_empty() => {
                let message = "`error_code` is missing: say where in an error body the code stands, at the top, in the operation or here, `error_code: /error/code` for instance";
                reader.diagnostics.fatal(&location.join("code"), message);
            }
            Some((shown, value)) if code_in(value, code_at).as_ref() != Some(code) => {
                let found = code_in(value, code_at).map_or_else(|| "nothing".to_owned(), |found| format!("`{found}`"));
                let known: Vec<&str> = code_at.iter().map(String::as_str).collect();
                let fitting = examples.iter().find(|(_, value)| code_in(value, code_at).as_ref() == Some(code));
                let advice = fitting.map(|(name, _)| format!("; write `example: {name}`")).unwrap_or_default();
                let message = format!(
                    "the example `{shown}` of the response `{}` of {whose} does not say `{code}` at `{}`, but {found}{advice}",
                    rule.response,
                    known.join("` or `"),
                );
                reader.diagnostics.fatal(&location.join("code"), message);
            }
            _ => {}
        }
    }
    let when = outcome::compiled(reader, &location.join("when"), rule.when.as_deref());
    let status = rule.status.map_or(range, StatusRange::Exact);
    let stated = || context.defaults.stated(&format!("{}: {}", rule.response, response.description));
    let promise = rule.promise.clone().or_else(|| serde_json::from_value(stated()).ok())?;
    Some(DocumentedResponse {
        status: (!rule.any_status).then_some(status),
        canonical_status: status.canonical(),
        code,
        code_at: code_at.to_vec(),
        when,
        alternatives: Vec::new(),
        response: Arc::clone(response),
        media_type: content.map(|content| content.media_type.clone()),
        example: example.map(|(_, value)| value.clone()),
        promise,
    })
}
