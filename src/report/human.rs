//! The format for people: causes first, then findings, then what was not decided.
//!
//! A run with ten findings fits on one screen. A few findings are shown in full; of many, one line each, and the rest with `-v`.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};

use super::causes::{Cause, causes};
use super::finding::{self, Paint, indented};
use super::findings::{brief, by_urgency, duration, first_line, slowest};
use super::{Disposition, RenderError, Verbosity, View, escape, words};
use crate::checks::Verdict;
use crate::contract::Level;
use crate::run::{CheckResult, Outcome, Report};

/// So many causes and findings are shown in full without `-v`.
const SHOWN_IN_FULL: usize = 3;
/// How many of the slowest checks `-v` lists.
const SLOWEST: usize = 5;

/// Renders the report as text.
///
/// # Errors
/// Never in practice: writing to a string does not fail.
pub fn render(report: &Report, view: &View) -> Result<String, RenderError> {
    let paint = Paint { colour: view.colour, links: view.links, width: view.width };
    let mut page = Page { out: String::new(), report, view, paint, causes: causes(report), in_full: false };
    if view.verbosity != Verbosity::Quiet {
        page.body()?;
    }
    page.last_line()?;
    Ok(page.out)
}

struct Page<'a> {
    out: String,
    report: &'a Report,
    view: &'a View,
    paint: Paint,
    /// The defects that several checks saw.
    causes: Vec<Cause<'a>>,
    /// Whether causes and findings are shown in full.
    in_full: bool,
}

/// Results with one verdict and one reason.
struct Group<'a> {
    verdict: Verdict,
    style: Style,
    reason: &'a str,
    checks: Vec<&'a CheckResult>,
}

