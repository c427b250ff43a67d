//! Results of single checks.

use super::attempt::Attempt;
use super::report::{CheckResult, PromiseSource};
use super::reproduce::curl;
use crate::checks::{Check, CheckEntry, Finding, JudgedPromise, Stop, Verdict};
use crate::contract::{Contract, Level, Promise};
use crate::exchange::Recorded;

/// The result of a check, with the exchanges that it refers to.
#[derive(Debug)]
pub(super) struct JudgedCheck {
    pub result: CheckResult,
    pub exchanges: Vec<Recorded>,
    /// The promises that it judged.
    pub promises: Vec<JudgedPromise>,
}

impl JudgedCheck {
    /// The result of a check that was not run.
    pub(super) fn not_run(entry: &CheckEntry, why: &str) -> Self {
        bare(entry.check, Verdict::CouldNotRun, why.to_owned())
    }
}

/// A result with a verdict and a reason only.
pub(super) fn bare(check: &Check, verdict: Verdict, reason: String) -> JudgedCheck {
    let result = CheckResult {
        id: check.id.to_owned(),
        level: check.level,
        verdict,
        operation: None,
        source: None,
        time_basis: crate::checks::TimeBasis::None,
        reason: Some(reason),
        steps: Vec::new(),
        exchanges: Vec::new(),
        reproduce: None,
        case: None,
        baselined: false,
        notes: Vec::new(),
        cause: None,
        defect: None,
        cases: None,
        requests: 0,
        duration_ms: 0,
    };
    JudgedCheck { result, exchanges: Vec::new(), promises: Vec::new() }
}

/// The result of an execution without a finding.
pub(super) fn without_finding(check: &Check, attempt: &Attempt<'_>) -> JudgedCheck {
    let (verdict, reason) = match &attempt.outcome {
        Ok(()) => (Verdict::Pass, None),
        Err(Stop::CouldNotRun(why)) => (Verdict::CouldNotRun, Some(why)),
        Err(Stop::NotApplicable(why)) => (Verdict::NotApplicable, Some(why)),
        Err(Stop::Inconclusive(why)) => (Verdict::Inconclusive, Some(why)),
        Err(Stop::Harness(why)) => (Verdict::Error, Some(why)),
        Err(Stop::Violation(finding)) => (Verdict::Fail, Some(&finding.reason)),
    };
    let redactor = attempt.journal.redactor();
    let mut judged = bare(check, verdict, String::new());
    judged.result.reason = reason.map(|reason| redactor.text(reason));
    judged.result.time_basis = attempt.summary.basis;
    if let Some((promise, operation)) = &attempt.summary.most_severe {
        judged.result.source = Some(source(promise));
        judged.result.operation.clone_from(operation);
        if verdict == Verdict::Pass {
            judged.result.level = promise.level;
        }
    }
    if matches!(verdict, Verdict::Inconclusive | Verdict::Error) {
        let last: Vec<u64> = attempt.journal.numbers().into_iter().rev().take(2).rev().collect();
        judged.exchanges = attempt.journal.select(&last);
        judged.result.exchanges = last;
    }
    judged
}

/// The result of the check after which the server no longer accepts connections.
pub(super) fn crashed(check: &Check, contract: &Contract, attempt: &Attempt<'_>) -> JudgedCheck {
    let finding = attempt.finding();
    let mut judged = without_finding(check, attempt);
    let seen = finding.map_or_else(String::new, |finding| format!("; the check found: {}", finding.reason));
    let reason = format!("the server stopped accepting connections during this check{seen}");
    judged.result.verdict = Verdict::Fail;
    judged.result.level = Level::Must;
    judged.result.reason = Some(reason);
    let mut shown = finding.map(|finding| finding.exchanges.clone()).unwrap_or_default();
    if shown.is_empty() {
        shown = attempt.journal.numbers().into_iter().rev().take(3).rev().collect();
    }
    judged.exchanges = attempt.journal.select(&shown);
    judged.result.reproduce = shown.last().and_then(|n| curl(&attempt.journal.request(*n)?));
    judged.result.exchanges = shown;
    if let Some(operation) = contract.operations.first() {
        judged.result.source.get_or_insert_with(|| source(&operation.promise));
    }
    judged
}

/// The result for a finding that the repetition did not show.
pub(super) fn not_reproducible(
    check: &Check,
    finding: &Finding,
    first: &Attempt<'_>,
    second: &Attempt<'_>,
) -> JudgedCheck {
    // A `may` that is not repeated does not put the rest of the result in doubt.
    if finding.level() == Level::May && first.outcome.is_ok() {
        return without_finding(check, first);
    }
    let mut exchanges = first.journal.select(&finding.exchanges);
    let last: Vec<u64> = second.journal.numbers().into_iter().rev().take(1).collect();
    exchanges.extend(second.journal.select(&last));
    let mut judged = bare(check, Verdict::Inconclusive, format!("not reproducible: {}", finding.reason));
    judged.result.level = finding.level();
    judged.result.operation.clone_from(&finding.operation);
    judged.result.source = Some(source(&finding.promise));
    judged.result.time_basis = first.summary.basis;
    judged.result.steps.clone_from(&finding.steps);
    judged.result.exchanges = exchanges.iter().map(|entry| entry.n).collect();
    judged.exchanges = exchanges;
    judged
}

/// The source of a promise, for the report.
pub(super) fn source(promise: &Promise) -> PromiseSource {
    PromiseSource { document: promise.document.clone(), quote: promise.quote.clone(), grade: promise.grade, url: None }
}
