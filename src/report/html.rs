//! The format for browsers: one page without scripts and without external resources.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::causes::causes;
use super::finding;
use super::{Disposition, RenderError, View, escape, words};
use crate::exchange::Recorded;
use crate::run::{CheckResult, Outcome, Report};

const STYLE: &str = include_str!("html.css");
/// Permits the embedded style sheet, and nothing else.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'";

/// Renders the report as a web page.
///
/// # Errors
/// Never in practice: writing to a string does not fail.
pub(crate) fn render(report: &Report, view: &View) -> Result<String, RenderError> {
    let mut checks = Vec::with_capacity(report.checks.len());
    for check in &report.checks {
        checks.push(section(report, check, view)?);
    }
    let Report { contract, subject, .. } = report;
    let title = format!("{}: {}", escape::line(&contract.name), words::outcome(report.outcome));
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { "ringtrue · " (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                h1 { (escape::line(&contract.name)) " " span class=(outcome_class(report.outcome)) { (words::outcome(report.outcome)) } }
                p { (words::counts(report.counts)) }
                dl {
                    dt { (subject.kind) } dd { (escape::line(&subject.target)) }
                    dt { "contract" } dd { code { (contract.digest) } }
                    dt { "seed" } dd { (report.seed) }
                    dt { "started" } dd { (report.started_at) ", " (report.duration_ms) " ms" }
                    dt { "ringtrue" } dd { (report.ringtrue) }
                }
                @if !report.notes.is_empty() {
                    ul { @for note in &report.notes { li { (escape::line(note)) } } }
                }
                @for cause in causes(report) {
                    p { b { (escape::line(cause.text)) } ": "
                        @for check in &cause.checks { a href={ "#" (check.id) } { (check.id) } " " }
                    }
                }
                @for check in checks { (check) }
            }
        }
    };
    Ok(page.into_string() + "\n")
}

fn section(report: &Report, check: &CheckResult, view: &View) -> Result<Markup, RenderError> {
    let disposition = view.policy.disposition(check);
    let open = matches!(disposition, Disposition::Violation | Disposition::HarnessError | Disposition::UndecidedMust);
    let mut transcripts = Vec::new();
    for exchange in finding::exchanges(report, check) {
        transcripts.push((exchange, finding::transcript(exchange)?));
    }
    Ok(html! {
        details id=(check.id) class=(disposition_class(disposition)) open[open] {
            summary {
                b { (words::symbol(check.verdict)) " " (check.id) } " "
                (words::verdict(check.verdict)) " (" (check.level) ")"
                @if let Some(operation) = &check.operation { " " code { (escape::line(operation)) } }
                @if check.baselined { " known" }
            }
            (body(check, &transcripts))
        }
    })
}

fn body(check: &CheckResult, transcripts: &[(&Recorded, String)]) -> Markup {
    html! {
        @if let Some(reason) = &check.reason { pre.reason { (escape::block(reason)) } }
        @if let Some(source) = &check.source {
            blockquote { p { (escape::line(&source.quote)) } footer { "— " (escape::line(&source.document)) } }
        }
        @if !check.steps.is_empty() {
            ol { @for step in &check.steps { li { (escape::line(step)) } } }
        }
        @if !check.notes.is_empty() {
            ul { @for note in &check.notes { li { (escape::line(note)) } } }
        }
        @if let Some(command) = &check.reproduce { pre.command { (escape::block(command)) } }
        @for (exchange, transcript) in transcripts {
            details.exchange {
                summary { (finding::summary(exchange)) }
                pre { (transcript) }
            }
        }
    }
}

fn outcome_class(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Conformant => "good",
        Outcome::Incomplete => "unsure",
        Outcome::NonConformant | Outcome::Error => "bad",
    }
}

fn disposition_class(disposition: Disposition) -> &'static str {
    match disposition {
        Disposition::Passed => "good",
        Disposition::Violation | Disposition::HarnessError => "bad",
        Disposition::Warning | Disposition::Baselined | Disposition::UndecidedMust => "unsure",
        Disposition::Undecided | Disposition::NotApplicable => "aside",
    }
}
