//! One finding as text: the reason, the promise, the steps, and how to reproduce it.

use std::fmt::Write as _;

use anstyle::Style;

use super::escape;
use crate::exchange::Recorded;
use crate::run::{CheckResult, Report};

/// The width of the column of labels.
const LABEL_WIDTH: usize = 10;
/// Text is not wrapped to less.
const MIN_WIDTH: usize = 24;

/// How text is laid out: with or without styles and links, and how wide.
#[derive(Clone, Copy)]
pub(super) struct Paint {
    pub(super) colour: bool,
    pub(super) links: bool,
    /// Longer lines are wrapped, if there is a width.
    pub(super) width: Option<usize>,
}

impl Paint {
    /// Text for files and programs.
    pub(super) const PLAIN: Self = Self { colour: false, links: false, width: None };

    /// The same, with that much less room.
    pub(super) fn within(self, indent: usize) -> Self {
        Self { width: self.width.map(|width| width.saturating_sub(indent)), ..self }
    }

    /// Wraps the lines of a plain text at spaces. Words are never split, so that they can be copied.
    pub(super) fn wrap(self, text: &str) -> String {
        let Some(width) = self.width else { return text.to_owned() };
        text.split('\n').map(|line| wrapped(line, width.max(MIN_WIDTH))).collect::<Vec<_>>().join("\n")
    }

    /// Makes a text a link to a page, where the terminal supports it.
    pub(super) fn link(self, url: Option<&str>, text: &str) -> String {
        match url {
            Some(url) if self.links && !url.contains(|c: char| c.is_control() || c.is_whitespace()) => {
                format!("\u{1b}]8;;{url}\u{1b}\\{text}\u{1b}]8;;\u{1b}\\")
            }
            _ => text.to_owned(),
        }
    }

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
        parts.push(paint.wrap(&escape::block(reason.trim_end())));
    }
    if let Some(source) = &check.source {
        let quote = format!("“{}”", escape::line(&source.quote));
        parts.push(labelled("promised", &quote, paint));
        let document = paint.link(source.url.as_deref(), &escape::line(&source.document));
        parts.push(labelled("", &format!("— {document}"), Paint { width: None, ..paint }));
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
        // A command that is wrapped cannot be copied.
        parts.push(labelled("repeat", &escape::block(command), Paint { width: None, ..paint }));
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
    let text = paint.within(LABEL_WIDTH).wrap(text);
    format!("{first}{}", text.replace('\n', &format!("\n{}", " ".repeat(LABEL_WIDTH))))
}

/// Indents every line by a number of spaces.
pub(super) fn indented(text: &str, by: usize) -> String {
    let space = " ".repeat(by);
    text.lines().map(|line| if line.is_empty() { "\n".to_owned() } else { format!("{space}{line}\n") }).collect()
}

/// Breaks a line at spaces. What follows is indented as the line is.
fn wrapped(line: &str, width: usize) -> String {
    if line.chars().count() <= width {
        return line.to_owned();
    }
    let indent = line.len() - line.trim_start_matches(' ').len();
    let margin = format!("\n{}", " ".repeat(indent));
    let (mut out, mut column) = (String::new(), 0);
    for word in line.trim_start_matches(' ').split(' ') {
        let length = word.chars().count();
        if column == 0 {
            out.push_str(&margin[1..]);
            column = indent;
        } else if column + 1 + length > width {
            out.push_str(&margin);
            column = indent;
        } else {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += length;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::Paint;

    #[test]
    fn long_lines_are_wrapped_at_spaces() {
        let paint = Paint { width: Some(30), ..Paint::PLAIN };
        let text = "a line that is longer than the width of the terminal\nshort\n  https://example.com/a/long/address/without/spaces";
        let wrapped = paint.wrap(text);
        assert_eq!(
            wrapped,
            "a line that is longer than the\nwidth of the terminal\nshort\n  https://example.com/a/long/address/without/spaces"
        );
        assert_eq!(Paint::PLAIN.wrap(text), text);
    }

    #[test]
    fn link_is_written_only_where_supported() {
        let paint = Paint { links: true, ..Paint::PLAIN };
        let url = Some("https://example.com");
        assert_eq!(paint.link(url, "docs"), "\u{1b}]8;;https://example.com\u{1b}\\docs\u{1b}]8;;\u{1b}\\");
        assert_eq!(paint.link(Some("https://example.com/\u{1b}"), "docs"), "docs");
        assert_eq!(paint.link(None, "docs"), "docs");
        assert_eq!(Paint::PLAIN.link(url, "docs"), "docs");
    }
}
