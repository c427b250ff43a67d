//! Wrong only when something else has happened before.

use std::sync::PoisonError;
use std::sync::atomic::Ordering;

use super::Fault;
use super::applies::{drops_on_spend, exhausts, tells};
use crate::client::api::{Balance, ErrorClass, Outcome, Source};
use crate::client::behaviour::{Occasion, Told};

pub(super) const ALL: &[Fault] = &[
    Fault {
        name: "stale-after-failure",
        about: "after a check that failed, tells once more what was told before it",
        applies: tells,
        install: |b| b.telling.after = stale_after_failure,
    },
    Fault {
        name: "every-third-told-again",
        about: "every third check of a session tells what the one before it told",
        applies: tells,
        install: |b| b.telling.after = every_third,
    },
    Fault {
        name: "kept-after-second-spend",
        about: "keeps an answer although a paid call succeeded, from the second one on",
        applies: drops_on_spend,
        install: |b| {
            b.caching.drop = |drop, occasion, memory| {
                let spent = occasion == Occasion::Spent && memory.spends.fetch_add(1, Ordering::Relaxed) > 0;
                drop && !spent
            };
        },
    },
    Fault {
        name: "exhausted-unnoticed-again",
        about: "tells `out of credits` apart from other failures the first time only",
        applies: exhausts,
        install: |b| {
            b.telling.spent = |outcome, told| {
                outcome.map_err(|mut error| {
                    let again = || told.memory.spends.fetch_add(1, Ordering::Relaxed) > 0;
                    if error.class == ErrorClass::Exhausted && again() {
                        error.class = ErrorClass::Other;
                    }
                    error
                })
            };
        },
    },
];

/// What was told last, replaced by what is told now.
fn replaced(told: &Told<'_>, balance: Balance) -> Option<Balance> {
    told.memory.last.lock().unwrap_or_else(PoisonError::into_inner).replace(balance)
}

fn again(balance: Balance) -> Balance {
    Balance { source: Some(Source::Cache), ..balance }
}

fn stale_after_failure(outcome: Outcome, told: &Told<'_>) -> Outcome {
    match outcome {
        Ok(balance) if balance.source != Some(Source::FailOpen) => {
            let failed = told.memory.failures.swap(0, Ordering::Relaxed) > 0;
            replaced(told, balance).filter(|_| failed).map_or(Ok(balance), |last| Ok(again(last)))
        }
        failed => {
            told.memory.failures.fetch_add(1, Ordering::Relaxed);
            failed
        }
    }
}

fn every_third(outcome: Outcome, told: &Told<'_>) -> Outcome {
    let balance = outcome?;
    let n = told.memory.checks.fetch_add(1, Ordering::Relaxed) + 1;
    replaced(told, balance).filter(|_| n.is_multiple_of(3)).map_or(Ok(balance), |last| Ok(again(last)))
}
