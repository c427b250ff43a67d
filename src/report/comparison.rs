//! Comparison of two reports: which findings are new, gone, or still there.
//!
//! Two results show the same finding if check and operation are the same, and the promise that was broken. Without a promise, the
//! reasons decide, as in a baseline. So another seed, which finds the same defect by another case, makes no new finding.

use std::fmt::Write as _;

use serde::Serialize;

use super::baseline::masked;
use super::finding::{Paint, indented, labelled};
use super::{RenderError, escape, json, words};
use crate::checks::Verdict;
use crate::contract::Level;
use crate::run::{CheckResult, Outcome, PromiseSource, Report};

/// The name of the format.
const SCHEMA: &str = "ringtrue/comparison/1";

/// What changed between two reports.
#[derive(Debug, Clone, Serialize)]
pub struct Comparison {
    /// The name and version of the format: `ringtrue/comparison/1`.
    pub schema: &'static str,
    /// The name of the contract.
    pub contract: String,
    /// The earlier report.
    pub before: ComparedReport,
    /// The later report.
    pub after: ComparedReport,
    /// Findings of the later report only.
    pub new: Vec<ComparedFinding>,
    /// Findings of both.
    pub remaining: Vec<ComparedFinding>,
    /// Findings of the earlier report that the later one looked for, and no longer has.
    pub gone: Vec<ComparedFinding>,
    /// Findings of the earlier report that the later one did not look for, or could not decide.
    pub undecided: Vec<ComparedFinding>,
    /// What to know about the comparison itself.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// One of the two reports.
#[derive(Debug, Clone, Serialize)]
pub struct ComparedReport {
    /// When the run began.
    pub started_at: String,
    /// What was under test.
    pub target: String,
    /// The outcome of the run.
    pub outcome: Outcome,
    /// How many findings it has.
    pub findings: usize,
}

/// A finding, as the report shows it that has it; of two, the later.
#[derive(Debug, Clone, Serialize)]
pub struct ComparedFinding {
    /// The id of the check.
    pub check: String,
    /// The verdict.
    pub verdict: Verdict,
    /// How binding the broken promise is.
    pub level: Level,
    /// The operation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// The first line of the reason.
    pub reason: String,
    /// The broken promise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<PromiseSource>,
    /// The defect that explains several findings.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    /// Whether a baseline lists it.
    pub baselined: bool,
    /// The verdict of the same check in the other report; absent if it did not run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub other_verdict: Option<Verdict>,
    /// The first line of the reason in the other report.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub other_reason: Option<String>,
}

/// Why two reports cannot be compared.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ComparisonError {
    /// The reports are about different things.
    #[error("the reports cannot be compared: the first tests a {0}, the second a {1}")]
    Different(String, String),
}

impl Comparison {
    /// Compares an earlier report with a later one.
    ///
    /// # Errors
    /// If the reports are about different contracts, or one about a server and the other about a client.
    pub fn of(before: &Report, after: &Report) -> Result<Self, ComparisonError> {
        let about = |report: &Report| format!("{} of {}", report.subject.kind, report.contract.name);
        if about(before) != about(after) {
            return Err(ComparisonError::Different(about(before), about(after)));
        }
        let mut comparison = Self {
            schema: SCHEMA,
            contract: after.contract.name.clone(),
            before: ComparedReport::of(before),
            after: ComparedReport::of(after),
            new: Vec::new(),
            remaining: Vec::new(),
            gone: Vec::new(),
            undecided: Vec::new(),
            notes: Vec::new(),
        };
        if before.contract.digest != after.contract.digest {
            comparison.notes.push("the contract changed between the reports".to_owned());
        }
        for found in findings(after) {
            match findings(before).find(|earlier| is_same(earlier, found)) {
                Some(earlier) => comparison.remaining.push(ComparedFinding::of(found, Some(earlier))),
                None => comparison.new.push(ComparedFinding::of(found, of_check(before, found))),
            }
        }
        for earlier in findings(before).filter(|earlier| !findings(after).any(|found| is_same(earlier, found))) {
            let now = of_check(after, earlier);
            let change = ComparedFinding::of(earlier, now);
            if now.is_some_and(|now| is_decided(now.verdict)) {
                comparison.gone.push(change);
            } else {
                comparison.undecided.push(change);
            }
        }
        Ok(comparison)
    }

    /// Returns whether a finding is new that no baseline lists.
    #[must_use]
    pub fn has_new(&self) -> bool {
        self.new.iter().any(|change| !change.baselined)
    }

    /// Writes the comparison as JSON, which `schemas/comparison.schema.json` describes.
    ///
    /// # Errors
    /// Never in practice: it is plain data.
    pub fn to_json(&self) -> Result<String, RenderError> {
        json::pretty(self)
    }

