//! The generator for strings.

pub(crate) mod boundary;
pub(crate) mod format;
pub(crate) mod format_network;
pub(crate) mod format_time;
pub(crate) mod pattern;
pub(crate) mod regular;

use std::collections::HashSet;
use std::sync::Arc;

use regex_syntax::hir::Hir;

use crate::constraint::by_type::StringConstraints;
use crate::regex::dfa::{Dfa, MAX_TEXT};
use crate::strategy::draw::{Draw, Reject};
use crate::string::boundary::STRINGS;
use crate::string::format::Format;
use crate::string::regular::{from_regexes, walk_regex};

/// The number of attempts before the whole value is rejected.
const MAX_ATTEMPTS: u32 = 24;

/// Generates strings that satisfy the constraints of one clause.
#[derive(Debug)]
pub(crate) struct StringGenerator {
    source: StringSource,
    constraints: StringConstraints,
    excluded: HashSet<String>,
    /// Whether strings have to be checked, because the construction does not guarantee all constraints.
    needs_check: bool,
}

/// The source of strings.
#[derive(Debug)]
pub(crate) enum StringSource {
    Listed(Vec<String>),
    /// Any string that satisfies the limits of length.
    AnyString {
        boundary: Vec<String>,
        /// A format that must or must not match. Strings that differ from it in one character are generated often.
        near_format: Option<Arc<Format>>,
    },
    Format(Arc<Format>),
    Dfa(Dfa),
    /// An expression without automaton.
    RegexWalk(Hir),
}

/// The reason why there is no generator.
#[derive(Debug)]
pub(crate) enum StringError {
    /// No such string exists.
    Impossible,
    /// No string was found.
    NotFound(String),
    /// Only strings that exceed the maximum length satisfy the constraints.
    TooLong,
}

impl StringGenerator {
    pub(crate) fn build(constraints: &StringConstraints, excluded: HashSet<String>) -> Result<Self, StringError> {
        if constraints.min > MAX_TEXT {
            return Err(StringError::TooLong);
        }
        let required_formats = constraints.formats.iter().filter(|(_, must_match)| *must_match);
        let required_formats: Vec<_> = required_formats.map(|(format, _)| Arc::clone(format)).collect();
        let limited = constraints.min > 0 || constraints.max.is_some();
        let (source, mut needs_check) = match required_formats.as_slice() {
            [] if constraints.patterns.is_empty() => (any_string(constraints), !constraints.formats.is_empty()),
            [format] if constraints.patterns.is_empty() && !limited && format.writer.is_some() => {
                (StringSource::Format(Arc::clone(format)), constraints.formats.len() > 1)
            }
            _ => from_regexes(constraints, &required_formats)?,
        };
        needs_check |= !excluded.is_empty();
        let mut generator = Self { source, constraints: constraints.clone(), excluded, needs_check };
        generator.list_if_finite(constraints)?;
        generator.check_reachable()?;
        Ok(generator)
    }

    /// Lists the strings if they are few, so that exclusions are exact.
    fn list_if_finite(&mut self, constraints: &StringConstraints) -> Result<(), StringError> {
        let all = match &self.source {
            StringSource::Dfa(automaton) if !self.excluded.is_empty() || self.needs_check => automaton.enumerate(100),
            StringSource::AnyString { .. } if constraints.max == Some(0) => Some(vec![String::new()]),
            _ => None,
        };
        if let Some(mut all) = all {
            all.retain(|text| self.accepts(text));
            if all.is_empty() {
                let proven = self.constraints.formats.iter().all(|(_, must_match)| !*must_match);
                return Err(if proven {
                    StringError::Impossible
                } else {
                    StringError::NotFound("a format combined with other limits".to_owned())
                });
            }
            self.source = StringSource::Listed(all);
            self.needs_check = false;
        }
        Ok(())
    }

    fn check_reachable(&self) -> Result<(), StringError> {
        if !self.needs_check {
            return Ok(());
        }
        let mut out = String::new();
        if (0..20).any(|seed| self.draw(&mut Draw::seeded(seed), &mut out).is_ok()) {
            return Ok(());
        }
        let what = self.constraints.patterns.first().map_or_else(
            || "a combination of string keywords".to_owned(),
            |(pattern, _)| format!("the pattern {:?}", pattern.source),
        );
        Err(StringError::NotFound(what))
    }

    /// Returns the minimum length.
    pub(crate) fn shortest(&self) -> u64 {
        match &self.source {
            StringSource::Dfa(automaton) => automaton.shortest() as u64,
            _ => self.constraints.min,
        }
    }

    fn accepts(&self, text: &str) -> bool {
        !self.excluded.contains(text) && self.constraints.accepts(text)
    }

