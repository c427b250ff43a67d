//! # An expired balance does not return when a check fails
//!
//! ## What it checks
//!
//! Checks that a failed check does not report a balance whose TTL has passed.
//!
//! ## Why it matters
//!
//! Serving stale balances during an outage is a policy, but not the documented one: the contract requires an error,
//! or lets use go on. An old balance reported as current is neither.
//!
//! ## How
//!
//! The balance is checked, its TTL passes, and the next check fails in several ways. The old balance must not be
//! reported.

use std::time::Duration;

use crate::checks::check::{Check, CheckKind, Judge, Judgement, Schedule, Stop, has_balance};
use crate::checks::client::support::cache_support::filled;
use crate::checks::client::support::failure_policy::{made_up_nothing, nothing, telling};
use crate::checks::client::support::failures::{self, BUSY_FACTOR, DEADLINE, Failure};
use crate::checks::client_session::Call;
use crate::checks::client_trial::ClientTrial;
use crate::checks::standards::status_class;
use crate::checks::time::Passing;
use crate::checks::verdict::Side;
use crate::contract::{Level, Role};
use crate::subject::Function;

pub(super) const CHECK: Check = Check {
    id: "cache.no-stale",
    side: Side::Client,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: true,
    needs: &[],
    faults: &["stale-on-error", "stale-on-timeout"],
    applies: |contract| {
        has_balance(contract)?;
        if contract.failure.is_some() { Ok(()) } else { Err("the contract does not say what a failed check means") }
    },
    judge: Judge::Client(|trial| Box::pin(judge(trial))),
};

async fn judge(trial: &ClientTrial<'_>) -> Judgement {
    let Some(policy) = &trial.contract.failure else { return Ok(()) };
    let promise = policy.client.clone().unwrap_or_else(status_class);
    let first = trial.open(trial.credits(1)).await?;
    // With clocks that have to be waited for, one failure stands for all.
    let few = if trial.passing() == Passing::Moved { usize::MAX } else { 1 };
    let caches = trial.subject.capabilities.cache;
    let rule = trial.contract.caching.client.as_ref();
    let old = rule.and_then(|rule| trial.ttl(rule).old());
    if caches && old.is_none() && trial.passing() != Passing::Moved {
        return Err(Stop::NotApplicable("the contract states no TTL for the client's cache".to_owned()));
    }
    if caches {
        trial.time_passes().await?;
    } else {
        keeps_nothing(trial).await?;
    }
    let age = caches.then(|| old.unwrap_or(Duration::from_hours(24)));
    for failure in failures::quick_and_one_slow(trial, &first)?.iter().take(few) {
        let met = match fail_after(trial, failure, age, 1).await {
            Err(Stop::Inconclusive(_)) if failure.is_slow() => fail_after(trial, failure, age, BUSY_FACTOR).await?,
            met => met?,
        };
        let Some((fill, failed)) = met else { continue };
        trial.judge(&promise, Role::Balance, &[&fill, &failed], made_up_nothing(trial, &failed), || {
            format!("{} after the TTL: expected {}, found {}", failure.name, nothing(trial), failed.found())
        })?;
    }
    Ok(())
}

/// Fills the cache, lets the balance reach this age, and has the next check fail; `None` if that comes to no end.
async fn fail_after(
    trial: &ClientTrial<'_>,
    failure: &Failure,
    age: Option<Duration>,
    times: u32,
) -> Result<Option<(Call, Call)>, Stop> {
    let true_balance = telling(trial, 422);
    let session = failures::seat_within(trial, failure, true_balance, DEADLINE * times).await?;
    let fill = trial.check(&session).await?;
    filled(&fill, &true_balance)?;
    if let Some(age) = age {
        trial.age_to(&session, &fill, age).await?;
    }
    let patience = failures::patience(trial, times);
    let failed = failures::suffer_within(trial, failure, &session, Function::Check, patience).await?;
    Ok(failed.map(|failed| (fill, failed)))
}

/// That a client which does not say that it caches asks each time: if it does not, when its answers end is its own affair.
async fn keeps_nothing(trial: &ClientTrial<'_>) -> Judgement {
    let session = trial.open(trial.credits(1)).await?;
    trial.check(&session).await?;
    if trial.check(&session).await?.received.is_empty() {
        return Err(Stop::NotApplicable("the client keeps answers, and does not say so".to_owned()));
    }
    Ok(())
}
