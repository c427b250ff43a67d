//! Evidence: the records of a trial. While generated cases are judged, each has records of its own.

use std::sync::{Mutex, MutexGuard};

use super::case_scope::CaseScope;
use super::finding::{Finding, Judgement};
use super::records::{Records, TrialSummary};
use super::verdict::TimeBasis;
use crate::contract::{Operation, Promise};
use crate::exchange::Redactor;
use crate::sync::lock;

/// Collects judgements, notes and steps during a trial.
#[derive(Debug, Default)]
pub(super) struct Evidence {
    records: Mutex<Records>,
}

impl Evidence {
    /// The records of a part of what is judged here, which goes on from the steps so far.
    pub(super) fn part(&self) -> Records {
        self.with(|records| records.part())
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
        std::mem::take(&mut self.own().summary)
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
    pub(super) fn absorb(&self, part: &CaseScope) {
        let summary = std::mem::take(&mut part.records().summary);
        self.with(|records| records.absorb(summary));
    }

    /// Changes the records of the generated case that is judged here, or else those of the trial.
    fn with<T>(&self, change: impl FnOnce(&mut Records) -> T) -> T {
        match CaseScope::current() {
            Some(case) => change(&mut case.records()),
            None => change(&mut self.own()),
        }
    }

    fn own(&self) -> MutexGuard<'_, Records> {
        lock(&self.records)
    }
}
