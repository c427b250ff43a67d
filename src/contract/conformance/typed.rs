//! JSON to the types of the extension, with every diagnostic at its place.

use std::collections::HashMap;

use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_path_to_error::Segment;

use crate::contract::diagnostics::Diagnostics;
use crate::contract::document_set::Location;
use crate::contract::node::Node;
use crate::pointer;

/// Mistakes that are reported of one piece; it is read anew after each.
const MAX_ROUNDS: usize = 100;

/// Reads a piece of the extension. What is wrong is reported and taken out, so that the next diagnostic is found too;
/// `None` if nothing is left. `value` is the piece with its short forms written out.
pub(super) fn typed<T: DeserializeOwned>(node: &Node<'_>, value: Value, diagnostics: &mut Diagnostics) -> Option<T> {
    let mut reading = Reading { value, kept: HashMap::new(), removed: Vec::new() };
    for _ in 0..MAX_ROUNDS {
        let error = match serde_path_to_error::deserialize::<_, T>(reading.value.clone()) {
            Ok(read) => return Some(read),
            Err(error) => error,
        };
        let mut tokens: Vec<String> = error.path().iter().filter_map(token).collect();
        let message = error.inner().to_string();
        let quoted = message.split('`').nth(1).unwrap_or_default().to_owned();
        let mut silent = false;
        if message.starts_with("unknown field") && tokens.last() != Some(&quoted) {
            tokens.push(quoted);
        } else if message.starts_with("missing field") {
            // What is missing because it was wrong has been reported.
            silent = reading.removed.contains(&reading.place(&tokens, Some(&quoted)));
        }
        if !silent {
            let location = Location {
                file: node.location.file,
                pointer: format!("{}{}", node.location.pointer, reading.place(&tokens, None)),
            };
            diagnostics.fatal(&location, reworded(&message));
        }
        if tokens.is_empty() || !reading.remove(&tokens) {
            return None;
        }
    }
    None
}

struct Reading {
    value: Value,
    /// Of lists that lost elements: by the pointer in the document, the indices that are left.
    kept: HashMap<String, Vec<usize>>,
    /// Pointers in the document to what was taken out.
    removed: Vec<String>,
}

impl Reading {
    /// The pointer in the document for a path in the value as it is now.
    fn place(&self, tokens: &[String], last: Option<&String>) -> String {
        let mut place = String::new();
        for token in tokens.iter().chain(last) {
            let index = token.parse::<usize>().ok();
            let original = self.kept.get(&place).and_then(|kept| kept.get(index?));
            match original {
                Some(original) => pointer::push(&mut place, &original.to_string()),
                None => pointer::push(&mut place, token),
            }
        }
        place
    }

    fn remove(&mut self, tokens: &[String]) -> bool {
        let place = self.place(tokens, None);
        let Some((last, above)) = tokens.split_last() else { return false };
        let above_place = self.place(above, None);
        let mut above_pointer = String::new();
        for token in above {
            pointer::push(&mut above_pointer, token);
        }
        let removed = match self.value.pointer_mut(&above_pointer) {
            Some(Value::Object(members)) => members.shift_remove(last).is_some(),
            Some(Value::Array(elements)) => match last.parse::<usize>() {
                Ok(index) if index < elements.len() => {
                    let count = elements.len();
                    elements.remove(index);
                    self.kept.entry(above_place).or_insert_with(|| (0..count).collect()).remove(index);
                    true
                }
                _ => false,
            },
            _ => false,
        };
        self.removed.push(place);
        removed
    }
}

fn token(segment: &Segment) -> Option<String> {
    match segment {
        Segment::Seq { index } => Some(index.to_string()),
        Segment::Map { key } => Some(key.clone()),
        Segment::Enum { .. } | Segment::Unknown => None,
    }
}

/// Words of earlier versions, which are read but not suggested.
const FORMER_WORDS: [&str; 5] = ["seed", "public", "seen", "kept", "remaining_again"];

/// Replaces serde's words (field, variant) by those of an author (key, value).
fn reworded(message: &str) -> String {
    let former = FORMER_WORDS.iter().map(|word| format!(", `{word}`"));
    let message = former.fold(message.to_owned(), |message, word| message.replace(&word, ""));
    message
        .replace("unknown field", "unknown key")
        .replace("missing field", "missing key")
        .replace("duplicate field", "duplicate key")
        .replace("unknown variant", "unknown value")
        .replace("there are no fields", "none are known here")
}
