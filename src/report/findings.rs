//! The order in which a reader wants the results: what fails the run first, what passed last.

use super::{Disposition, View, escape};
use crate::checks::Verdict;
use crate::run::{CheckResult, Report};

/// The results, the most urgent first; equally urgent ones in the order of the report.
pub(super) fn by_urgency<'r>(report: &'r Report, view: &View) -> Vec<(&'r CheckResult, Disposition)> {
    let mut results: Vec<_> = report.checks.iter().map(|check| (check, view.policy.disposition(check))).collect();
    results.sort_by_key(|(check, disposition)| (urgency(*disposition), check.verdict == Verdict::Info));
    results
}

fn urgency(disposition: Disposition) -> u8 {
    match disposition {
        Disposition::HarnessError => 0,
        Disposition::Violation => 1,
        Disposition::UndecidedMust => 2,
        Disposition::Warning => 3,
        Disposition::Baselined => 4,
        Disposition::Undecided => 5,
        Disposition::Passed => 6,
        Disposition::NotApplicable => 7,
    }
}

/// The first line of the reason.
pub(super) fn first_line(check: &CheckResult) -> &str {
    check.reason.as_deref().and_then(|reason| reason.lines().next()).unwrap_or_default()
}

/// The first line of the reason, cut where it is very long.
pub(super) fn brief(check: &CheckResult) -> String {
    const MAX: usize = 150;
    let line = escape::line(first_line(check));
    match line.char_indices().nth(MAX) {
        Some((at, _)) => format!("{}…", line.get(..at).unwrap_or(&line)),
        None => line,
    }
}

/// A reason of the form `status 401: expected a, found b`.
pub(super) struct Mismatch<'a> {
    /// What stands before it, such as `status 401`; may be empty.
    pub(super) context: &'a str,
    pub(super) expected: &'a str,
    pub(super) found: &'a str,
    /// The further lines of the reason.
    pub(super) rest: &'a str,
}

/// Takes a reason apart that states what was expected and what was found. What was found may quote a peer, so it comes last.
pub(super) fn mismatch(reason: &str) -> Option<Mismatch<'_>> {
    let (first, rest) = reason.split_once('\n').unwrap_or((reason, ""));
    let (context, after) = match first.strip_prefix("expected ") {
        Some(after) => ("", after),
        None => first.split_once(": expected ")?,
    };
    let (expected, found) = after.split_once(", found ")?;
    (!expected.is_empty() && !found.is_empty()).then_some(Mismatch { context, expected, found, rest })
}

/// The checks that took longest, the longest first.
pub(super) fn slowest(report: &Report, count: usize) -> Vec<&CheckResult> {
    let mut checks: Vec<&CheckResult> = report.checks.iter().filter(|check| check.duration_ms > 0).collect();
    checks.sort_by_key(|check| std::cmp::Reverse(check.duration_ms));
    checks.truncate(count);
    checks
}

/// A duration as a reader writes it.
pub(super) fn duration(ms: u64) -> String {
    match ms {
        0..1000 => format!("{ms} ms"),
        1000..60_000 => format!("{}.{} s", ms / 1000, ms % 1000 / 100),
        _ => format!("{} min {} s", ms / 60_000, ms % 60_000 / 1000),
    }
}

#[cfg(test)]
mod tests {
    use super::{duration, mismatch};

    #[test]
    fn reason_with_expected_and_found_is_split() {
        let parts = |reason| mismatch(reason).map(|parts| [parts.context, parts.expected, parts.found, parts.rest]);
        assert_eq!(parts("expected 401, found 200\nbody"), Some(["", "401", "200", "body"]));
        assert_eq!(parts("status 402: expected a, found b, found c"), Some(["status 402", "a", "b, found c", ""]));
        assert_eq!(parts("served for 125 s"), None);
    }

    #[test]
    fn durations_are_short() {
        assert_eq!([12, 1234, 61_000].map(duration), ["12 ms", "1.2 s", "1 min 1 s"]);
    }
}
