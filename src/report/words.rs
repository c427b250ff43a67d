//! What things are called in reports.

use crate::checks::Verdict;
use crate::contract::Level;
use crate::run::{Counts, Outcome};

/// The part of an id before the dot.
pub(super) fn area(id: &str) -> &str {
    id.split_once('.').map_or(id, |(area, _)| area)
}

/// A verdict as one character.
pub(super) fn symbol(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "✓",
        Verdict::Fail => "✗",
        Verdict::Warn => "!",
        Verdict::Info => "i",
        Verdict::NotApplicable => "–",
        Verdict::CouldNotRun => "?",
        Verdict::Inconclusive => "~",
        Verdict::Error => "‼",
    }
}

/// A verdict in words.
pub(super) fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "pass",
        Verdict::Fail => "fail",
        Verdict::Warn => "warn",
        Verdict::Info => "info",
        Verdict::NotApplicable => "not applicable",
        Verdict::CouldNotRun => "could not run",
        Verdict::Inconclusive => "inconclusive",
        Verdict::Error => "error",
    }
}

/// An outcome in words.
pub(super) fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Conformant => "conformant",
        Outcome::NonConformant => "non-conformant",
        Outcome::Incomplete => "incomplete",
        Outcome::Error => "error",
    }
}

/// How many checks came out how, in words; what did not occur is left out.
pub(super) fn counts(counts: Counts) -> String {
    let said: Vec<String> = [
        (counts.pass, "passed"),
        (counts.fail, "failed"),
        (counts.warn, "warned"),
        (counts.info, "info"),
        (counts.not_applicable, "not applicable"),
        (counts.could_not_run, "could not run"),
        (counts.inconclusive, "inconclusive"),
        (counts.error, "in error"),
    ]
    .iter()
    .filter(|(n, _)| *n > 0)
    .map(|(n, word)| format!("{n} {word}"))
    .collect();
    if said.is_empty() { "no check ran".to_owned() } else { said.join(", ") }
}

/// How binding, in a word.
pub(super) fn level(level: Level) -> &'static str {
    match level {
        Level::Must => "must",
        Level::Should => "should",
        Level::May => "may",
    }
}
