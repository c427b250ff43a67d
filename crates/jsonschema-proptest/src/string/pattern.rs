//! ECMA-262 patterns, for matching and for generating.

use regex_syntax::hir::Hir;
use serde_json::{Value, json};

/// The maximum length of a pattern that is analysed. Longer ones are matched only.
const MAX_SOURCE: usize = 4_096;

/// A compiled pattern.
#[derive(Debug)]
pub(crate) struct Pattern {
    pub(crate) source: String,
    /// Matches in the same way as the validator, look-around and back-references included.
    matcher: jsonschema::Validator,
    /// Regular expressions that must (or, if false, must not) match, together equivalent to the pattern. Empty if the
    /// pattern is not regular.
    pub(crate) parts: Vec<(Hir, bool)>,
}

impl Pattern {
    /// Compiles a pattern. `None` if the validator refuses it.
    pub(crate) fn new(source: &str) -> Option<Self> {
        let matcher = jsonschema::options().offline().build(&json!({ "pattern": source })).ok()?;
        let parts = if source.len() <= MAX_SOURCE { parts(source).unwrap_or_default() } else { Vec::new() };
        Some(Self { source: source.to_owned(), matcher, parts })
    }

    /// Returns whether the pattern matches the text.
    pub(crate) fn is_match(&self, text: &str) -> bool {
        self.matcher.is_valid(&Value::String(text.to_owned()))
    }
}

/// Splits off look-ahead groups at the start of the pattern. Each is a separate condition there.
fn parts(source: &str) -> Option<Vec<(Hir, bool)>> {
    if let Some(hir) = parse(source) {
        return Some(vec![(hir, true)]);
    }
    let mut rest = source.strip_prefix('^')?;
    let mut parts = Vec::new();
    loop {
        let expected = if rest.starts_with("(?=") {
            true
        } else if rest.starts_with("(?!") {
            false
        } else {
            break;
        };
        let body = &rest[3..];
        let end = top_level(body, ')')?;
        parts.push((parse(&format!("^(?:{})", &body[..end]))?, expected));
        rest = &body[end + 1..];
    }
    if rest.starts_with(['*', '+', '?', '{']) || top_level(rest, '|').is_some() {
        return None;
    }
    parts.push((parse(&format!("^(?:{rest})"))?, true));
    Some(parts)
}

fn parse(source: &str) -> Option<Hir> {
    let translated = jsonschema_regex::to_rust_regex(source).ok()?;
    regex_syntax::ParserBuilder::new().nest_limit(100).build().parse(&translated).ok()
}

/// Returns the position of a character outside all groups, classes and escapes.
fn top_level(pattern: &str, expected: char) -> Option<usize> {
    let mut depth = 0_usize;
    let mut in_class = false;
    let mut chars = pattern.char_indices();
    while let Some((at, char)) = chars.next() {
        match char {
            '\\' => {
                chars.next();
            }
            '[' if !in_class => in_class = true,
            ']' if in_class => in_class = false,
            _ if in_class => {}
            _ if char == expected && depth == 0 => return Some(at),
            '(' => depth += 1,
            ')' => depth = depth.checked_sub(1)?,
            _ => {}
        }
    }
    None
}
