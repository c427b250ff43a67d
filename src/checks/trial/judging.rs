//! Judgements: a promise, something seen, and whether the one holds by the other.

use super::{Reading, Trial};
use crate::checks::account::Account;
use crate::checks::check::{Finding, Judged, Stop};
use crate::checks::class::{Class, classify};
use crate::contract::{Level, Operation, Promise};
use crate::exchange::{Exchange, Response};

/// The last so many steps of a story are told: what happened long before says little.
const LONGEST_STORY: usize = 24;

impl Trial<'_> {
    /// Adds a step to the story that a violation tells.
    pub fn tell(&self, step: String) {
        self.progress().story.push((None, step));
    }

    /// Adds a step that is about one account.
    pub fn tell_of(&self, account: &Account, step: String) {
        self.progress().story.push((Some(account.n), step));
    }

    /// Judges a promise by something seen. What does not hold ends the trial if the promise is a must, and is noted
    /// otherwise.
    ///
    /// # Errors
    /// The violation of a must.
    pub fn judge(
        &self,
        promise: &Promise,
        operation: Option<&Operation>,
        shown_by: &[&Exchange],
        holds: bool,
        reason: impl FnOnce() -> String,
    ) -> Judged {
        let mut progress = self.progress();
        progress.judged += 1;
        let operation = operation.map(|operation| format!("{} {}", operation.method, operation.path));
        if progress.weightiest.as_ref().is_none_or(|(have, _)| have.level < promise.level) {
            progress.weightiest = Some((promise.clone(), operation.clone()));
        }
        if holds {
            return Ok(());
        }
        let redactor = self.journal.redactor();
        let story: Vec<String> = told(&progress.story).iter().map(|step| redactor.text(step)).collect();
        let finding = Finding {
            promise: promise.clone(),
            operation,
            reason: redactor.text(&reason()),
            story: if story.len() > 1 { story } else { Vec::new() },
            exchanges: shown_by.iter().map(|exchange| exchange.n).collect(),
        };
        if promise.level == Level::Must {
            return Err(Stop::Violation(Box::new(finding)));
        }
        progress.notes.push(finding);
        Ok(())
    }

    /// Judges a reading by what the model allows now.
    ///
    /// # Errors
    /// The violation of a must.
    pub fn judge_reading(&self, promise: &Promise, reading: &Reading) -> Judged {
        let operation = self.balance_operation()?;
        let allowed = &reading.allowed;
        let failed = || matches!(&reading.exchange.result, Ok(response) if self.is_failure_answer(operation, response));
        // A success that cannot be read is a matter of its shape, and judged there.
        if let (Err(why), Ok(response)) = (&reading.balance, &reading.exchange.result)
            && classify(self.contract, operation, response) == Class::Success
            && !(allowed.failure && allowed.balances.is_empty())
        {
            return Err(Stop::Inconclusive(format!("the balance cannot be read: {why}")));
        }
        let holds = match &reading.balance {
            Ok(balance) => allowed.permits(balance),
            Err(_) => allowed.failure && failed(),
        };
        self.judge(promise, Some(operation), &[&reading.exchange], holds, || {
            let found = reading.balance.as_ref().map_or_else(Clone::clone, ToString::to_string);
            format!("expected {}, found {found}", allowed.describe())
        })
    }

    /// Whether an answer is the documented one to a failing store.
    #[must_use]
    pub fn is_failure_answer(&self, operation: &Operation, response: &Response) -> bool {
        let answer = operation.conditions.get(&crate::contract::Condition::BackendDown);
        answer.is_some_and(|answer| !response.is_success() && answer.takes(response.status))
    }
}

/// The last steps of a story; who each is about is said where there are several accounts.
fn told(story: &[(Option<u32>, String)]) -> Vec<String> {
    let several = story.iter().filter_map(|(n, _)| *n).any(|n| n > 1);
    let skipped = story.len().saturating_sub(LONGEST_STORY);
    let words = story.iter().skip(skipped).map(|(n, step)| match n {
        Some(n) if several => format!("account {n}: {step}"),
        _ => step.clone(),
    });
    let before = (skipped > 0).then(|| format!("{skipped} steps before are left out"));
    before.into_iter().chain(words).collect()
}
