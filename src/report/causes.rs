//! The causes of a report: defects that several checks saw, each with those checks.

use crate::run::{CheckResult, Report};

/// A defect, and the results that it explains.
pub(super) struct Cause<'a> {
    pub(super) text: &'a str,
    pub(super) checks: Vec<&'a CheckResult>,
}

impl<'a> Cause<'a> {
    /// The result whose reproduction is the smallest, findings first.
    pub(super) fn smallest(&self) -> Option<&'a CheckResult> {
        let size = |check: &&&CheckResult| {
            let line = check.reproduce.as_deref().unwrap_or_default();
            // One request is easier to send than a report is to replay.
            (!line.starts_with("curl"), check.steps.len(), line.len(), check.exchanges.len())
        };
        let with_line = self.checks.iter().filter(|check| check.reproduce.is_some()).min_by_key(size);
        with_line.or_else(|| self.checks.first()).copied()
    }
}

/// The causes, in the order in which the report first shows them.
pub(super) fn causes(report: &Report) -> Vec<Cause<'_>> {
    let mut causes: Vec<Cause<'_>> = Vec::new();
    for check in &report.checks {
        let Some(text) = check.cause.as_deref() else { continue };
        match causes.iter_mut().find(|cause| cause.text == text) {
            Some(cause) => cause.checks.push(check),
            None => causes.push(Cause { text, checks: vec![check] }),
        }
    }
    causes
}
