//! Strings from patterns, and from formats that are combined with other constraints.

use std::sync::Arc;

use regex_syntax::hir::{Class, Hir, HirKind};

use crate::constraint::by_type::StringConstraints;
use crate::regex::dfa::{Dfa, Intersection};
use crate::strategy::draw::{Draw, Reject};
use crate::string::format::Format;
use crate::string::{StringError, StringSource, any_string};

/// Combines patterns, formats and lengths into one automaton, as far as possible. The flag of the result tells whether the
/// strings have to be checked.
pub(crate) fn from_regexes(
    constraints: &StringConstraints,
    required_formats: &[Arc<Format>],
) -> Result<(StringSource, bool), StringError> {
    let mut expressions: Vec<(&Hir, bool)> = Vec::new();
    let mut needs_check = !constraints.formats.is_empty();
    let mut has_format = false;
    for (pattern, must_match) in &constraints.patterns {
        match pattern.parts.as_slice() {
            [(hir, expected)] => expressions.push((hir, expected == must_match)),
            parts if *must_match && !parts.is_empty() => {
                expressions.extend(parts.iter().map(|(hir, expected)| (hir, *expected)));
            }
            _ => needs_check = true,
        }
    }
    let pattern_count = expressions.len();
    for format in required_formats {
        let parts = format.common_pattern.as_ref().map_or(&[][..], |common_pattern| &common_pattern.parts);
        has_format |= !parts.is_empty();
        expressions.extend(parts.iter().map(|(hir, expected)| (hir, *expected)));
    }
    let fallback = |expressions: &[(&Hir, bool)]| {
        let found = expressions.iter().find(|(_, must_match)| *must_match);
        found.map_or_else(|| any_string(constraints), |(hir, _)| StringSource::RegexWalk((*hir).clone()))
    };
    if expressions.is_empty() {
        return Ok((any_string(constraints), true));
    }
    match Dfa::build(&expressions, constraints.min, constraints.max) {
        Intersection::Dfa(automaton) => Ok((StringSource::Dfa(automaton), needs_check)),
        Intersection::Empty if has_format => {
            // Only the common form of the format is excluded. The patterns alone may succeed.
            match Dfa::build(&expressions[..pattern_count], constraints.min, constraints.max) {
                Intersection::Dfa(automaton) => Ok((StringSource::Dfa(automaton), true)),
                Intersection::Empty => Err(StringError::Impossible),
                Intersection::TooLong => Err(StringError::TooLong),
                Intersection::Unsupported => Ok((fallback(&expressions[..pattern_count]), true)),
            }
        }
        Intersection::Empty => Err(StringError::Impossible),
        Intersection::TooLong if has_format => Err(StringError::NotFound("a format of such a length".to_owned())),
        Intersection::TooLong => Err(StringError::TooLong),
        Intersection::Unsupported => Ok((fallback(&expressions), true)),
    }
}

/// Generates a string from an expression, ignoring assertions. The string is checked afterwards.
pub(crate) fn walk_regex(hir: &Hir, draw: &mut Draw, text: &mut String) -> Result<(), Reject> {
    if text.len() > 4_000 {
        return Err(Reject);
    }
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => {}
        HirKind::Literal(literal) => text.push_str(&String::from_utf8_lossy(&literal.0)),
        HirKind::Class(Class::Unicode(class)) => {
            let range = draw.pick(class.ranges()).ok_or(Reject)?;
            let span = u64::from(u32::from(range.end()) - u32::from(range.start()));
            let offset = u32::try_from(draw.below(span + 1)).unwrap_or(0);
            let code = u32::from(range.start()) + offset;
            text.push(char::from_u32(code).unwrap_or(range.start()));
        }
        HirKind::Class(Class::Bytes(_)) => return Err(Reject),
        HirKind::Capture(capture) => walk_regex(&capture.sub, draw, text)?,
        HirKind::Concat(subs) => {
            for sub in subs {
                walk_regex(sub, draw, text)?;
            }
        }
        HirKind::Alternation(subs) => walk_regex(draw.pick(subs).ok_or(Reject)?, draw, text)?,
        HirKind::Repetition(repetition) => {
            let max = repetition.max.unwrap_or(u32::MAX);
            let most = max.min(repetition.min.saturating_add(3));
            for _ in 0..draw.between(u64::from(repetition.min), u64::from(most)) {
                walk_regex(&repetition.sub, draw, text)?;
            }
        }
    }
    Ok(())
}
