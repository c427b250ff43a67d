//! Evidence: what a trial has judged so far, and the steps that led to a finding.

use std::sync::{Mutex, MutexGuard};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::case_scope::CaseScope;
use super::finding::{Finding, Judgement, Stop};
use super::verdict::TimeBasis;
use crate::contract::{Level, Operation, Promise};
use crate::exchange::Redactor;
use crate::sync::lock;

/// How many steps a finding shows: the last ones, because what happened long before rarely matters.
const MAX_STEPS: usize = 24;

/// The result of a trial.
#[derive(Debug, Default)]
pub struct TrialSummary {
    /// The number of judgements.
    pub judged: u32,
    /// The judged promise with the highest level, and the operation concerned.
    pub most_severe: Option<(Promise, Option<String>)>,
    /// Findings that do not end a trial: the promise is a should or a may.
    pub notes: Vec<Finding>,
    /// How time was measured.
    pub basis: TimeBasis,
    /// The generated cases, if there were any.
    pub cases: Option<CaseCounts>,
}

/// The number of generated cases of a check.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseCounts {
    /// How many were planned.
    pub planned: u32,
    /// How many were tried: fewer after a finding, or if the subject is slow.
    pub tried: u32,
}

/// Collects judgements, notes and steps during a trial.
#[derive(Debug, Default)]
pub(super) struct Evidence {
    records: Mutex<Records>,
}

#[derive(Debug, Default)]
struct Records {
    summary: TrialSummary,
    /// Steps, each with the number of the account that it is about.
    steps: Vec<(Option<u32>, String)>,
    /// The generated case that is tried at present, as it is: it is redacted when it becomes part of a finding.
    case: Option<Value>,
}

impl Evidence {
    /// The evidence of a generated case. Its findings refer to this case.
    pub(super) fn of_case(case: Value) -> Self {
        Self { records: Mutex::new(Records { case: Some(case), ..Records::default() }) }
    }

    /// The evidence of a part that is judged side by side with others: it goes on from the steps so far.
    pub(super) fn part(&self) -> Self {
        let (steps, case) = self.with(|records| (records.steps.clone(), records.case.clone()));
        Self { records: Mutex::new(Records { steps, case, ..Records::default() }) }
    }

    /// Adds a step, with the number of the account that it is about.
    pub(super) fn add_step(&self, account: Option<u32>, step: String) {
        self.with(|records| records.steps.push((account, step)));
    }

    /// Forgets the steps so far: what follows has nothing to do with them.
    pub(super) fn start_steps(&self) {
        self.with(|records| records.steps.clear());
    }

    /// Notes a finding that does not end the trial.
    pub(super) fn note(&self, finding: Finding) {
        self.with(|records| records.summary.notes.push(finding));
    }

    /// Counts generated cases.
    pub(super) fn count_cases(&self, planned: u32, tried: u32) {
        let mut records = self.own();
        let cases = records.summary.cases.get_or_insert_default();
        cases.planned += planned;
        cases.tried += tried;
    }

    /// Records how time was measured.
    pub(super) fn set_time_basis(&self, basis: TimeBasis) {
        self.with(|records| records.summary.basis = basis);
    }

    /// Takes the summary, at the end of the trial.
    pub(super) fn take_summary(&self) -> TrialSummary {
        self.take_own_summary()
    }

    /// Judges a promise. A promise that does not hold ends the trial if it is a must, and is noted otherwise.
    pub(super) fn judge(
        &self,
        redactor: &Redactor,
        promise: &Promise,
        operation: Option<&Operation>,
        exchanges: Vec<u64>,
        holds: bool,
        reason: impl FnOnce() -> String,
    ) -> Judgement {
        self.with(|records| records.judge(redactor, promise, operation, exchanges, holds, reason))
    }

    /// Takes over what a generated case, or a part of the trial, has judged.
    pub(super) fn absorb(&self, part: &Self) {
        let TrialSummary { judged, most_severe, basis, notes, .. } = part.take_own_summary();
        self.with(|records| {
            let summary = &mut records.summary;
            summary.judged += judged;
            let have = summary.most_severe.as_ref().map(|(promise, _)| promise.level);
            if most_severe.as_ref().is_some_and(|(promise, _)| have.is_none_or(|have| have < promise.level)) {
                summary.most_severe = most_severe;
            }
            if basis != TimeBasis::default() {
                summary.basis = basis;
            }
            summary.notes.extend(notes);
        });
    }

    /// Takes the notes.
    pub(super) fn take_notes(&self) -> Vec<Finding> {
        std::mem::take(&mut self.own().summary.notes)
    }

    fn take_own_summary(&self) -> TrialSummary {
        std::mem::take(&mut self.own().summary)
    }

    /// Changes the records of the generated case that is judged here, or else those of the trial.
    fn with<T>(&self, change: impl FnOnce(&mut Records) -> T) -> T {
        match CaseScope::current() {
            Some(case) => change(&mut case.evidence.own()),
            None => change(&mut self.own()),
        }
    }

    fn own(&self) -> MutexGuard<'_, Records> {
        lock(&self.records)
    }
}

impl Records {
    fn judge(
        &mut self,
        redactor: &Redactor,
        promise: &Promise,
        operation: Option<&Operation>,
        exchanges: Vec<u64>,
        holds: bool,
        reason: impl FnOnce() -> String,
    ) -> Judgement {
        self.summary.judged += 1;
        let operation = operation.map(|operation| format!("{} {}", operation.method, operation.path));
        if self.summary.most_severe.as_ref().is_none_or(|(have, _)| have.level < promise.level) {
            self.summary.most_severe = Some((promise.clone(), operation.clone()));
        }
        if holds {
            return Ok(());
        }
        let steps: Vec<String> = shown_steps(&self.steps).iter().map(|step| redactor.text(step)).collect();
        let finding = Finding {
            promise: promise.clone(),
            operation,
            reason: redactor.text(&reason()),
            steps: if steps.len() > 1 { steps } else { Vec::new() },
            exchanges,
            case: self.case.as_ref().map(|case| redactor.json(case)),
        };
        if promise.level == Level::Must {
            return Err(Stop::Violation(Box::new(finding)));
        }
        self.summary.notes.push(finding);
        Ok(())
    }
}

/// The last steps as text. Where several accounts take part, each step names its account, numbered in order of appearance.
fn shown_steps(steps: &[(Option<u32>, String)]) -> Vec<String> {
    let mut accounts: Vec<u32> = Vec::new();
    for n in steps.iter().filter_map(|(n, _)| *n) {
        if !accounts.contains(&n) {
            accounts.push(n);
        }
    }
    let number = |n: u32| accounts.iter().position(|have| *have == n).map_or(0, |at| at + 1);
    let skipped = steps.len().saturating_sub(MAX_STEPS);
    let last = steps.iter().skip(skipped).map(|(n, step)| match n {
        Some(n) if accounts.len() > 1 => format!("account {}: {step}", number(*n)),
        _ => step.clone(),
    });
    let omitted = (skipped > 0).then(|| format!("{skipped} earlier steps are left out"));
    omitted.into_iter().chain(last).collect()
}
