//! Strings: of a length, of a format, of patterns.

use std::sync::Arc;

use regex_syntax::hir::Hir;

use crate::automaton::{Automaton, MAX_TEXT};
use crate::demands::Texts;
use crate::draw::{Draw, Reject};
use crate::format::Format;
use crate::notable::STRINGS;
use crate::regular_text::{regular, walk};

/// How often a text is tried before the whole value is given up.
const TRIES: u32 = 24;

/// How strings of one kind are made.
#[derive(Debug)]
pub(crate) struct TextPlan {
    kind: Kind,
    texts: Texts,
    not: Vec<String>,
    /// Whether not everything is so by construction.
    checked: bool,
}

/// What they are made from.
#[derive(Debug)]
pub(crate) enum Kind {
    Listed(Vec<String>),
    Free {
        notable: Vec<String>,
        near: Option<Arc<Format>>,
    },
    Formatted(Arc<Format>),
    Regular(Automaton),
    /// An expression that no machine was built for.
    Walked(Hir),
}

/// Why there is no plan.
#[derive(Debug)]
pub(crate) enum NoText {
    /// Proven: there is no such string.
    Impossible,
    /// None was found.
    Starved(String),
    /// Only very long ones would do.
    TooLong,
}

impl TextPlan {
    pub(crate) fn build(texts: &Texts, not: Vec<String>) -> Result<Self, NoText> {
        if texts.min > MAX_TEXT {
            return Err(NoText::TooLong);
        }
        let wanted = texts.formats.iter().filter(|(_, wanted)| *wanted);
        let wanted: Vec<_> = wanted.map(|(format, _)| Arc::clone(format)).collect();
        let limited = texts.min > 0 || texts.max.is_some();
        let (kind, mut checked) = match wanted.as_slice() {
            [] if texts.patterns.is_empty() => (free(texts), !texts.formats.is_empty()),
            [format] if texts.patterns.is_empty() && !limited && format.writer.is_some() => {
                (Kind::Formatted(Arc::clone(format)), texts.formats.len() > 1)
            }
            _ => regular(texts, &wanted)?,
        };
        checked |= !not.is_empty();
        let mut plan = Self { kind, texts: texts.clone(), not, checked };
        plan.list_if_few(texts)?;
        plan.probe()?;
        Ok(plan)
    }

    /// A handful of texts is listed, so that what is excluded leaves an exact rest.
    fn list_if_few(&mut self, texts: &Texts) -> Result<(), NoText> {
        let all = match &self.kind {
            Kind::Regular(automaton) if !self.not.is_empty() || self.checked => automaton.enumerate(100),
            Kind::Free { .. } if texts.max == Some(0) => Some(vec![String::new()]),
            _ => None,
        };
        if let Some(mut all) = all {
            all.retain(|text| self.admits(text));
            if all.is_empty() {
                let proven = self.texts.formats.iter().all(|(_, wanted)| !*wanted);
                return Err(if proven {
                    NoText::Impossible
                } else {
                    NoText::Starved("a format combined with other limits".to_owned())
                });
            }
            self.kind = Kind::Listed(all);
            self.checked = false;
        }
        Ok(())
    }

    fn probe(&self) -> Result<(), NoText> {
        if !self.checked {
            return Ok(());
        }
        let mut out = String::new();
        if (0..20).any(|seed| self.draw(&mut Draw::seeded(seed), &mut out).is_ok()) {
            return Ok(());
        }
        let what = self.texts.patterns.first().map_or_else(
            || "a combination of string keywords".to_owned(),
            |(pattern, _)| format!("the pattern {:?}", pattern.source),
        );
        Err(NoText::Starved(what))
    }

    /// The fewest characters.
    pub(crate) fn shortest(&self) -> u64 {
        match &self.kind {
            Kind::Regular(automaton) => automaton.shortest() as u64,
            _ => self.texts.min,
        }
    }

    fn admits(&self, text: &str) -> bool {
        !self.not.iter().any(|not| not == text) && self.texts.admit(text)
    }

    /// Writes one as a JSON string.
    pub(crate) fn draw(&self, draw: &mut Draw, out: &mut String) -> Result<(), Reject> {
        let mut text = String::with_capacity(64);
        for _ in 0..TRIES {
            text.clear();
            let made = self.make(draw, &mut text);
            if made.is_ok() && (!self.checked || self.admits(&text)) {
                push_json(out, &text);
                return Ok(());
            }
        }
        Err(Reject)
    }

    fn make(&self, draw: &mut Draw, text: &mut String) -> Result<(), Reject> {
        match &self.kind {
            Kind::Listed(all) => text.push_str(draw.pick(all).ok_or(Reject)?),
            Kind::Free { notable, near } => self.make_free(draw, text, notable, near.as_deref()),
            Kind::Formatted(format) => format.writer.ok_or(Reject)?(draw, text),
            Kind::Regular(automaton) => automaton.draw(draw, text)?,
            Kind::Walked(hir) => walk(hir, draw, text)?,
        }
        Ok(())
    }

    fn make_free(&self, draw: &mut Draw, text: &mut String, notable: &[String], near: Option<&Format>) {
        if let Some(writer) = near.and_then(|near| near.writer)
            && draw.below(2) == 0
        {
            writer(draw, text);
            spoil(draw, text);
            return;
        }
        if !notable.is_empty() && draw.below(3) == 2 {
            text.push_str(draw.pick(notable).map_or("", String::as_str));
            return;
        }
        let top = self.texts.max.unwrap_or(u64::MAX);
        let length = match draw.below(32) {
            0 => self.texts.min,
            30 if draw.has_room() => top.min(self.texts.min.saturating_add(300)),
            31 if draw.has_room() => top.min(self.texts.min.max(1_000)),
            _ => draw.between(self.texts.min, top.min(self.texts.min.saturating_add(10))),
        };
        // Long texts repeat themselves; drawing every character of them would take its time.
        let fresh = usize::try_from(length.min(24)).unwrap_or(0);
        for _ in 0..fresh {
            text.push(char(draw));
        }
        let again: Vec<char> = if length > 24 { text.chars().collect() } else { Vec::new() };
        let left = usize::try_from(length).unwrap_or(usize::MAX) - fresh;
        text.extend(again.iter().cycle().take(left));
    }
}

pub(crate) fn free(texts: &Texts) -> Kind {
    let fits = |text: &str| {
        let length = text.chars().count() as u64;
        length >= texts.min && texts.max.is_none_or(|max| length <= max)
    };
    let mut notable: Vec<String> = STRINGS.iter().map(|text| (*text).to_owned()).collect();
    for length in [Some(texts.min), texts.max].into_iter().flatten() {
        let exactly = usize::try_from(length.min(5_000)).unwrap_or(0);
        notable.push("a".repeat(exactly));
        notable.push("\u{1F4B3}".repeat(exactly));
    }
    notable.retain(|text| fits(text));
    let near = texts.formats.first().map(|(format, _)| Arc::clone(format));
    Kind::Free { notable, near }
}

/// Changes one character, or takes or adds one.
fn spoil(draw: &mut Draw, text: &mut String) {
    let mut chars: Vec<char> = text.chars().collect();
    let at = draw.index(chars.len() + 1);
    match draw.below(3) {
        0 if at < chars.len() => {
            chars.remove(at);
        }
        1 if at < chars.len() => chars[at] = char(draw),
        _ => chars.insert(at, char(draw)),
    }
    *text = chars.into_iter().collect();
}

fn char(draw: &mut Draw) -> char {
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
