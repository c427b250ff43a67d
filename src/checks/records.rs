//! What a trial, or one of its generated cases, has judged so far, and the steps that led to a finding.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::finding::{Finding, Judgement, Stop};
use super::verdict::TimeBasis;
use crate::contract::{Level, Operation, Promise};
use crate::exchange::Redactor;

/// How many steps a finding shows: the last ones, because what happened long before rarely matters.
const MAX_STEPS: usize = 24;

/// The result of a trial.
#[derive(Debug, Default)]
pub struct TrialSummary {
    /// The number of judgements.
    pub judged: u32,
    /// The judged promise with the highest level, and the operation concerned.
    pub most_severe: Option<(Promise, Option<String>)>,
    /// Every judged promise once.
    pub promises: Vec<JudgedPromise>,
    /// Findings that do not end a trial: the promise is a should or a may.
    pub notes: Vec<Finding>,
    /// How time was measured.
    pub basis: TimeBasis,
    /// The generated cases, if there were any.
    pub cases: Option<CaseCounts>,
}

/// A promise that was judged.
#[derive(Debug, Clone)]
pub struct JudgedPromise {
    /// The document that contains it.
    pub document: String,
    /// The quoted sentence.
    pub quote: String,
    /// Whether it held each time.
    pub held: bool,
}

/// The number of generated cases of a check.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseCounts {
    /// How many were planned.
    pub planned: u32,
    /// How many were tried: fewer after a finding, or if the subject is slow.
    pub tried: u32,
}

/// Judgements, notes and steps.
#[derive(Debug, Default)]
pub(super) struct Records {
    pub(super) summary: TrialSummary,
    /// Steps, each with the number of the account that it is about.
    pub(super) steps: Vec<(Option<u32>, String)>,
    /// The generated case that is tried at present, as it is: it is redacted when it becomes part of a finding.
    pub(super) case: Option<Value>,
}

impl Records {
    /// The records of a generated case. Its findings refer to this case.
    pub(super) fn of_case(case: Value) -> Self {
        Self { case: Some(case), ..Self::default() }
    }

    /// The records of a part that is judged side by side with others: it goes on from the steps so far.
    pub(super) fn part(&self) -> Self {
        Self { steps: self.steps.clone(), case: self.case.clone(), ..Self::default() }
    }

    /// Takes over what a generated case, or a part of the trial, has judged.
    pub(super) fn absorb(&mut self, part: TrialSummary) {
        let TrialSummary { judged, most_severe, promises, basis, notes, .. } = part;
        let summary = &mut self.summary;
        summary.judged += judged;
        let have = summary.most_severe.as_ref().map(|(promise, _)| promise.level);
        if most_severe.as_ref().is_some_and(|(promise, _)| have.is_none_or(|have| have < promise.level)) {
            summary.most_severe = most_severe;
        }
        if basis != TimeBasis::default() {
            summary.basis = basis;
        }
        summary.notes.extend(notes);
        for promise in promises {
            summary.count(&promise.document, &promise.quote, promise.held);
        }
    }

    /// Judges a promise. A promise that does not hold is an error if it is a must, and is noted otherwise.
    pub(super) fn judge(
        &mut self,
        redactor: &Redactor,
        promise: &Promise,
        operation: Option<&Operation>,
        exchanges: Vec<u64>,
        holds: bool,
        reason: impl FnOnce() -> String,
    ) -> Judgement {
        self.record(redactor, promise, operation, exchanges, (!holds).then(reason))
    }

    /// Like `judge`, with the reason of a promise that does not hold. Apart from it, because every check would have a copy.
    fn record(
        &mut self,
        redactor: &Redactor,
        promise: &Promise,
        operation: Option<&Operation>,
        exchanges: Vec<u64>,
        broken: Option<String>,
    ) -> Judgement {
        self.summary.judged += 1;
        self.summary.count(&promise.document, &promise.quote, broken.is_none());
        let operation = operation.map(|operation| format!("{} {}", operation.method, operation.path));
        if self.summary.most_severe.as_ref().is_none_or(|(have, _)| have.level < promise.level) {
            self.summary.most_severe = Some((promise.clone(), operation.clone()));
        }
        let Some(reason) = broken else { return Ok(()) };
        let steps: Vec<String> = shown_steps(&self.steps).iter().map(|step| redactor.text(step)).collect();
        let finding = Finding {
            promise: promise.clone(),
            operation,
            reason: redactor.text(&reason),
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

impl TrialSummary {
    /// Records that a promise was judged.
    fn count(&mut self, document: &str, quote: &str, held: bool) {
        match self.promises.iter_mut().find(|have| have.quote == quote && have.document == document) {
            Some(have) => have.held &= held,
            None => {
                let (document, quote) = (document.to_owned(), quote.to_owned());
                self.promises.push(JudgedPromise { document, quote, held });
            }
        }
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
