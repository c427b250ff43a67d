//! Strings of patterns, and of formats that are combined with other limits.

use std::sync::Arc;

use regex_syntax::hir::{Class, Hir, HirKind};

use crate::automaton::{Automaton, Built};
use crate::demands::Texts;
use crate::draw::{Draw, Reject};
use crate::format::Format;
use crate::text::{Kind, NoText, free};

/// Brings patterns, formats and lengths into one machine, as far as that goes. True if what it makes
/// has to be checked.
pub(crate) fn regular(texts: &Texts, wanted: &[Arc<Format>]) -> Result<(Kind, bool), NoText> {
    let mut expressions: Vec<(&Hir, bool)> = Vec::new();
    let mut checked = !texts.formats.is_empty();
    let mut partial = false;
    for (pattern, wanted) in &texts.patterns {
        match pattern.parts.as_slice() {
            [(hir, as_is)] => expressions.push((hir, as_is == wanted)),
            parts if *wanted && !parts.is_empty() => {
                expressions.extend(parts.iter().map(|(hir, as_is)| (hir, *as_is)));
            }
            _ => checked = true,
        }
    }
    let patterns = expressions.len();
    for format in wanted {
        let parts = format.shape.as_ref().map_or(&[][..], |shape| &shape.parts);
        partial |= !parts.is_empty();
        expressions.extend(parts.iter().map(|(hir, as_is)| (hir, *as_is)));
    }
    let walked = |expressions: &[(&Hir, bool)]| {
        let found = expressions.iter().find(|(_, wanted)| *wanted);
        found.map_or_else(|| free(texts), |(hir, _)| Kind::Walked((*hir).clone()))
    };
    if expressions.is_empty() {
        return Ok((free(texts), true));
    }
    match Automaton::build(&expressions, texts.min, texts.max) {
        Built::Machine(automaton) => Ok((Kind::Regular(automaton), checked)),
        Built::Empty if partial => {
            // Only the usual forms of the format are ruled out; the patterns alone may do better.
            match Automaton::build(&expressions[..patterns], texts.min, texts.max) {
                Built::Machine(automaton) => Ok((Kind::Regular(automaton), true)),
                Built::Empty => Err(NoText::Impossible),
                Built::TooLong => Err(NoText::TooLong),
                Built::Unsupported => Ok((walked(&expressions[..patterns]), true)),
            }
        }
        Built::Empty => Err(NoText::Impossible),
        Built::TooLong if partial => Err(NoText::Starved("a format of such a length".to_owned())),
        Built::TooLong => Err(NoText::TooLong),
        Built::Unsupported => Ok((walked(&expressions), true)),
    }
}

/// Follows an expression without regard to where it may be found; the text is checked afterwards.
pub(crate) fn walk(hir: &Hir, draw: &mut Draw, text: &mut String) -> Result<(), Reject> {
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
        HirKind::Capture(capture) => walk(&capture.sub, draw, text)?,
        HirKind::Concat(subs) => {
            for sub in subs {
                walk(sub, draw, text)?;
            }
        }
        HirKind::Alternation(subs) => walk(draw.pick(subs).ok_or(Reject)?, draw, text)?,
        HirKind::Repetition(repetition) => {
            let max = repetition.max.unwrap_or(u32::MAX);
            let most = max.min(repetition.min.saturating_add(3));
            for _ in 0..draw.between(u64::from(repetition.min), u64::from(most)) {
                walk(&repetition.sub, draw, text)?;
            }
        }
    }
    Ok(())
}
