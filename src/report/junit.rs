//! The format for continuous integration: JUnit XML, one testcase per check.
//!
//! | result of the check | testcase |
//! |---|---|
//! | passed, or a finding that does not fail the run | passed, with the finding in its output |
//! | violation | failure |
//! | violation in the baseline | skipped, with the reason |
//! | undecided `must`, or harness error | error, so that it does not read as passed |
//! | other undecided, or not applicable | skipped, with the reason |

use std::time::Duration;

use quick_junit::{NonSuccessKind, Property, TestCase, TestCaseStatus, TestSuite};

use super::finding::{self, Paint};
use super::{Disposition, RenderError, View, escape, words};
use crate::run::{CheckResult, Report};

/// Renders the report as JUnit XML.
///
/// # Errors
/// Never in practice: characters that XML 1.0 forbids are escaped beforehand.
pub(crate) fn render(report: &Report, view: &View) -> Result<String, RenderError> {
    let name = format!("{} {}", escape::line(&report.contract.name), report.subject.kind);
    let mut suite = TestSuite::new(name);
    suite.set_time(Duration::from_millis(report.duration_ms));
    for (name, value) in [
        ("ringtrue", report.ringtrue.as_str()),
        ("seed", &report.seed.to_string()),
        ("started_at", &report.started_at),
        ("contract", &report.contract.digest),
        ("target", &report.subject.target),
        ("outcome", words::outcome(report.outcome)),
    ] {
        suite.add_property(Property::new(name, escape::line(value)));
    }
    if let Some(shards) = words::shards(report) {
        suite.add_property(Property::new("shards", shards));
    }
    suite.add_test_cases(report.checks.iter().map(|check| testcase(report, check, view)));
    let mut document = quick_junit::Report::new("ringtrue");
    document.set_time(Duration::from_millis(report.duration_ms)).add_test_suite(suite);
    // The schema of Jenkins knows the attribute `skipped` on a suite, not on the root element, which comes first.
    let surplus = format!(" skipped=\"{}\"", document.skipped);
    let mut text = document.to_string()?.replacen(&surplus, "", 1);
    if !text.ends_with('\n') {
        text.push('\n');
    }
    Ok(text)
}

fn testcase(report: &Report, check: &CheckResult, view: &View) -> TestCase {
    let disposition = view.policy.disposition(check);
    let mut status = match disposition {
        Disposition::Passed | Disposition::Warning => TestCaseStatus::success(),
        Disposition::Violation => TestCaseStatus::non_success(NonSuccessKind::Failure),
        Disposition::UndecidedMust | Disposition::HarnessError => TestCaseStatus::non_success(NonSuccessKind::Error),
        Disposition::Baselined | Disposition::Undecided | Disposition::NotApplicable => TestCaseStatus::skipped(),
    };
    let verdict = words::verdict(check.verdict);
    let reason = check.reason.as_deref().unwrap_or(&verdict);
    let first_line = escape::line(reason.lines().next().unwrap_or_default());
    let text = finding::text(report, check, Paint::PLAIN);
    let passed = matches!(disposition, Disposition::Passed | Disposition::Warning);
    if !passed {
        let message = if check.baselined { format!("known: {first_line}") } else { first_line };
        status.set_type(format!("{verdict} ({})", check.level)).set_message(message);
        status.set_description(text.clone());
    }
    let mut case = TestCase::new(check.id.clone(), status);
    case.set_classname(format!("{}.{}", escape::line(&report.contract.name), words::area(&check.id)));
    case.set_time(Duration::from_millis(check.duration_ms));
    if disposition == Disposition::Warning {
        case.set_system_out(format!("{verdict}: {text}"));
    }
    case
}