impl Page<'_> {
    fn body(&mut self) -> std::fmt::Result {
        let results = by_urgency(self.report, self.view);
        let is_shown = |check: &CheckResult| check.verdict.is_finding() || check.verdict == Verdict::Error;
        let (findings, others): (Vec<_>, Vec<_>) = results.into_iter().partition(|(check, _)| is_shown(check));
        // What a cause explains is shown with the cause.
        let single: Vec<_> = findings.iter().filter(|(check, _)| check.cause.is_none()).collect();
        let verbose = self.view.verbosity == Verbosity::Verbose;
        self.in_full = verbose || self.causes.len() + single.len() <= SHOWN_IN_FULL;
        self.head()?;
        self.causes()?;
        if !single.is_empty() {
            self.title("findings", "")?;
            for (check, _) in single {
                self.finding(check)?;
            }
            writeln!(self.out)?;
        }
        let is_open = |check: &CheckResult| !matches!(check.verdict, Verdict::Pass | Verdict::NotApplicable);
        let undecided = others.iter().filter(|(check, _)| is_open(check) && check.cause.is_none()).copied();
        self.groups("not decided", &groups(undecided))?;
        if verbose {
            let settled = others.iter().filter(|(check, _)| !is_open(check)).copied();
            self.settled(&settled.map(|(check, _)| check).collect::<Vec<_>>())?;
            self.slowest()?;
        }
        if verbose || findings.is_empty() {
            self.needs()?;
        }
        self.notes()?;
        if !self.in_full {
            writeln!(self.out, "{}", self.paint.dim("-v shows promises, steps, exchanges and passed checks"))?;
        }
        Ok(())
    }

    fn head(&mut self) -> std::fmt::Result {
        let Report { ringtrue, contract, subject, .. } = self.report;
        let name = self.paint.apply(Style::new().bold(), &escape::line(&contract.name));
        writeln!(self.out, "ringtrue {ringtrue} · {name} · {} {}\n", subject.kind, escape::line(&subject.target))
    }

    fn title(&mut self, title: &str, about: &str) -> std::fmt::Result {
        let title = self.paint.apply(Style::new().bold(), title);
        let about = if about.is_empty() { String::new() } else { format!("  {}", self.paint.dim(about)) };
        writeln!(self.out, "{title}{about}")
    }

    /// Writes a text, wrapped, with this indentation.
    fn text(&mut self, text: &str, indent: usize) -> std::fmt::Result {
        write!(self.out, "{}", indented(&self.paint.within(indent).wrap(text), indent))
    }

    /// Writes each defect that several checks saw once: what it is, who saw it, and the smallest way to see it.
    fn causes(&mut self) -> std::fmt::Result {
        if self.causes.is_empty() {
            return Ok(());
        }
        self.title("causes", "each explains several results")?;
        for (number, cause) in (1..).zip(std::mem::take(&mut self.causes)) {
            let text = self.paint.within(5).wrap(&escape::line(cause.text));
            writeln!(self.out, "  {number}. {}", text.replace('\n', "\n     "))?;
            self.seen_by(&cause)?;
            if let Some(check) = cause.smallest() {
                if self.in_full {
                    self.full(check, 5)?;
                } else {
                    self.text(&brief(check), 5)?;
                    if let Some(command) = &check.reproduce {
                        let plain = Paint { width: None, ..self.paint };
                        let command = finding::labelled("repeat", &escape::block(command), plain);
                        write!(self.out, "{}", indented(&command, 5))?;
                    }
                }
            }
        }
        writeln!(self.out)
    }

    /// Writes which checks saw a defect, one line for each verdict. With `-v`, also what each of them found.
    fn seen_by(&mut self, cause: &Cause<'_>) -> std::fmt::Result {
        if self.view.verbosity == Verbosity::Verbose {
            return cause.checks.iter().try_for_each(|check| self.line_of(check, 5));
        }
        let results = cause.checks.iter().map(|check| (*check, self.view.policy.disposition(check)));
        let mut lines: Vec<Group<'_>> = Vec::new();
        for (check, disposition) in results {
            let style = style(disposition);
            match lines.iter_mut().find(|line| line.verdict == check.verdict && line.style == style) {
                Some(line) => line.checks.push(check),
                None => lines.push(Group { verdict: check.verdict, style, reason: "", checks: vec![check] }),
            }
        }
        lines.iter().try_for_each(|line| self.group_line(line, 5))
    }

    /// Writes what a check found in one line.
    fn line_of(&mut self, check: &CheckResult, indent: usize) -> std::fmt::Result {
        let mark = self.mark(check);
        let known = if check.baselined { "  known" } else { "" };
        writeln!(self.out, "{}{mark}{known}", " ".repeat(indent))?;
        self.text(&brief(check), indent + 2)
    }

    fn mark(&self, check: &CheckResult) -> String {
        let style = style(self.view.policy.disposition(check));
        let mark = self.paint.apply(style, &format!("{} {}", words::symbol(check.verdict), check.id));
        let level = if check.verdict == Verdict::Pass { String::new() } else { format!(" ({})", check.level) };
        let operation = check.operation.as_deref().map(|operation| format!("  {}", escape::line(operation)));
        format!("{mark}  {}{level}{}", words::verdict(check.verdict), operation.unwrap_or_default())
    }

    fn finding(&mut self, check: &CheckResult) -> std::fmt::Result {
        if !self.in_full {
            return self.line_of(check, 2);
        }
        let known = if check.baselined { "  known" } else { "" };
        writeln!(self.out, "  {}{known}", self.mark(check))?;
        self.full(check, 4)
    }

    /// Writes a result in full; the exchanges only if much was asked for.
    fn full(&mut self, check: &CheckResult, indent: usize) -> std::fmt::Result {
        let text = finding::text(self.report, check, self.paint.within(indent));
        write!(self.out, "{}", indented(&text, indent))?;
        if self.view.verbosity == Verbosity::Verbose {
            for exchange in finding::exchanges(self.report, check) {
                writeln!(self.out, "\n{}#{}", " ".repeat(indent), exchange.n)?;
                write!(self.out, "{}", indented(&finding::transcript(exchange)?, indent))?;
            }
        }
        Ok(())
    }

    /// Writes the verdict of a group, and its checks.
    fn group_line(&mut self, group: &Group<'_>, indent: usize) -> std::fmt::Result {
        let ids: Vec<String> = group
            .checks
            .iter()
            .map(|check| if check.baselined { format!("{} (known)", check.id) } else { check.id.clone() })
            .collect();
        let must = group.checks.iter().all(|check| check.level == Level::Must) && group.verdict != Verdict::Fail;
        let level = if must { " (must)" } else { "" };
        let verdict = format!("{} {}{level}", words::symbol(group.verdict), words::verdict(group.verdict));
        let text = self.paint.within(indent + 2).wrap(&format!("{verdict}: {}", ids.join(", ")));
        let (first, rest) = text.split_at_checked(verdict.len()).unwrap_or((&text, ""));
        let (margin, first) = (" ".repeat(indent), self.paint.apply(group.style, first));
        writeln!(self.out, "{margin}{first}{}", rest.replace('\n', &format!("\n{margin}  ")))
    }

    /// Writes results that share a reason together.
    fn groups(&mut self, title: &str, groups: &[Group<'_>]) -> std::fmt::Result {
        if groups.is_empty() {
            return Ok(());
        }
        self.title(title, "")?;
        for group in groups {
            self.group_line(group, 2)?;
            self.text(&escape::line(group.reason), 4)?;
        }
        writeln!(self.out)
    }

    /// Writes what passed and what does not apply, by area.
    fn settled(&mut self, checks: &[&CheckResult]) -> std::fmt::Result {
        let mut areas: Vec<&str> = Vec::new();
        for check in checks {
            let area = words::area(&check.id);
            if !areas.contains(&area) {
                areas.push(area);
            }
        }
        for area in areas {
            let in_area = |check: &&CheckResult| words::area(&check.id) == area;
            let all = self.report.checks.iter().filter(|check| in_area(check));
            let passed = all.clone().filter(|check| check.verdict == Verdict::Pass).count();
            self.title(area, &format!("{passed} of {} passed", all.count()))?;
            for check in checks.iter().copied().filter(in_area) {
                writeln!(self.out, "  {}", self.mark(check))?;
                if !first_line(check).is_empty() {
                    self.text(&escape::line(first_line(check)), 4)?;
                }
            }
            writeln!(self.out)?;
        }
        Ok(())
    }

    fn slowest(&mut self) -> std::fmt::Result {
        let checks = slowest(self.report, SLOWEST);
        if checks.is_empty() {
            return Ok(());
        }
        self.title("slowest", "")?;
        for check in checks {
            let cases = check.cases.map(|cases| format!(", {} of {} cases", cases.tried, cases.planned));
            let (time, cases) = (duration(check.duration_ms), cases.unwrap_or_default());
            writeln!(self.out, "  {time:>10}  {}  {} requests{cases}", check.id, check.requests)?;
        }
        writeln!(self.out)
    }

    /// Writes what undecided checks need to run, such as a stub of a handler: each text once.
    fn needs(&mut self) -> std::fmt::Result {
        let mut needs: Vec<(&str, Vec<&str>)> = Vec::new();
        for check in self.report.checks.iter().filter(|check| check.verdict == Verdict::CouldNotRun) {
            let Some((_, rest)) = check.reason.as_deref().and_then(|reason| reason.split_once('\n')) else { continue };
            match needs.iter_mut().find(|(have, _)| *have == rest) {
                _ if rest.trim().is_empty() => {}
                Some((_, ids)) => ids.push(&check.id),
                None => needs.push((rest, vec![&check.id])),
            }
        }
        for (text, ids) in needs {
            self.title("to run", "")?;
            self.text(&ids.join(", "), 2)?;
            writeln!(self.out, "{}", indented(escape::block(text).trim_matches('\n'), 2))?;
        }
        Ok(())
    }

    /// Writes what concerns the whole run.
    fn notes(&mut self) -> std::fmt::Result {
        for note in &self.report.notes {
            let title = self.paint.apply(Style::new().bold(), "note");
            let text = self.paint.within(5).wrap(&escape::line(note));
            writeln!(self.out, "{title} {}\n", text.replace('\n', "\n     "))?;
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
        let shards = words::shards(self.report).map_or_else(String::new, |shards| format!(" · {shards}"));
        let counts = words::counts(self.report.counts);
        writeln!(self.out, "{word}: {counts}{known} · {duration_ms} ms · seed {seed}{shards}")
    }
}

/// Puts results with the same verdict and reason together.
fn groups<'a>(results: impl Iterator<Item = (&'a CheckResult, Disposition)>) -> Vec<Group<'a>> {
    let mut groups: Vec<Group<'a>> = Vec::new();
    for (check, disposition) in results {
        let reason = first_line(check);
        let style = style(disposition);
        let same =
            |group: &&mut Group<'_>| group.verdict == check.verdict && group.style == style && group.reason == reason;
        match groups.iter_mut().find(same) {
            Some(group) => group.checks.push(check),
            None => {
                groups.push(Group { verdict: check.verdict, style, reason, checks: vec![check] });
            }
        }
    }
    groups
}

fn style(disposition: Disposition) -> Style {
    match disposition {
        Disposition::Passed => AnsiColor::Green.on_default(),
        Disposition::Violation | Disposition::HarnessError => AnsiColor::Red.on_default().bold(),
        Disposition::Warning | Disposition::UndecidedMust | Disposition::Baselined => AnsiColor::Yellow.on_default(),
        Disposition::Undecided | Disposition::NotApplicable => Style::new().dimmed(),
    }
}
