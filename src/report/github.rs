//! For GitHub Actions: workflow commands, which become annotations of the run.
//!
//! What fails the run is an error, what falls short of that a warning or a notice; what held is not mentioned.

use std::fmt::Write as _;

use super::finding::{self, Paint};
use super::{Disposition, RenderError, View, words};
use crate::run::{Report, Outcome};

/// Lays the report out as workflow commands.
///
/// # Errors
/// None that occurs: writing to a string does not fail.
pub fn render(report: &Report, view: &View) -> Result<String, RenderError> {
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
        let title = format!("{}: {} ({}{known})", check.id, words::verdict(check.verdict), words::level(check.level));
        let mut text = finding::text(report, check, Paint { colour: false });
        if let Some(operation) = &check.operation {
            text = format!("{operation}\n{text}");
        }
        writeln!(out, "::{command} title={}::{}", property(&title), data(&text))?;
    }
    let command = if report.outcome == Outcome::Conformant { "notice" } else { "error" };
    let title = format!("ringtrue {} {}", report.contract.name, report.subject.kind);
    let text = format!("{}: {} (seed {})", words::outcome(report.outcome), words::counts(report.counts), report.seed);
    writeln!(out, "::{command} title={}::{}", property(&title), data(&text))?;
    Ok(out)
}

/// Escapes the text of a command, so that it stays in its line.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Escapes the value of a property, which ends at a comma or a colon besides.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::{data, property};

    #[test]
    fn nothing_ends_a_command_early() {
        assert_eq!(data("50%\r\n::error::x"), "50%25%0D%0A::error::x");
        assert_eq!(property("a: b, c%"), "a%3A b%2C c%25");
    }
}
