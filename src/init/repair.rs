//! Leaves out of a draft what the linter refuses: examples that do not conform, keywords that are no JSON Schema.
//!
//! Published documents have such mistakes, and a contract with them is not read. What is left out is named in a comment.

use serde_json::Value;

use super::yaml;
use crate::contract::in_memory;
use crate::pointer;

/// Rounds of linting.
const MAX_ROUNDS: usize = 60;
/// The name of the file, which decides the format.
const FILE: &str = "openapi.yaml";

/// Why a draft cannot be made to lint clean.
pub(super) struct Unrepaired(pub(super) Vec<String>);

/// The text of a contract that lints clean, and what was left out of it.
pub(super) fn repaired(mut value: Value, mut comments: yaml::Comments) -> Result<(String, Vec<String>), Unrepaired> {
    let mut left_out: Vec<String> = Vec::new();
    for _ in 0..MAX_ROUNDS {
        let text = yaml::write(&value, &comments);
        let (_, lint) = in_memory("draft", FILE, &text);
        if lint.is_clean() {
            return Ok((text, left_out));
        }
        let mut changed = false;
        for diagnostic in &lint.diagnostics {
            let Some(removed) = remove(&mut value, &diagnostic.pointer) else { continue };
            changed = true;
            let note = format!("left out, #{removed}: {}", diagnostic.message);
            if let Some((parent, _)) = pointer::split_last(&removed) {
                comments.before(parent, &note);
            }
            left_out.push(note);
            // The next diagnostics may be about what is gone.
            break;
        }
        if !changed {
            return Err(Unrepaired(lint.diagnostics.iter().map(ToString::to_string).collect()));
        }
    }
    Err(Unrepaired(vec![format!("more than {MAX_ROUNDS} mistakes")]))
}

/// Removes the nearest thing at or above a pointer that can be spared, and returns its pointer.
fn remove(value: &mut Value, at: &str) -> Option<String> {
    let mut at = at.to_owned();
    while value.pointer(&at).is_none() {
        at.truncate(pointer::split_last(&at)?.0.len());
    }
    loop {
        let (parent, token) = pointer::split_last(&at)?;
        let (parent, token) = (parent.to_owned(), token.into_owned());
        if is_spare(&parent, &token) {
            match value.pointer_mut(&parent)? {
                Value::Object(members) => members.shift_remove(&token)?,
                Value::Array(elements) => {
                    let index = token.parse::<usize>().ok().filter(|index| *index < elements.len())?;
                    elements.remove(index)
                }
                _ => return None,
            };
            // An object of the extension that is left empty goes too.
            let is_empty = value.pointer(&parent).and_then(Value::as_object).is_some_and(serde_json::Map::is_empty);
            if is_empty && let Some((above, last)) = pointer::split_last(&parent) {
                let last = last.into_owned();
                if matches!(last.as_str(), "conditions" | "caching" | "fields" | "headers" | "examples")
                    && let Some(Value::Object(members)) = value.pointer_mut(above)
                {
                    members.shift_remove(&last);
                }
            }
            return Some(at);
        }
        at = parent;
    }
}

/// Whether a thing can be left out without changing what is promised: an example, a keyword, a parameter that is no good, a part of
/// the extension.
fn is_spare(parent: &str, token: &str) -> bool {
    let above = pointer::tokens(parent).next_back().unwrap_or_default();
    if matches!(&*above, "properties" | "patternProperties") {
        // The name of a member, whatever it is.
        return false;
    }
    is_keyword(token) || matches!(&*above, "conditions" | "caching" | "fields" | "parameters" | "headers" | "examples")
}

fn is_keyword(token: &str) -> bool {
    matches!(
        token,
        "pattern"
            | "format"
            | "default"
            | "minimum"
            | "maximum"
            | "exclusiveMinimum"
            | "exclusiveMaximum"
            | "minLength"
            | "maxLength"
            | "minItems"
            | "maxItems"
            | "multipleOf"
            | "uniqueItems"
            | "required"
            | "enum"
            | "const"
            | "nullable"
            | "type"
            | "items"
            | "additionalProperties"
            | "not"
            | "if"
            | "then"
            | "else"
            | "contains"
            | "allOf"
            | "anyOf"
            | "oneOf"
            | "prefixItems"
            | "propertyNames"
            | "minProperties"
            | "maxProperties"
            | "example"
            | "examples"
            | "deprecated"
            | "readOnly"
            | "writeOnly"
            | "title"
            | "description"
    )
}
