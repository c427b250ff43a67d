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
        let mut hint = None;
        if message.starts_with("unknown field") {
            if tokens.last() != Some(&quoted) {
                tokens.push(quoted);
            }
            hint = reading.cut_text(&tokens);
        } else if message.starts_with("missing field") {
            // What is missing because it was wrong has been reported.
            silent = reading.removed.contains(&reading.place(&tokens, Some(&quoted)));
        }
        if !silent {
            let location = Location {
                file: node.location.file,
                pointer: format!("{}{}", node.location.pointer, reading.place(&tokens, None)),
            };
            let message = hint.as_ref().map_or_else(|| reworded(&message), |hint| hint.message.clone());
            diagnostics.fatal(&location, message);
        }
        let others = hint.map(|hint| hint.others).unwrap_or_default();
        if tokens.is_empty() || !reading.remove(&tokens) {
            return None;
        }
        for other in others {
            let above = tokens.len() - 1;
            let mut rest: Vec<String> = tokens.iter().take(above).cloned().collect();
            rest.push(other);
            reading.remove(&rest);
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

/// What is said of a text that ended at a comma.
struct CutText {
    message: String,
    /// The further pieces of it.
    others: Vec<String>,
}

impl Reading {
    /// Whether an unknown key is the rest of a text that ended at a comma, as it does inside braces: such keys have no values.
    fn cut_text(&self, tokens: &[String]) -> Option<CutText> {
        let (last, above) = tokens.split_last()?;
        let mut parent = String::new();
        above.iter().for_each(|token| pointer::push(&mut parent, token));
        let members: Vec<(&String, &Value)> = self.value.pointer(&parent)?.as_object()?.iter().collect();
        let at = members.iter().position(|(name, value)| *name == last && value.is_null())?;
        let (name, start) = members.get(..at)?.iter().rev().find_map(|(name, value)| Some((*name, value.as_str()?)))?;
        let others: Vec<String> = members
            .iter()
            .skip(at + 1)
            .take_while(|(_, value)| value.is_null())
            .map(|(name, _)| (*name).clone())
            .collect();
        let rest: Vec<&str> = std::iter::once(last).chain(&others).map(String::as_str).collect();
        let message = format!(
            "inside braces a comma ends a text, so that `{last}` is read as a key: write `{name}: \"{start}, {}\"` with quotes",
            rest.join(", ")
        );
        Some(CutText { message, others })
    }

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
