//! The format for pull requests and job summaries: Markdown as GitHub and GitLab read it.
//!
//! Whatever a peer sent is in code, where it forms no markup, no link and no mention.

use std::fmt::Write as _;

use super::causes::causes;
use super::finding::{self, Paint};
use super::findings::{by_urgency, duration, first_line};
use super::{Disposition, RenderError, View, escape, words};
use crate::checks::Verdict;
use crate::run::{CheckResult, Outcome, Report};

/// A comment on GitHub has at most 65,536 characters.
const MAX_LENGTH: usize = 60_000;
/// Longer reasons are cut in the table.
const MAX_CELL: usize = 160;

/// Renders the report as Markdown.
///
/// # Errors
/// Never in practice: writing to a string does not fail.
pub(crate) fn render(report: &Report, view: &View) -> Result<String, RenderError> {
    let mut out = String::new();
    head(&mut out, report)?;
    let results = by_urgency(report, view);
    list_causes(&mut out, report)?;
    let found = |(check, disposition): &&(&CheckResult, Disposition)| {
        check.verdict.is_finding() || *disposition == Disposition::HarnessError
    };
    let findings: Vec<&CheckResult> = results.iter().filter(found).map(|(check, _)| *check).collect();
    if !findings.is_empty() {
        table(&mut out, "Findings", &findings)?;
        details(&mut out, report, &findings)?;
    }
    let open: Vec<&CheckResult> = results
        .iter()
        .map(|(check, _)| *check)
        .filter(|check| check.verdict.is_undecided() && check.verdict != Verdict::Error)
        .collect();
    if !open.is_empty() {
        undecided(&mut out, &open)?;
    }
    Ok(out)
}

fn head(out: &mut String, report: &Report) -> std::fmt::Result {
    let Report { contract, subject, outcome, .. } = report;
    let mark = match outcome {
        Outcome::Conformant => "✅",
        Outcome::Incomplete => "⚠️",
        Outcome::NonConformant | Outcome::Error => "❌",
    };
    writeln!(out, "## {mark} {}: {}\n", text(&contract.name), words::outcome(*outcome))?;
    let known = report.checks.iter().filter(|check| check.baselined).count();
    let known = if known > 0 { format!(" ({known} known)") } else { String::new() };
    writeln!(out, "**{}**{known} in {}\n", words::counts(report.counts), duration(report.duration_ms))?;
    writeln!(
        out,
        "{} {} · ringtrue {} · repeat with `--seed {}`{}\n",
        subject.kind,
        code(&subject.target),
        report.ringtrue,
        report.seed,
        words::shards(report).map_or_else(String::new, |shards| format!(" · {shards}")),
    )?;
    for note in &report.notes {
        writeln!(out, "> {}\n", text(note))?;
    }
    Ok(())
}

/// Each defect that several checks saw, with the smallest way to see it.
fn list_causes(out: &mut String, report: &Report) -> std::fmt::Result {
    let causes = causes(report);
    if causes.is_empty() {
        return Ok(());
    }
    writeln!(out, "### Causes\n")?;
    for (number, cause) in (1..).zip(&causes) {
        let ids: Vec<String> = cause.checks.iter().map(|check| code(&check.id)).collect();
        writeln!(out, "{number}. {}<br>seen by {}", code(cause.text), ids.join(", "))?;
        if let Some(command) = cause.smallest().and_then(|check| check.reproduce.as_deref()) {
            let block = fenced("sh", command);
            writeln!(out, "\n{}", finding::indented(&block, 3))?;
        }
    }
    writeln!(out)
}

fn table(out: &mut String, title: &str, checks: &[&CheckResult]) -> std::fmt::Result {
    writeln!(out, "### {title}\n\n| check | verdict | operation | what was found |\n|---|---|---|---|")?;
    for check in checks {
        let known = if check.baselined { ", known" } else { "" };
        let operation = check.operation.as_deref().map(cell).unwrap_or_default();
        writeln!(
            out,
            "| {} | {} {} ({}{known}) | {operation} | {} |",
            cell(&check.id),
            words::symbol(check.verdict),
            words::verdict(check.verdict),
            check.level,
            cell(first_line(check)),
        )?;
    }
    writeln!(out)
}

