//! Faults that show only after another event.

use std::sync::atomic::Ordering;

use super::ClientFault;
use super::applies::{drops_on_spend, exhausts, tells};
use crate::client::balance::{Balance, Source};
use crate::client::behaviour::{InvalidationReason, ReportContext};
use crate::client::credit_client::CallResult;
use crate::client::error::ErrorClass;
use crate::sync::lock;

pub(super) const ALL: &[ClientFault] = &[
    ClientFault {
        name: "stale-after-failure",
        about: "reports the earlier balance once more after a failed check",
        applies: tells,
        install: |b| b.reporting.after_check = stale_after_failure,
    },
    ClientFault {
        name: "every-third-balance-repeated",
        about: "repeats the previous balance in every third check of a session",
        applies: tells,
        install: |b| b.reporting.after_check = every_third,
    },
    ClientFault {
        name: "cached-after-second-spend",
        about: "keeps the cached balance after a successful paid call, from the second call on",
        applies: drops_on_spend,
        install: |b| {
            b.caching.invalidates = |conforming, reason, memory| {
                let spent = reason == InvalidationReason::Spent && memory.spends.fetch_add(1, Ordering::Relaxed) > 0;
                conforming && !spent
            };
        },
    },
    ClientFault {
        name: "exhausted-misclassified-after-first",
        about: "distinguishes `out of credits` from other failures the first time only",
        applies: exhausts,
        install: |b| {
            b.reporting.after_spend = |result, context| {
                result.map_err(|mut error| {
                    let again = || context.memory.spends.fetch_add(1, Ordering::Relaxed) > 0;
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
fn replaced(context: &ReportContext<'_>, balance: Balance) -> Option<Balance> {
    lock(&context.memory.last_balance).replace(balance)
}

fn again(balance: Balance) -> Balance {
    Balance { source: Some(Source::Cache), ..balance }
}

fn stale_after_failure(result: CallResult, context: &ReportContext<'_>) -> CallResult {
    match result {
        Ok(balance) if balance.source != Some(Source::FailOpen) => {
            let failed = context.memory.failures.swap(0, Ordering::Relaxed) > 0;
            replaced(context, balance).filter(|_| failed).map_or(Ok(balance), |last| Ok(again(last)))
        }
        failed => {
            context.memory.failures.fetch_add(1, Ordering::Relaxed);
            failed
        }
    }
}

fn every_third(result: CallResult, context: &ReportContext<'_>) -> CallResult {
    let balance = result?;
    let n = context.memory.checks.fetch_add(1, Ordering::Relaxed) + 1;
    replaced(context, balance).filter(|_| n.is_multiple_of(3)).map_or(Ok(balance), |last| Ok(again(last)))
}
