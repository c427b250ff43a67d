//! Which documented response belongs to which condition.

use super::locate::Sure;
use super::outline::{Outline, examples, json_content};
use super::promise::{Stated, Strength};
use super::prose;
use super::words::{any, words};
use crate::contract::{Condition, Item};

/// A condition of an operation.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub(super) condition: Condition,
    /// The key under `responses`.
    pub(super) key: String,
    pub(super) promise: Stated,
    /// The error code that the schema fixes.
    pub(super) code: Option<String>,
    /// The error code that an example shows, which is no promise.
    pub(super) shown_code: Option<String>,
}

/// The conditions of an operation, and what is said of others.
pub(super) fn conditions(
    operation: &Outline<'_>,
    is_paid: bool,
    has_credential: bool,
    code: Option<&str>,
) -> (Vec<Found>, Vec<String>) {
    let responses = operation.responses();
    let mut found: Vec<Found> = Vec::new();
    let mut remarks = Vec::new();
    let has = |wanted: &str| responses.iter().any(|(key, _)| *key == wanted);
    for (key, response) in &responses {
        let said = response.text("description").unwrap_or_default();
        let text = format!("{said} {}", shown(response));
        let quote = if said.trim().is_empty() {
            format!("{} documents {key}", operation.name())
        } else {
            format!("{key}: {said}")
        };
        let stated = || Stated::by_document(&quote, response.place());
        let concluded = || Stated::concluded(&quote, response.place());
        let mut add = |condition: Condition, promise: Stated| {
            if !found.iter().any(|known: &Found| known.condition == condition) {
                let (fixed, example) = code.map(|pointer| codes(response, pointer)).unwrap_or_default();
                found.push(Found { condition, key: (*key).to_owned(), promise, code: fixed, shown_code: example });
            }
        };
        match *key {
            "401" if has_credential => {
                // 401 is what the status means (RFC 9110, 15.5.2); where 403 stands beside it, it may be for a wrong credential.
                let missing = if has("403") { stated().with(Strength::Should) } else { stated() };
                add(Condition::CredentialMissing, missing);
                if !has("403") || says_invalid(&text) {
                    add(Condition::CredentialUnknown, stated());
                }
            }
            "403" if has_credential && !has("401") && says_invalid(&text) => {
                add(Condition::CredentialMissing, stated().with(Strength::Should));
                add(Condition::CredentialUnknown, stated());
            }
            "402" if is_paid => {
                let mut promise = if prose::is_exhausted(&text) || text.to_lowercase().contains("credit") {
                    stated()
                } else {
                    stated().with(Strength::Should)
                };
                promise.sure = Sure::Certain;
                add(Condition::Exhausted, promise);
            }
            "429" => {
                let words = words(&text);
                if prose::is_exhausted(&text) && is_paid && !has("402") && !any(&words, &["rate", "many"]) {
                    add(Condition::Exhausted, stated());
                } else if prose::is_exhausted(&text) && is_paid && !has("402") {
                    remarks.push(format!("429 is for too many requests and for credits that do not suffice: {quote}"));
                } else {
                    add(Condition::RateLimited, stated());
                }
            }
            "400" | "403" | "409" if is_paid && !has("402") && prose::is_exhausted(&text) => {
                let mut promise = stated().with(Strength::Should);
                promise.sure = Sure::Likely;
                add(Condition::Exhausted, promise);
            }
            "400" | "422" if operation.request().is_some() => {
                let says = any(&words(&text), &["invalid", "validation", "valid", "malformed", "schema"]);
                let alone = !(has("400") && has("422"));
                // Two statuses for one condition leave open which one comes.
                let promise = if says && alone { stated() } else { concluded() };
                if *key == "422" || alone || says && !has("422") {
                    add(Condition::RequestInvalid, promise);
                }
            }
            // That a failing store has this status is a conclusion.
            _ if key.starts_with('5') => add(Condition::BackendDown, concluded()),
            "404" => remarks
                .push(format!("404 is documented ({quote}); for which path or account, the document does not say")),
            _ => {}
        }
    }
    (found, remarks)
}

/// Whether a text is about a credential that is there and not valid.
fn says_invalid(text: &str) -> bool {
    let said = words(text);
    any(&said, &["invalid", "incorrect", "wrong", "unknown", "revoked", "expired"])
        && any(&said, &["key", "token", "credential", "authentication", "api", "auth"])
}

/// The examples of a response as text, for the words in them.
fn shown(response: &Item<'_>) -> String {
    let content = json_content(response);
    let examples = content.map(|content| examples(&content)).unwrap_or_default();
    examples.iter().map(|example| example.value().to_string()).collect::<Vec<_>>().join(" ")
}

/// The JSON Pointer to the code in error bodies: a string member called so, in as many error responses as possible.
pub(super) fn code_pointer(operations: &[&Outline<'_>]) -> Option<(String, String)> {
    let mut counted: Vec<(String, String, usize)> = Vec::new();
    for operation in operations {
        for (key, response) in operation.responses() {
            if !key.starts_with(['4', '5']) {
                continue;
            }
            for member in super::members::members(&response) {
                let is_code = member.words.last().is_some_and(|last| last == "code")
                    && !any(&member.words, &["status", "http", "zip", "country", "language"]);
                if !is_code || member.kind != super::members::Kind::Text {
                    continue;
                }
                match counted.iter_mut().find(|(pointer, _, _)| *pointer == member.pointer) {
                    Some((_, _, count)) => *count += 1,
                    None => counted.push((member.pointer.clone(), member.place(), 1)),
                }
            }
        }
    }
    let most = counted.iter().map(|(_, _, count)| *count).max()?;
    counted.into_iter().find(|(_, _, count)| *count == most).map(|(pointer, place, _)| (pointer, place))
}

/// The code that the schema of a response fixes, and the code that its first example shows.
fn codes(response: &Item<'_>, pointer: &str) -> (Option<String>, Option<String>) {
    let Some(content) = json_content(response) else { return (None, None) };
    let shown =
        examples(&content).into_iter().find_map(|example| Some(example.value().pointer(pointer)?.as_str()?.to_owned()));
    let member = super::members::members(response).into_iter().find(|member| member.pointer == pointer);
    let fixed = member.and_then(|member| {
        let only = member.item.value().get("enum").and_then(|values| match values.as_array()?.as_slice() {
            [only] => only.as_str(),
            _ => None,
        });
        let fixed = member.item.value().get("const").and_then(|value| value.as_str());
        fixed.or(only).map(ToOwned::to_owned)
    });
    // The stand-in shows the first example; it has to say the code that is promised.
    let fixed = fixed.filter(|fixed| shown.as_ref().is_none_or(|shown| shown == fixed));
    (fixed, shown)
}

/// A condition in a few words, for comments.
pub(super) fn meaning(condition: Condition) -> &'static str {
    match condition {
        Condition::CredentialMissing => "a missing credential",
        Condition::CredentialUnknown => "a credential that is not valid",
        Condition::Exhausted => "credits that do not suffice",
        Condition::RateLimited => "too many requests",
        Condition::BackendDown => "a store that fails",
        Condition::RequestInvalid => "a request body that breaks its schema",
        _ => "this condition",
    }
}
