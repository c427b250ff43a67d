//! # A paid call in one process invalidates the cached balance in all processes
//!
//! ## What it checks
//!
//! Checks a client that declares the capability `fleet`: after a successful paid call in one process, another process
//! reports the new balance.
//!
//! ## Why it matters
//!
//! Each process of a fleet has a cache of its own in front of the shared one. If a paid call drops the balance in one
//! process only, or only in the shared store, the others show credits that are spent, until the TTL has passed.
//!
//! ## How
//!
//! Sessions in two processes check, so that both have cached the balance. One makes a paid call that succeeds, and the
//! balance changes. Both must report the new balance: the process that made the call at once, the other one within a
//! second (300 ms if the client is given a short TTL).

use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, Stop, has_spend};
use crate::checks::client::support::cache_support::{caches, filled, keeps, other};
use crate::checks::client::support::fleet::{check_until, open_fleet, stored};
use crate::checks::client_trial::ClientTrial;
use crate::checks::verdict::Side;
use crate::client::Capability;
use crate::contract::{Level, Role};

pub(super) const CHECK: Check = Check {
    id: "cache.fleet-after-spend",
    side: Side::Client,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: true,
    needs: &[
        Need::Capability(Capability::Cache),
        Need::Capability(Capability::Fleet),
        Need::Capability(Capability::Spend),
    ],
    faults: &["fleet-spend-not-shared", "fleet-notifications-ignored"],
    applies: |contract| {
        caches(contract)?;
        has_spend(contract)?;
        let promised =
            contract.caching.client.as_ref().is_some_and(|rule| rule.invalidated_by.contains_key(&Role::Spend));
        if promised { Ok(()) } else { Err("the contract does not say that a paid call drops what clients keep") }
    },
    judge: Judge::Client(|trial| Box::pin(judge(trial))),
};

async fn judge(trial: &ClientTrial<'_>) -> Judgement {
    let Some(promise) = trial.cache_rule()?.invalidated_by.get(&Role::Spend) else { return Ok(()) };
    let true_balance = trial.credits(100);
    let (first, second) = open_fleet(trial, true_balance).await?;
    let fill = trial.check(&first).await?;
    filled(&fill, &true_balance)?;
    stored().await;
    trial.check(&second).await?;
    keeps(trial, &second).await?;
    let spent = trial.spend(&first).await?;
    if spent.received.is_empty() || spent.outcome.is_err() {
        return Err(Stop::Inconclusive(format!("the paid call did not succeed: {}", spent.found())));
    }
    let left = other(trial, &true_balance);
    trial.change(&first, left);
    let own = trial.check(&first).await?;
    trial.judge(promise, Role::Balance, &[&fill, &spent, &own], own.reports(&left), || {
        format!("after a paid call, in the process that made it: expected {left}, found {}", own.found())
    })?;
    let read = check_until(trial, &second, &left).await?;
    trial.judge(promise, Role::Balance, &[&fill, &spent, &read], read.reports(&left), || {
        format!("after a paid call in another process: expected {left}, found {}", read.found())
    })
}
