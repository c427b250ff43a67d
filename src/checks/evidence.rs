//! What a trial has judged so far, and the story that a violation tells.

use std::sync::{Mutex, MutexGuard};

use serde_json::Value;

use super::finding::{Finding, Judgement, Stop};
use super::verdict::TimeBasis;
use crate::contract::{Level, Operation, Promise};
use crate::exchange::Redactor;
use crate::sync::lock;

/// The last so many steps of a story are told: what happened long before says little.
const MAX_STEPS: usize = 24;

/// What a trial leaves behind.
#[derive(Debug, Default)]
pub struct TrialSummary {
    /// How many judgements were made.
    pub judged: u32,
    /// The most binding promise judged, and the operation concerned.
    pub most_severe: Option<(Promise, Option<String>)>,
    /// Findings that do not end a trial: of a should or a may.
    pub notes: Vec<Finding>,
    /// What time was measured by.
    pub basis: TimeBasis,
}

/// What a trial has judged so far.
#[derive(Debug, Default)]
pub(super) struct Evidence {
    pages: Mutex<Records>,
}

#[derive(Debug, Default)]
struct Records {
    remains: TrialSummary,
    /// Steps, with the number of the account that each is about.
    steps: Vec<(Option<u32>, String)>,
    /// The generated case that is tried now.
    case: Option<Value>,
}

impl Evidence {
    /// Adds a step to the story, with the number of the account that it is about.
    pub(super) fn add_step(&self, account: Option<u32>, step: String) {
        self.pages().steps.push((account, step));
    }

    /// Begins another story.
    pub(super) fn start_steps(&self) {
        self.pages().steps.clear();
    }

    /// Begins a generated case, with a story of its own; whatever is found from now on is found by it.
    pub(super) fn begin_case(&self, case: Value) {
        let mut pages = self.pages();
        pages.steps.clear();
        pages.case = Some(case);
    }

    /// No case is tried any more.
    pub(super) fn end_cases(&self) {
        self.pages().case = None;
    }

    /// Findings that were noted since there were so many of them.
    pub(super) fn notes_since(&self, count: usize) -> Vec<Finding> {
        self.pages().remains.notes.get(count..).unwrap_or_default().to_vec()
    }

    /// How many findings were noted.
    pub(super) fn noted(&self) -> usize {
        self.pages().remains.notes.len()
    }

    /// Forgets those that were noted since there were so many.
    pub(super) fn forget_notes(&self, count: usize) {
        self.pages().remains.notes.truncate(count);
    }

    /// Notes a finding that does not end a trial.
    pub(super) fn note(&self, finding: Finding) {
        self.pages().remains.notes.push(finding);
    }

    /// Says what time was measured by.
    pub(super) fn measure(&self, basis: TimeBasis) {
        self.pages().remains.basis = basis;
    }

    /// What is left when all is judged.
    pub(super) fn close(&self) -> TrialSummary {
        std::mem::take(&mut self.pages().remains)
    }

    /// Judges a promise. What does not hold ends the trial if the promise is a must, and is noted otherwise.
    pub(super) fn judge(
        &self,
        redactor: &Redactor,
        promise: &Promise,
        operation: Option<&Operation>,
        shown_by: Vec<u64>,
        holds: bool,
        reason: impl FnOnce() -> String,
    ) -> Judgement {
        let mut pages = self.pages();
        pages.remains.judged += 1;
        let operation = operation.map(|operation| format!("{} {}", operation.method, operation.path));
        if pages.remains.most_severe.as_ref().is_none_or(|(have, _)| have.level < promise.level) {
            pages.remains.most_severe = Some((promise.clone(), operation.clone()));
        }
        if holds {
            return Ok(());
        }
        let steps: Vec<String> = told(&pages.steps).iter().map(|step| redactor.text(step)).collect();
        let finding = Finding {
            promise: promise.clone(),
            operation,
            reason: redactor.text(&reason()),
            steps: if steps.len() > 1 { steps } else { Vec::new() },
            exchanges: shown_by,
            case: pages.case.clone(),
        };
        if promise.level == Level::Must {
            return Err(Stop::Violation(Box::new(finding)));
        }
        pages.remains.notes.push(finding);
        Ok(())
    }

    fn pages(&self) -> MutexGuard<'_, Records> {
        lock(&self.pages)
    }
}

/// The last steps of a story; who each is about is said where there are several accounts, numbered as they come up.
fn told(steps: &[(Option<u32>, String)]) -> Vec<String> {
    let mut accounts: Vec<u32> = Vec::new();
    for n in steps.iter().filter_map(|(n, _)| *n) {
        if !accounts.contains(&n) {
            accounts.push(n);
        }
    }
    let number = |n: u32| accounts.iter().position(|have| *have == n).map_or(0, |at| at + 1);
    let skipped = steps.len().saturating_sub(MAX_STEPS);
    let words = steps.iter().skip(skipped).map(|(n, step)| match n {
        Some(n) if accounts.len() > 1 => format!("account {}: {step}", number(*n)),
        _ => step.clone(),
    });
    let before = (skipped > 0).then(|| format!("{skipped} steps before are left out"));
    before.into_iter().chain(words).collect()
}
