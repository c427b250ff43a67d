//! The format for browsers: one page without external resources, which is complete without scripts. A script adds what only a
//! script can do: buttons that copy commands, and a filter by text.

mod coverage;
mod diagram;
mod difference;
mod filters;
mod result;
mod tables;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};

use self::filters::Filters;
use self::result::Room;
use super::causes::{Cause, causes};
use super::findings::{by_urgency, duration};
use super::{Disposition, RenderError, View, escape, words};
use crate::checks::Verdict;
use crate::hash::sha256;
use crate::run::{CheckResult, Outcome, Report};

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");
/// How long the details of all results may be together. Room for the rest is left in the 2 MB that a page may have.
const DETAILS_LENGTH: usize = 1_500_000;

/// Renders the report as a web page.
///
/// # Errors
/// Never in practice: writing to a string does not fail.
pub(crate) fn render(report: &Report, view: &View) -> Result<String, RenderError> {
    let Report { contract, outcome, .. } = report;
    let results = by_urgency(report, view);
    let filters = Filters::of(report);
    let open = result::open_at_first(&results);
    let mut room = Room { report, left: DETAILS_LENGTH };
    let mut sections = Vec::with_capacity(results.len());
    for (position, (check, disposition)) in results.iter().enumerate() {
        let details = room.details(check)?;
        let classes = filters.classes(check);
        sections.push(result::section(check, *disposition, &classes, position < open, &details));
    }
    let has_settled = |(_, disposition): &(&CheckResult, Disposition)| {
        matches!(disposition, Disposition::Passed | Disposition::NotApplicable)
    };
    let (urgent, settled) = sections.split_at(results.iter().position(has_settled).unwrap_or(sections.len()));
    let causes = causes(report);
    let title = format!("{}: {}", escape::line(&contract.name), words::outcome(*outcome));
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy());
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) " · ringtrue" }
                style { (PreEscaped(STYLE)) (PreEscaped(filters.style())) }
            }
            body {
                a.skip href="#results" { "Skip to the results" }
                (head(report))
                main {
                    @if !causes.is_empty() { (list_of_causes(&causes)) }
                    section aria-labelledby="results" {
                        h2 id="results" tabindex="-1" { "Results" }
                        (filters.form())
                        @for section in urgent { (section) }
                        div.settled { @for section in settled { (section) } }
                        p.none { "No result matches the filters." }
                    }
                    (tables::areas(report))
                    (coverage::section(report))
                    (tables::timings(report))
                }
                footer { (about(report)) }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    };
    Ok(page.into_string() + "\n")
}

/// Permits the embedded style sheet and the script above, by its digest, and nothing else.
fn policy() -> String {
    let digest = BASE64_STANDARD.encode(sha256(SCRIPT.as_bytes()));
    format!(
        "default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    )
}

/// What a reader wants to know first.
fn head(report: &Report) -> Markup {
    let Report { contract, subject, outcome, counts, .. } = report;
    let known = report.checks.iter().filter(|check| check.baselined).count();
    html! {
        header {
            p.kicker { "ringtrue · " (subject.kind) " " code { (escape::line(&subject.target)) } }
            h1 {
                (escape::line(&contract.name)) " "
                span class={ "outcome " (outcome_class(*outcome)) } { (words::outcome(*outcome)) }
            }
            p.counts {
                (words::counts(*counts))
                @if known > 0 { " (" (known) " known)" }
                " in " (duration(report.duration_ms))
            }
            @for note in &report.notes { p.note { (escape::line(note)) } }
        }
    }
}

/// Each defect that several checks saw, with the smallest way to see it.
fn list_of_causes(causes: &[Cause<'_>]) -> Markup {
    html! {
        section aria-labelledby="causes" {
            h2 id="causes" { "Causes" }
            p.about { "Each explains several results." }
            ol.causes {
                @for cause in causes {
                    li {
                        h3 { (escape::line(cause.text)) }
                        ul.seen {
                            @for check in &cause.checks {
                                li { (mark(check)) a href={ "#" (check.id) } { (check.id) } " " (words::verdict(check.verdict)) }
                            }
                        }
                        @if let Some(check) = cause.smallest() {
                            @if let Some(command) = &check.reproduce { (result::command(command)) }
                        }
                    }
                }
            }
        }
    }
}

fn about(report: &Report) -> Markup {
    html! {
        h2 { "About this run" }
        dl {
            dt { "Contract" } dd { (escape::line(&report.contract.name)) " " code { (report.contract.digest) } }
            dt { "Started" } dd { (report.started_at) }
            dt { "Seed" } dd { code { (report.seed) } ", repeats the run with " code { "--seed" } }
            @if let Some(shards) = words::shards(report) { dt { "Checks" } dd { (shards) } }
            dt { "Requests" } dd { (report.checks.iter().map(|check| check.requests).sum::<u64>()) }
            dt { "ringtrue" } dd { (report.ringtrue) }
        }
    }
}

/// The symbol of a verdict, which the word beside it repeats.
fn mark(check: &CheckResult) -> Markup {
    html! { span.mark aria-hidden="true" { (words::symbol(check.verdict)) } }
}

/// Whether a result is shown in colour, and in which.
fn verdict_class(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "good",
        Verdict::Fail | Verdict::Error => "bad",
        Verdict::Warn | Verdict::CouldNotRun | Verdict::Inconclusive => "unsure",
        Verdict::Info | Verdict::NotApplicable => "aside",
    }
}

fn outcome_class(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Conformant => "good",
        Outcome::Incomplete => "unsure",
        Outcome::NonConformant | Outcome::Error => "bad",
    }
}

/// How many results are findings.
fn finding_count(report: &Report) -> usize {
    report.checks.iter().filter(|check| check.verdict.is_finding()).count()
}
