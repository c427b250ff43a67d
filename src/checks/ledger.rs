//! What a trial on a client has judged so far, and the story that a violation tells.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::check::{Finding, Judged, Stop};
use super::trial::Remains;
use super::verdict::TimeBasis;
use crate::contract::{Level, Operation, Promise};
use crate::exchange::Redactor;

/// What a trial has judged so far.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    pages: Mutex<Pages>,
}

#[derive(Debug, Default)]
struct Pages {
    remains: Remains,
    story: Vec<String>,
}

impl Ledger {
    /// Adds a step to the story.
    pub(super) fn tell(&self, step: String) {
        self.pages().story.push(step);
    }

    /// Begins another story.
    pub(super) fn begin(&self) {
        self.pages().story.clear();
    }

    /// Says what time was measured by.
    pub(super) fn measure(&self, basis: TimeBasis) {
        self.pages().remains.basis = basis;
    }

    /// What is left when all is judged.
    pub(super) fn close(&self) -> Remains {
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
    ) -> Judged {
        let mut pages = self.pages();
        pages.remains.judged += 1;
        let operation = operation.map(|operation| format!("{} {}", operation.method, operation.path));
        if pages.remains.weightiest.as_ref().is_none_or(|(have, _)| have.level < promise.level) {
            pages.remains.weightiest = Some((promise.clone(), operation.clone()));
        }
        if holds {
            return Ok(());
        }
        let story: Vec<String> = pages.story.iter().map(|step| redactor.text(step)).collect();
        let finding = Finding {
            promise: promise.clone(),
            operation,
            reason: redactor.text(&reason()),
            story: if story.len() > 1 { story } else { Vec::new() },
            exchanges: shown_by,
        };
        if promise.level == Level::Must {
            return Err(Stop::Violation(Box::new(finding)));
        }
        pages.remains.notes.push(finding);
        Ok(())
    }

    fn pages(&self) -> MutexGuard<'_, Pages> {
        self.pages.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
