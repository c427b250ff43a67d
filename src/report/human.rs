//! The format for people: grouped by area, without areas that have nothing to report.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};

use super::causes::{Cause, causes};
use super::finding::{self, Paint, indented};
use super::{Disposition, RenderError, Verbosity, View, escape, words};
use crate::checks::Verdict;
use crate::run::{CheckResult, Outcome, Report};

/// Renders the report as text.
///
/// # Errors
/// Never in practice: writing to a string does not fail.
pub fn render(report: &Report, view: &View) -> Result<String, RenderError> {
    let causes = causes(report);
    let paint = Paint { colour: view.colour };
    let mut page = Page { out: String::new(), report, view, paint, causes, needs: Vec::new() };
    if view.verbosity != Verbosity::Quiet {
        page.head()?;
        page.causes()?;
        for (area, checks) in areas(&report.checks) {
            page.area(area, &checks)?;
        }
        page.needs()?;
        page.notes()?;
    }
    page.last_line()?;
    Ok(page.out)
}

/// Groups the checks by area, in the order of the report.
fn areas(checks: &[CheckResult]) -> Vec<(&str, Vec<&CheckResult>)> {
    let mut areas: Vec<(&str, Vec<&CheckResult>)> = Vec::new();
    for check in checks {
        let area = words::area(&check.id);
        match areas.iter_mut().find(|(have, _)| *have == area) {
            Some((_, list)) => list.push(check),
            None => areas.push((area, vec![check])),
        }
    }
    areas
}

struct Page<'a> {
    out: String,
    report: &'a Report,
    view: &'a View,
    paint: Paint,
    /// The defects that several checks saw.
    causes: Vec<Cause<'a>>,
    /// What undecided checks need to run: each text once, with the ids of the checks.
    needs: Vec<(&'a str, Vec<&'a str>)>,
}

impl<'a> Page<'a> {
    fn head(&mut self) -> std::fmt::Result {
        let Report { ringtrue, contract, subject, .. } = self.report;
        let name = self.paint.apply(Style::new().bold(), &escape::line(&contract.name));
        writeln!(self.out, "ringtrue {ringtrue} · {name} · {} {}\n", subject.kind, escape::line(&subject.target))
    }

    /// Writes each defect that several checks saw once: what it is, who saw it, and the smallest way to see it.
    fn causes(&mut self) -> std::fmt::Result {
        if self.causes.is_empty() {
            return Ok(());
        }
        let title = self.paint.apply(Style::new().bold(), "causes");
        writeln!(self.out, "{title}  {}", self.paint.dim("each explains several results"))?;
        for (number, cause) in (1..).zip(&self.causes) {
            writeln!(self.out, "  {number}. {}", escape::line(cause.text))?;
            let marks: Vec<String> =
                cause.checks.iter().map(|check| format!("{} {}", words::symbol(check.verdict), check.id)).collect();
            write!(self.out, "{}", indented(&finding::labelled("seen by", &marks.join("\n"), self.paint), 5))?;
            if let Some(check) = cause.smallest() {
                write!(self.out, "{}", indented(&finding::text(self.report, check, self.paint), 5))?;
            }
        }
        writeln!(self.out)
    }

    /// Writes what concerns the whole run.
    fn notes(&mut self) -> std::fmt::Result {
        for note in &self.report.notes {
            writeln!(self.out, "{} {}\n", self.paint.apply(Style::new().bold(), "note"), escape::line(note))?;
        }
        Ok(())
    }

