//! One finding as text: the reason, the promise, the steps, and how to reproduce it.

use std::fmt::Write as _;

use anstyle::Style;

use super::escape;
use crate::exchange::Recorded;
use crate::run::{CheckResult, Report};

/// The width of the column of labels.
const LABEL_WIDTH: usize = 10;

/// Applies styles to text, or leaves it plain.
#[derive(Clone, Copy)]
pub(super) struct Paint {
    pub(super) colour: bool,
}

impl Paint {
    pub(super) fn apply(self, style: Style, text: &str) -> String {
        if self.colour { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }

    pub(super) fn dim(self, text: &str) -> String {
        self.apply(Style::new().dimmed(), text)
    }
}

/// Describes a result; of its exchanges only a summary. Ends without a line feed.
pub(super) fn text(report: &Report, check: &CheckResult, paint: Paint) -> String {
    let mut parts = Vec::new();
    if let Some(reason) = &check.reason {
        parts.push(escape::block(reason.trim_end()));
    }
    if let Some(source) = &check.source {
        let quote = format!("“{}”", escape::line(&source.quote));
        parts.push(labelled("promised", &quote, paint));
        parts.push(labelled("", &format!("— {}", escape::line(&source.document)), paint));
    }
    let steps: Vec<String> =
        check.steps.iter().enumerate().map(|(i, step)| format!("{}. {}", i + 1, escape::line(step))).collect();
    if !steps.is_empty() {
        parts.push(labelled("steps", &steps.join("\n"), paint));
    }
    let exchanges: Vec<String> = exchanges(report, check).map(summary).collect();
    if !exchanges.is_empty() {
        parts.push(labelled("exchange", &exchanges.join("\n"), paint));
    }
    if let Some(command) = &check.reproduce {
        parts.push(labelled("repeat", &escape::block(command), paint));
    }
    for note in &check.notes {
        parts.push(labelled("also", &escape::line(note), paint));
    }
    parts.join("\n")
}

/// Returns the exchanges that a result refers to.
pub(super) fn exchanges<'a>(report: &'a Report, check: &'a CheckResult) -> impl Iterator<Item = &'a Recorded> {
    report.exchanges.iter().filter(|exchange| check.exchanges.contains(&exchange.n))
}

/// Summarises an exchange in one line.
pub(super) fn summary(exchange: &Recorded) -> String {
    let outcome = match (&exchange.response, &exchange.failure) {
        (Some(response), _) => response.status.to_string(),
        (None, Some(failure)) => escape::line(failure),
        (None, None) => "no response".to_owned(),
    };
    let (ms, rest) = (exchange.elapsed_us / 1000, exchange.elapsed_us % 1000 / 100);
    let Recorded { n, request, .. } = exchange;
    format!("#{n} {} {} → {outcome} ({ms}.{rest} ms)", escape::line(&request.method), escape::line(&request.url))
}

/// Writes an exchange in full, similar to its form on the wire.
pub(super) fn transcript(exchange: &Recorded) -> Result<String, std::fmt::Error> {
    let mut out = String::new();
    let Recorded { request, response, failure, .. } = exchange;
    writeln!(out, "> {} {}", escape::line(&request.method), escape::line(&request.url))?;
    headers(&mut out, '>', &request.headers)?;
    if let Some(body) = &request.body {
        writeln!(out, ">")?;
        lines(&mut out, '>', body)?;
    }
    if let Some(response) = response {
        writeln!(out, "< {}", response.status)?;
        headers(&mut out, '<', &response.headers)?;
        writeln!(out, "<")?;
        lines(&mut out, '<', &response.body)?;
    }
    if let Some(failure) = failure {
        writeln!(out, "! {}", escape::line(failure))?;
    }
    Ok(out)
}

fn headers(out: &mut String, mark: char, headers: &[(String, String)]) -> std::fmt::Result {
    headers.iter().try_for_each(|(name, value)| writeln!(out, "{mark} {}: {}", escape::line(name), escape::line(value)))
}

fn lines(out: &mut String, mark: char, text: &str) -> std::fmt::Result {
    escape::block(text).lines().try_for_each(|line| writeln!(out, "{mark} {line}"))
}

/// Puts a label before a text, and indents all further lines to the same column.
pub(super) fn labelled(label: &str, text: &str, paint: Paint) -> String {
    let first = paint.dim(&format!("{label:LABEL_WIDTH$}"));
    let first = if label.is_empty() { " ".repeat(LABEL_WIDTH) } else { first };
    format!("{first}{}", text.replace('\n', &format!("\n{}", " ".repeat(LABEL_WIDTH))))
}

/// Indents every line by a number of spaces.
pub(super) fn indented(text: &str, by: usize) -> String {
    let space = " ".repeat(by);
    text.lines().map(|line| if line.is_empty() { "\n".to_owned() } else { format!("{space}{line}\n") }).collect()
}
