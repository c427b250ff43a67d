//! The format for tools that read the Common Test Report Format: JSON, one test per check.
//!
//! | result of the check | status |
//! |---|---|
//! | passed, or a finding that does not fail the run | `passed`, with the finding as its message |
//! | violation, or harness error | `failed` |
//! | undecided `must` | `other`, so that it does not read as passed |
//! | violation in the baseline, other undecided, or not applicable | `skipped`, with the reason |

use serde_json::{Map, Value, json};

use super::finding::{self, Paint};
use super::findings::first_line;
use super::{Disposition, RenderError, View, json as json_format, words};
use crate::run::{CheckResult, Report};

/// Renders the report as CTRF.
///
/// # Errors
/// Never in practice: the report is plain data.
pub(crate) fn render(report: &Report, view: &View) -> Result<String, RenderError> {
    let statuses: Vec<&str> = report.checks.iter().map(|check| status(view.policy.disposition(check))).collect();
    let count = |wanted: &str| statuses.iter().filter(|status| **status == wanted).count();
    let tests: Vec<Value> =
        report.checks.iter().zip(&statuses).map(|(check, status)| test(report, check, status)).collect();
    let start = report.started_at.parse::<jiff::Timestamp>().map_or(0, jiff::Timestamp::as_millisecond);
    let duration = i64::try_from(report.duration_ms).unwrap_or(i64::MAX);
    let mut document = json!({
        "reportFormat": "CTRF",
        "specVersion": "0.0.0",
        "timestamp": report.started_at,
        "generatedBy": "ringtrue",
        "results": {
            "tool": {"name": "ringtrue", "version": report.ringtrue},
            "summary": {
                "tests": statuses.len(),
                "passed": count("passed"),
                "failed": count("failed"),
                "pending": count("pending"),
                "skipped": count("skipped"),
                "other": count("other"),
                "start": start,
                "stop": start.saturating_add(duration),
                "duration": duration,
            },
            "tests": tests,
            "environment": {
                "appName": report.subject.target,
                "extra": {"contract": report.contract.name, "digest": report.contract.digest, "subject": report.subject.kind},
            },
            "extra": {
                "outcome": words::outcome(report.outcome),
                "seed": report.seed.to_string(),
                "notes": report.notes,
            },
        },
    });
    if let Some(shards) = words::shards(report) {
        document["results"]["extra"]["shards"] = shards.into();
    }
    json_format::pretty(&document)
}

fn status(disposition: Disposition) -> &'static str {
    match disposition {
        Disposition::Passed | Disposition::Warning => "passed",
        Disposition::Violation | Disposition::HarnessError => "failed",
        Disposition::UndecidedMust => "other",
        Disposition::Baselined | Disposition::Undecided | Disposition::NotApplicable => "skipped",
    }
}

fn test(report: &Report, check: &CheckResult, status: &str) -> Value {
    let mut test = Map::new();
    test.insert("name".to_owned(), json!(check.id));
    test.insert("status".to_owned(), json!(status));
    test.insert("rawStatus".to_owned(), json!(check.verdict));
    test.insert("duration".to_owned(), json!(check.duration_ms));
    test.insert("suite".to_owned(), json!([report.contract.name, words::area(&check.id)]));
    test.insert("tags".to_owned(), json!([check.level]));
    let message = first_line(check);
    if !message.is_empty() {
        let known = if check.baselined { "known: " } else { "" };
        test.insert("message".to_owned(), json!(format!("{known}{message}")));
        test.insert("trace".to_owned(), json!(finding::text(report, check, Paint::PLAIN)));
    }
    let extra = json!({
        "operation": check.operation,
        "cause": check.cause,
        "promise": check.source,
        "repeat": check.reproduce,
        "requests": check.requests,
    });
    test.insert("extra".to_owned(), extra);
    Value::Object(test)
}
