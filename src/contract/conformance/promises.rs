//! Checks of every promise: its source is declared, and its level is not higher than its grade allows.

use serde_json::Value;

use crate::contract::diagnostics::Diagnostics;
use crate::contract::document_set::Location;
use crate::contract::{DocumentExtension, Grade, Level, Promise};

/// Checks every promise below a place; `own` is the name of the contract, under which the document itself is quoted.
pub(super) fn check(
    location: &Location,
    value: &Value,
    own: &str,
    document: &DocumentExtension,
    diagnostics: &mut Diagnostics,
) {
    let promise = value.as_object().filter(|members| {
        members.contains_key("level") && members.contains_key("grade") && members.contains_key("quote")
    });
    // What cannot be read as a promise has been reported by the typed reading.
    if let Some(promise) =
        promise.and_then(|members| serde_json::from_value::<Promise>(Value::Object(members.clone())).ok())
    {
        let highest = promise.grade.max_level();
        if promise.level > highest {
            let allowed: Vec<String> =
                Level::ALL.iter().rev().filter(|level| **level <= highest).map(|level| format!("`{level}`")).collect();
            let binding: Vec<String> = Grade::ALL
                .iter()
                .filter(|grade| grade.max_level() >= promise.level)
                .map(|grade| format!("`{grade}`"))
                .collect();
            let message = format!(
                "a promise with the grade `{}` is at most a `{highest}`: write {}, or quote a source with the grade {}",
                promise.grade,
                allowed.join(" or "),
                binding.join(", ")
            );
            diagnostics.fatal(&location.join("level"), message);
        }
        let declared = document.sources.contains_key(&promise.document) || promise.document == own;
        if !declared && !promise.document.starts_with("RFC ") {
            let known = super::listed(document.sources.keys().map(String::as_str));
            let message = format!(
                "the source `{}` is not declared: add it under `sources` (declared: {known}), or name an RFC",
                promise.document
            );
            diagnostics.fatal(&location.join("document"), message);
        }
        if promise.quote.trim().is_empty() {
            diagnostics
                .fatal(&location.join("quote"), "the quote is empty: give the sentence that the promise comes from");
        }
        return;
    }
    let below: Vec<(String, &Value)> = match value {
        Value::Object(members) => members.iter().map(|(name, member)| (name.clone(), member)).collect(),
        Value::Array(elements) => {
            elements.iter().enumerate().map(|(index, element)| (index.to_string(), element)).collect()
        }
        _ => return,
    };
    for (name, member) in below {
        check(&location.join(&name), member, own, document, diagnostics);
    }
}
