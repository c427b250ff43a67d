//! Words that reports use for verdicts, levels and outcomes.

use crate::checks::Verdict;
use crate::run::{Counts, Outcome, Report};

/// Returns the area of a check: the part of its id before the dot.
pub(super) fn area(id: &str) -> &str {
    id.split_once('.').map_or(id, |(area, _)| area)
}

/// Returns the symbol of a verdict.
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

/// Returns a verdict in words.
pub(super) fn verdict(verdict: Verdict) -> String {
    verdict.as_str().replace('_', " ")
}

/// Returns an outcome in words.
pub(super) fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Conformant => "conformant",
        Outcome::NonConformant => "non-conformant",
        Outcome::Incomplete => "incomplete",
        Outcome::Error => "error",
    }
}

/// Returns which shard the report is about, or how many were merged; `None` if it is the report of one whole run.
pub(super) fn shards(report: &Report) -> Option<String> {
    match (&report.shard, report.shards) {
        (Some(shard), _) => Some(format!("shard {shard}")),
        (None, Some(1)) => Some("merged from one shard".to_owned()),
        (None, Some(count)) => Some(format!("merged from {count} shards")),
        (None, None) => None,
    }
}

/// Returns the counts in words, without those that are zero.
pub(super) fn counts(counts: Counts) -> String {
    let parts: Vec<String> = [
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
    if parts.is_empty() { "no check ran".to_owned() } else { parts.join(", ") }
}