/// The details of findings, folded, as long as there is room.
fn details(out: &mut String, report: &Report, findings: &[&CheckResult]) -> Result<(), RenderError> {
    for (shown, check) in findings.iter().enumerate() {
        let mut one = String::new();
        writeln!(one, "<details><summary><code>{}</code> in detail</summary>\n", html(&escape::line(&check.id)))?;
        writeln!(one, "{}", fenced("text", &finding::text(report, check, Paint::PLAIN)))?;
        if let Some(source) = &check.source {
            match &source.url {
                Some(url) => writeln!(one, "Promised in [{}](<{}>).\n", text(&source.document), link(url))?,
                None => writeln!(one, "Promised in {}.\n", text(&source.document))?,
            }
        }
        for exchange in finding::exchanges(report, check) {
            writeln!(one, "{}", fenced("http", &finding::transcript(exchange)?))?;
        }
        writeln!(one, "</details>\n")?;
        if out.len() + one.len() > MAX_LENGTH {
            writeln!(out, "{} more in the other reports of this run.\n", findings.len() - shown)?;
            break;
        }
        out.push_str(&one);
    }
    Ok(())
}

/// What was not decided, one line for each reason.
fn undecided(out: &mut String, checks: &[&CheckResult]) -> std::fmt::Result {
    let mut reasons: Vec<(&str, Vec<String>)> = Vec::new();
    for check in checks {
        let reason = first_line(check);
        match reasons.iter_mut().find(|(have, _)| *have == reason) {
            Some((_, ids)) => ids.push(code(&check.id)),
            None => reasons.push((reason, vec![code(&check.id)])),
        }
    }
    writeln!(out, "<details><summary>{} not decided</summary>\n", checks.len())?;
    for (reason, ids) in reasons {
        writeln!(out, "- {}: {}", code(reason), ids.join(", "))?;
    }
    writeln!(out, "\n</details>")
}

/// Escapes text so that it is text: no markup, no link.
fn text(source: &str) -> String {
    let mut out = String::new();
    for c in escape::line(source).chars() {
        if c.is_ascii_punctuation() && !matches!(c, ',' | '.' | ':' | ';' | '?' | '"' | '\'' | '/' | '%' | '=' | '$') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// Text in code, on one line.
fn code(source: &str) -> String {
    let source = escape::line(source);
    let source = source.trim();
    if source.is_empty() {
        return String::new();
    }
    let ticks = "`".repeat(longest_run(source) + 1);
    let space = if source.starts_with('`') || source.ends_with('`') { " " } else { "" };
    format!("{ticks}{space}{source}{space}{ticks}")
}

/// Text in code, in a cell of a table, where a bar ends the cell even in code.
fn cell(source: &str) -> String {
    let cut = match source.char_indices().nth(MAX_CELL) {
        Some((at, _)) => format!("{}…", source.get(..at).unwrap_or(source)),
        None => source.to_owned(),
    };
    code(&cut).replace('|', "\\|")
}

/// A block of code.
fn fenced(language: &str, source: &str) -> String {
    let source = escape::block(source.trim_end());
    let fence = "`".repeat(longest_run(&source).max(2) + 1);
    format!("{fence}{language}\n{source}\n{fence}\n")
}

fn longest_run(source: &str) -> usize {
    source.split(|c| c != '`').map(str::len).max().unwrap_or_default()
}

fn html(source: &str) -> String {
    source.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// The address of a link, which must not end the link.
fn link(url: &str) -> String {
    escape::line(url).replace('<', "%3C").replace('>', "%3E").replace('\\', "%5C")
}

#[cfg(test)]
mod tests {
    use super::{cell, code, fenced, text};

    #[test]
    fn text_of_a_peer_forms_no_markup() {
        assert_eq!(text("<b>[x](y) @me *a*"), r"\<b\>\[x\]\(y\) \@me \*a\*");
        assert_eq!(code("a `b` c"), "``a `b` c``");
        assert_eq!(code("`"), "`` ` ``");
        assert_eq!(cell("a|b"), r"`a\|b`");
        assert_eq!(fenced("text", "```\n</details>"), "````text\n```\n</details>\n````\n");
    }
}
