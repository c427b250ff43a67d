//! A YAML or JSON file as a value in which every place knows its line and column.

mod json;
mod scalar;
mod yaml;

use serde_json::Value;

use crate::pointer;

/// Levels of nesting that are read; documents in use have 30 at most.
const MAX_DEPTH: usize = 128;
/// Values that one file may hold once its YAML aliases are expanded.
const MAX_VALUES: usize = 5_000_000;

/// A parsed file.
#[derive(Debug)]
pub(super) struct Document {
    /// The content.
    pub(super) value: Value,
    spans: Span,
    /// What is wrong with the text although it could be read.
    pub(super) errors: Vec<ParseError>,
}

/// Where a value stands; the children in the order of the value's own.
#[derive(Debug, Clone, Default)]
struct Span {
    at: Position,
    children: Vec<Span>,
}

/// A line and a column in characters, both counted from 1; 0 for a file as a whole.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Position {
    pub(super) line: u32,
    pub(super) column: u32,
}

/// Something wrong with the text of a file.
#[derive(Debug, Clone)]
pub(super) struct ParseError {
    pub(super) at: Position,
    pub(super) message: String,
    pub(super) fatal: bool,
}

impl ParseError {
    fn fatal(at: Position, message: impl Into<String>) -> Self {
        Self { at, message: message.into(), fatal: true }
    }
}

impl Document {
    /// Parses a file; the name's ending tells the format, or its first character if the ending does not.
    pub(super) fn parse(name: &str, bytes: &[u8]) -> Result<Self, ParseError> {
        let text = decode(bytes)?;
        let ending = name.rsplit('.').next().unwrap_or_default();
        let json = if ending.eq_ignore_ascii_case("json") {
            true
        } else if ending.eq_ignore_ascii_case("yaml") || ending.eq_ignore_ascii_case("yml") {
            false
        } else {
            text.trim_start().starts_with('{')
        };
        if text.trim().is_empty() {
            return Err(ParseError::fatal(Position::default(), "the file is empty"));
        }
        if json { json::parse(text) } else { yaml::parse(text) }
    }

    /// A value that comes from no file.
    pub(super) fn of(value: Value) -> Self {
        Self { value, spans: Span::default(), errors: Vec::new() }
    }

    /// Where a pointer leads, or the nearest place above it.
    pub(super) fn locate(&self, pointer: &str) -> Position {
        let mut value = &self.value;
        let mut span = &self.spans;
        for token in pointer::tokens(pointer) {
            let (index, next) = match value {
                Value::Object(members) => match members.iter().position(|(key, _)| *key == token) {
                    Some(index) => (index, members.get(token.as_ref())),
                    None => break,
                },
                Value::Array(elements) => match token.parse::<usize>() {
                    Ok(index) => (index, elements.get(index)),
                    Err(_) => break,
                },
                _ => break,
            };
            let (Some(next), Some(below)) = (next, span.children.get(index)) else { break };
            value = next;
            span = below;
        }
        span.at
    }
}

/// The text of a file: UTF-8, with or without a byte-order mark.
fn decode(bytes: &[u8]) -> Result<&str, ParseError> {
    if bytes.starts_with(&[0xFE, 0xFF]) || bytes.starts_with(&[0xFF, 0xFE]) {
        return Err(ParseError::fatal(Position::default(), "the file is UTF-16: save it as UTF-8"));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
        let line = before.split(|byte| *byte == b'\n').count();
        let message = format!("the file is not UTF-8 text (line {line}): save it as UTF-8");
        ParseError::fatal(Position::default(), message)
    })?;
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    if text.contains('\0') {
        return Err(ParseError::fatal(Position::default(), "the file is binary: a YAML or JSON text is needed"));
    }
    Ok(text)
}

fn too_deep(at: Position) -> ParseError {
    ParseError::fatal(at, format!("nested more than {MAX_DEPTH} levels deep"))
}

fn duplicate(at: Position, key: &str) -> ParseError {
    let message = format!("the key `{key}` is there twice: remove one (the first one counts)");
    ParseError { at, message, fatal: false }
}