    fn area(&mut self, area: &str, checks: &[&'a CheckResult]) -> std::fmt::Result {
        let shown: Vec<_> = checks.iter().copied().filter(|check| self.shows(check)).collect();
        if shown.is_empty() {
            return Ok(());
        }
        let passed = checks.iter().filter(|check| check.verdict == Verdict::Pass).count();
        let title = self.paint.apply(Style::new().bold(), area);
        writeln!(self.out, "{title}  {}", self.paint.dim(&format!("{passed} of {} passed", checks.len())))?;
        for check in &shown {
            self.check(check)?;
        }
        writeln!(self.out)
    }

    fn shows(&self, check: &CheckResult) -> bool {
        self.view.verbosity == Verbosity::Verbose || !matches!(check.verdict, Verdict::Pass | Verdict::NotApplicable)
    }

    fn check(&mut self, check: &'a CheckResult) -> std::fmt::Result {
        let style = style(self.view.policy.disposition(check));
        let mark = self.paint.apply(style, &format!("{} {}", words::symbol(check.verdict), check.id));
        let level = check.level;
        write!(self.out, "  {mark}  {} ({level})", words::verdict(check.verdict))?;
        if let Some(operation) = &check.operation {
            write!(self.out, "  {}", escape::line(operation))?;
        }
        if check.baselined {
            write!(self.out, "  known")?;
        }
        if let Some(number) = (1..).zip(&self.causes).find(|(_, cause)| Some(cause.text) == check.cause.as_deref()) {
            write!(self.out, "  cause {}", number.0)?;
        }
        writeln!(self.out)?;
        match check.verdict {
            // The cause has said it. What this check saw of it fits into a line.
            _ if check.cause.is_some() && self.view.verbosity != Verbosity::Verbose => self.briefly(check),
            Verdict::Pass => Ok(()),
            Verdict::NotApplicable | Verdict::CouldNotRun => self.briefly(check),
            _ => self.in_full(check),
        }
    }

    /// Writes the first line of the reason. The rest, such as a handler stub, is written once at the end for all checks that
    /// share it.
    fn briefly(&mut self, check: &'a CheckResult) -> std::fmt::Result {
        let reason = check.reason.as_deref().unwrap_or_default();
        let (first, rest) = reason.split_once('\n').unwrap_or((reason, ""));
        if !rest.trim().is_empty() {
            match self.needs.iter_mut().find(|(have, _)| *have == rest) {
                Some((_, ids)) => ids.push(&check.id),
                None => self.needs.push((rest, vec![&check.id])),
            }
        }
        write!(self.out, "{}", indented(&escape::line(first), 4))
    }

    fn in_full(&mut self, check: &CheckResult) -> std::fmt::Result {
        write!(self.out, "{}", indented(&finding::text(self.report, check, self.paint), 4))?;
        if self.view.verbosity == Verbosity::Verbose {
            for exchange in finding::exchanges(self.report, check) {
                writeln!(self.out, "\n    #{}", exchange.n)?;
                write!(self.out, "{}", indented(&finding::transcript(exchange)?, 4))?;
            }
        }
        Ok(())
    }

    fn needs(&mut self) -> std::fmt::Result {
        for (text, ids) in std::mem::take(&mut self.needs) {
            let title = self.paint.apply(Style::new().bold(), "to run");
            writeln!(self.out, "{title}  {}", ids.join(", "))?;
            writeln!(self.out, "{}", indented(escape::block(text).trim_matches('\n'), 2))?;
        }
        Ok(())
    }

    fn last_line(&mut self) -> std::fmt::Result {
        let Report { outcome, seed, duration_ms, checks, .. } = self.report;
        let style = match outcome {
            Outcome::Conformant => AnsiColor::Green.on_default(),
            Outcome::Incomplete => AnsiColor::Yellow.on_default(),
            Outcome::NonConformant | Outcome::Error => AnsiColor::Red.on_default(),
        };
        let word = self.paint.apply(style.bold(), words::outcome(*outcome));
        let known = checks.iter().filter(|check| check.baselined).count();
        let known = if known > 0 { format!(" ({known} known)") } else { String::new() };
        writeln!(self.out, "{word}: {}{known} · {duration_ms} ms · seed {seed}", words::counts(self.report.counts))
    }
}

fn style(disposition: Disposition) -> Style {
    match disposition {
        Disposition::Passed => AnsiColor::Green.on_default(),
        Disposition::Violation | Disposition::HarnessError => AnsiColor::Red.on_default().bold(),
        Disposition::Warning | Disposition::UndecidedMust | Disposition::Baselined => AnsiColor::Yellow.on_default(),
        Disposition::Undecided | Disposition::NotApplicable => Style::new().dimmed(),
    }
}