    /// Writes a JSON string.
    pub(crate) fn draw(&self, draw: &mut Draw, out: &mut String) -> Result<(), Reject> {
        let mut text = String::with_capacity(64);
        for _ in 0..MAX_ATTEMPTS {
            text.clear();
            let drawn = self.draw_once(draw, &mut text);
            if drawn.is_ok() && (!self.needs_check || self.accepts(&text)) {
                push_json(out, &text);
                return Ok(());
            }
        }
        Err(Reject)
    }

    fn draw_once(&self, draw: &mut Draw, text: &mut String) -> Result<(), Reject> {
        match &self.source {
            StringSource::Listed(all) => text.push_str(draw.pick(all).ok_or(Reject)?),
            StringSource::AnyString { boundary, near_format } => {
                self.draw_any(draw, text, boundary, near_format.as_deref());
            }
            StringSource::Format(format) => format.writer.ok_or(Reject)?(draw, text),
            StringSource::Dfa(automaton) => automaton.draw(draw, text)?,
            StringSource::RegexWalk(hir) => walk_regex(hir, draw, text)?,
        }
        Ok(())
    }

    fn draw_any(&self, draw: &mut Draw, text: &mut String, boundary: &[String], near_format: Option<&Format>) {
        if let Some(writer) = near_format.and_then(|near_format| near_format.writer)
            && draw.below(2) == 0
        {
            writer(draw, text);
            mutate_one_char(draw, text);
            return;
        }
        if !boundary.is_empty() && draw.below(3) == 2 {
            text.push_str(draw.pick(boundary).map_or("", String::as_str));
            return;
        }
        let max = self.constraints.max.unwrap_or(u64::MAX);
        let length = match draw.below(32) {
            0 => self.constraints.min,
            30 if draw.has_budget() => max.min(self.constraints.min.saturating_add(300)),
            31 if draw.has_budget() => max.min(self.constraints.min.max(1_000)),
            _ => draw.between(self.constraints.min, max.min(self.constraints.min.saturating_add(10))),
        };
        // Long strings repeat their beginning, because choosing every character would take long.
        let chosen = usize::try_from(length.min(24)).unwrap_or(0);
        for _ in 0..chosen {
            text.push(draw_char(draw));
        }
        let beginning: Vec<char> = if length > 24 { text.chars().collect() } else { Vec::new() };
        let left = usize::try_from(length).unwrap_or(usize::MAX) - chosen;
        text.extend(beginning.iter().cycle().take(left));
    }
}

pub(crate) fn any_string(constraints: &StringConstraints) -> StringSource {
    let fits = |text: &str| {
        let length = text.chars().count() as u64;
        length >= constraints.min && constraints.max.is_none_or(|max| length <= max)
    };
    let mut boundary: Vec<String> = STRINGS.iter().map(|text| (*text).to_owned()).collect();
    for length in [Some(constraints.min), constraints.max].into_iter().flatten() {
        let exactly = usize::try_from(length.min(5_000)).unwrap_or(0);
        boundary.push("a".repeat(exactly));
        boundary.push("\u{1F4B3}".repeat(exactly));
    }
    boundary.retain(|text| fits(text));
    let near_format = constraints.formats.first().map(|(format, _)| Arc::clone(format));
    StringSource::AnyString { boundary, near_format }
}

/// Changes, removes or adds one character.
fn mutate_one_char(draw: &mut Draw, text: &mut String) {
    let mut chars: Vec<char> = text.chars().collect();
    let at = draw.index(chars.len() + 1);
    match draw.below(3) {
        0 if at < chars.len() => {
            chars.remove(at);
        }
        1 if at < chars.len() => chars[at] = draw_char(draw),
        _ => chars.insert(at, draw_char(draw)),
    }
    *text = chars.into_iter().collect();
}

fn draw_char(draw: &mut Draw) -> char {
    const ODD: [char; 10] =
        ['\u{e9}', '\u{430}', '\u{4E2D}', '\u{1F4B3}', '\u{1D7D8}', '"', '\\', '\n', '\u{0}', '\u{10FFFF}'];
    let code = match draw.below(16) {
        0..=11 => b'a' + u8::try_from(draw.below(26)).unwrap_or(0),
        12 => b'0' + u8::try_from(draw.below(10)).unwrap_or(0),
        13..=14 => b' ' + u8::try_from(draw.below(95)).unwrap_or(0),
        _ => return draw.pick(&ODD).copied().unwrap_or('a'),
    };
    char::from(code)
}

/// Writes a text as a JSON string.
pub(crate) fn push_json(out: &mut String, text: &str) {
    use std::fmt::Write as _;
    out.push('"');
    let mut rest = text;
    while let Some(at) = rest.find(|char: char| char == '"' || char == '\\' || char < ' ') {
        out.push_str(&rest[..at]);
        match rest.as_bytes()[at] {
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            control => {
                // Writing to a string cannot fail.
                let _ = write!(out, "\\u{control:04x}");
            }
        }
        rest = &rest[at + 1..];
    }
    out.push_str(rest);
    out.push('"');
}
