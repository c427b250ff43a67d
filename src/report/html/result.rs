//! One result: what was expected and found, the promise, the steps, the exchanges, and how to repeat it.

use maud::{Markup, html};

use super::super::finding;
use super::super::findings::{brief, mismatch};
use super::super::{Disposition, RenderError, escape, words};
use super::{diagram, difference, mark, verdict_class};
use crate::checks::Verdict;
use crate::run::{CheckResult, PromiseSource, Report};

/// So many results that fail the run are open when the page is.
const OPEN: usize = 5;
/// Longer exchanges are cut.
const EXCHANGE_LENGTH: usize = 20_000;
const NO_ROOM: &str = "There is no room for the rest on this page; the report in JSON has it.";

/// How many results are open when the page is: those that fail the run, if they are few, and the first of them otherwise.
pub(super) fn open_at_first(results: &[(&CheckResult, Disposition)]) -> usize {
    let fails = |(_, disposition): &&(&CheckResult, Disposition)| {
        matches!(disposition, Disposition::Violation | Disposition::HarnessError)
    };
    match results.iter().take_while(fails).count() {
        few @ ..=OPEN => few,
        _ => 1,
    }
}

/// Writes the details of results, as long as there is room on the page. The most urgent results come first.
pub(super) struct Room<'r> {
    pub(super) report: &'r Report,
    /// In bytes of HTML.
    pub(super) left: usize,
}

impl Room<'_> {
    /// Returns the details of a result, with its exchanges if they fit.
    pub(super) fn details(&mut self, check: &CheckResult) -> Result<Markup, RenderError> {
        let exchanges = self.exchanges(check)?;
        for exchanges in [Some(&exchanges), None] {
            let details = body(&self.report.subject.kind, check, exchanges);
            if let Some(left) = self.left.checked_sub(details.0.len()) {
                self.left = left;
                return Ok(details);
            }
        }
        Ok(html! { p { (NO_ROOM) } })
    }

    /// The exchanges that a result refers to, folded.
    fn exchanges(&self, check: &CheckResult) -> Result<Markup, RenderError> {
        let mut folded = Vec::new();
        for exchange in finding::exchanges(self.report, check) {
            let mut text = finding::transcript(exchange)?;
            if let Some((at, _)) = text.char_indices().nth(EXCHANGE_LENGTH) {
                text.truncate(at);
                text.push_str("…\n(cut; the report in JSON has all of it)\n");
            }
            folded.push((finding::summary(exchange), text));
        }
        Ok(html! {
            @if !folded.is_empty() {
                h3 { "Exchanges" }
                @for (summary, text) in folded {
                    details.fold {
                        summary { (summary) }
                        pre tabindex="0" { (text) }
                    }
                }
            }
        })
    }
}

pub(super) fn section(
    check: &CheckResult,
    disposition: Disposition,
    classes: &str,
    open: bool,
    details: &Markup,
) -> Markup {
    let class = match disposition {
        Disposition::Baselined => "unsure",
        Disposition::Violation => "bad",
        _ => verdict_class(check.verdict),
    };
    let has_more = check.reason.is_some() || check.source.is_some();
    html! {
        details class={ "result " (classes) " " (class) } open[open && has_more] {
            summary {
                span.name { (mark(check)) (check.id) }
                span.verdict {
                    (words::verdict(check.verdict))
                    @if check.verdict != Verdict::Pass { " (" (check.level) ")" }
                    @if check.baselined { ", known" }
                }
                @if let Some(operation) = &check.operation { code.operation { (escape::line(operation)) } }
                @if check.verdict != Verdict::Pass { span.brief { (brief(check)) } }
            }
            // A link to what is folded unfolds it.
            div.body id=(check.id) { (details) }
        }
    }
}

fn body(kind: &str, check: &CheckResult, exchanges: Option<&Markup>) -> Markup {
    html! {
        @if let Some(reason) = &check.reason { (why(reason)) }
        @if !check.notes.is_empty() {
            h3 { "Also" }
            ul { @for note in &check.notes { li { (escape::line(note)) } } }
        }
        @if let Some(source) = &check.source {
            h3 { "Promise" }
            (promise(source))
        }
        @if !check.steps.is_empty() {
            h3 { "Steps" }
            (diagram::of(kind, &check.steps, check.verdict.is_finding()))
            details.fold.steps {
                summary { "The steps as text" }
                ol { @for step in &check.steps { li { (escape::line(step)) } } }
            }
        }
        @if let Some(line) = &check.reproduce {
            h3 { "Repeat" }
            (command(line))
        }
        @if let Some(exchanges) = exchanges { (exchanges) } @else { p { (NO_ROOM) } }
        @if check.requests > 0 {
            p.about {
                (check.requests) " requests"
                @if let Some(cases) = check.cases { ", " (cases.tried) " of " (cases.planned) " generated cases" }
                " in " (super::duration(check.duration_ms))
            }
        }
    }
}

/// The reason; what was expected and found stands side by side, with the differences marked.
fn why(reason: &str) -> Markup {
    let Some(parts) = mismatch(reason) else {
        return html! { pre.reason { (escape::block(reason.trim_end())) } };
    };
    let (expected, found) = difference::marked(&escape::line(parts.expected), &escape::line(parts.found));
    html! {
        @if !parts.context.is_empty() { p { (escape::line(parts.context)) ":" } }
        div.compared {
            div { h3 { "Expected" } p { (expected) } }
            div { h3 { "Found" } p { (found) } }
        }
        @if !parts.rest.trim().is_empty() { pre.reason { (escape::block(parts.rest.trim_end())) } }
    }
}

/// The sentence that was promised, with a link to its document.
pub(super) fn promise(source: &PromiseSource) -> Markup {
    html! {
        blockquote {
            p { (escape::line(&source.quote)) }
            footer { (document(source)) ", " (source.grade) }
        }
    }
}

/// The document of a promise, as a link if it is published.
pub(super) fn document(source: &PromiseSource) -> Markup {
    // A report may come from elsewhere: only addresses of pages become links.
    let is_page = |url: &&String| url.starts_with("https://") || url.starts_with("http://");
    html! {
        @if let Some(url) = source.url.as_ref().filter(is_page) {
            a href=(escape::line(url)) rel="noreferrer" { (escape::line(&source.document)) }
        } @else {
            (escape::line(&source.document))
        }
    }
}

/// A command; one click selects all of it.
pub(super) fn command(line: &str) -> Markup {
    html! {
        pre.command tabindex="0" title="A click selects the whole command" { code { (escape::block(line)) } }
    }
}