    /// Writes the comparison as text, new findings first.
    ///
    /// # Errors
    /// Never in practice: writing to a string does not fail.
    pub fn to_text(&self) -> Result<String, RenderError> {
        let mut out = String::new();
        for (title, mark, changes) in [
            ("new", '+', &self.new),
            ("still there", '=', &self.remaining),
            ("not decided now", '?', &self.undecided),
            ("gone", '-', &self.gone),
        ] {
            if changes.is_empty() {
                continue;
            }
            writeln!(out, "{title}")?;
            for change in changes {
                change.write(&mut out, mark)?;
            }
            writeln!(out)?;
        }
        for note in &self.notes {
            writeln!(out, "note: {}", escape::line(note))?;
        }
        let Self { new, remaining, gone, undecided, .. } = self;
        write!(out, "{} new, {} still there, {} gone", new.len(), remaining.len(), gone.len())?;
        if !undecided.is_empty() {
            write!(out, ", {} not decided now", undecided.len())?;
        }
        let [before, after] = [&self.before, &self.after].map(|side| words::outcome(side.outcome));
        writeln!(out, " · {} · {before} → {after}", escape::line(&self.contract))?;
        Ok(out)
    }
}

impl ComparedReport {
    fn of(report: &Report) -> Self {
        Self {
            started_at: report.started_at.clone(),
            target: report.subject.target.clone(),
            outcome: report.outcome,
            findings: findings(report).count(),
        }
    }
}

impl ComparedFinding {
    fn of(shown: &CheckResult, other: Option<&CheckResult>) -> Self {
        Self {
            check: shown.id.clone(),
            verdict: shown.verdict,
            level: shown.level,
            operation: shown.operation.clone(),
            reason: first_line(shown).unwrap_or_default(),
            source: shown.source.clone(),
            cause: shown.cause.clone(),
            baselined: shown.baselined,
            other_verdict: other.map(|other| other.verdict),
            other_reason: other.and_then(first_line),
        }
    }

    fn write(&self, out: &mut String, mark: char) -> std::fmt::Result {
        let Self { check, verdict, level, operation, reason, baselined, other_verdict, other_reason, .. } = self;
        write!(out, "  {mark} {}  {} ({level})", escape::line(check), words::verdict(*verdict))?;
        if let Some(operation) = operation {
            write!(out, "  {}", escape::line(operation))?;
        }
        writeln!(out, "{}", if *baselined { "  known" } else { "" })?;
        write!(out, "{}", indented(&escape::line(reason), 4))?;
        // What the other report has instead, unless it is the same.
        if other_reason.as_ref().is_some_and(|other| masked(other) == masked(reason)) {
            return Ok(());
        }
        let label = if mark == '+' || mark == '=' { "before" } else { "now" };
        let other = match (other_verdict, other_reason) {
            (None, _) => "did not run".to_owned(),
            (Some(verdict), None) => words::verdict(*verdict),
            (Some(verdict), Some(reason)) => format!("{}: {}", words::verdict(*verdict), escape::line(reason)),
        };
        write!(out, "{}", indented(&labelled(label, &other, Paint::PLAIN), 4))
    }
}

/// The results that found something. What a `may` leaves open, or no source specifies, is worth knowing, but no finding.
fn findings(report: &Report) -> impl Iterator<Item = &CheckResult> {
    report.checks.iter().filter(|check| matches!(check.verdict, Verdict::Fail | Verdict::Warn))
}

fn is_same(one: &CheckResult, other: &CheckResult) -> bool {
    let promise =
        |check: &CheckResult| check.source.as_ref().map(|source| (source.document.clone(), source.quote.clone()));
    let reason = |check: &CheckResult| masked(check.reason.as_deref().unwrap_or_default());
    let same_defect = match (promise(one), promise(other)) {
        (Some(one), Some(other)) => one == other,
        _ => reason(one) == reason(other),
    };
    one.id == other.id && one.operation == other.operation && same_defect
}

/// The result in a report of the check that a finding comes from.
fn of_check<'r>(report: &'r Report, finding: &CheckResult) -> Option<&'r CheckResult> {
    report.checks.iter().find(|check| check.id == finding.id)
}

/// Whether a verdict shows that a finding is gone.
fn is_decided(verdict: Verdict) -> bool {
    !matches!(verdict, Verdict::CouldNotRun | Verdict::Inconclusive | Verdict::Error)
}

fn first_line(check: &CheckResult) -> Option<String> {
    check.reason.as_deref().and_then(|reason| reason.lines().next()).map(str::to_owned)
}
