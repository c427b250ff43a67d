//! The format for GitHub Actions: workflow commands, which become annotations of the run.
//!
//! A result that fails the run becomes an error, a lesser finding a warning or a notice. Passed checks are omitted.

use std::fmt::Write as _;

use super::finding::{self, Paint};
use super::{Disposition, RenderError, View, escape, words};
use crate::run::{Outcome, Report};

/// Renders the report as workflow commands.
///
/// # Errors
/// Never in practice: writing to a string does not fail.
pub(crate) fn render(report: &Report, view: &View) -> Result<String, RenderError> {
    let mut out = String::new();
    for check in &report.checks {
        let command = match view.policy.disposition(check) {
            Disposition::Passed | Disposition::NotApplicable => continue,
            Disposition::Violation | Disposition::UndecidedMust | Disposition::HarnessError => "error",
            Disposition::Warning if check.verdict == crate::checks::Verdict::Warn => "warning",
            Disposition::Undecided => "warning",
            Disposition::Warning | Disposition::Baselined => "notice",
        };
        let known = if check.baselined { ", known" } else { "" };
        let title = format!("{}: {} ({}{known})", check.id, words::verdict(check.verdict), check.level);
        let mut text = finding::text(report, check, Paint::PLAIN);
        if let Some(operation) = &check.operation {
            text = format!("{}\n{text}", escape::line(operation));
        }
        writeln!(out, "::{command} title={}::{}", property(&title), data(&text))?;
    }
    let command = if report.outcome == Outcome::Conformant { "notice" } else { "error" };
    let title = format!("ringtrue {} {}", escape::line(&report.contract.name), report.subject.kind);
    let shards = words::shards(report).map_or_else(String::new, |shards| format!(", {shards}"));
    let (outcome, counts) = (words::outcome(report.outcome), words::counts(report.counts));
    let text = format!("{outcome}: {counts} (seed {}{shards})", report.seed);
    writeln!(out, "::{command} title={}::{}", property(&title), data(&text))?;
    Ok(out)
}

/// Escapes the text of a command, so that it stays on its line.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Escapes the value of a property, which also ends at a comma or a colon.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::{data, property};

    #[test]
    fn text_with_line_breaks_stays_within_its_command() {
        assert_eq!(data("50%\r\n::error::x"), "50%25%0D%0A::error::x");
        assert_eq!(property("a: b, c%"), "a%3A b%2C c%25");
    }
}
