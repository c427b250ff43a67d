//! # The TTL counts from the request, also in a process that got the balance from another one
//!
//! ## What it checks
//!
//! Checks a client that declares the capability `fleet`: a balance is not reported after the TTL by a process that took
//! it from the shared cache.
//!
//! ## Why it matters
//!
//! A cache in front of a cache often starts its own TTL when it is filled. A balance that is nearly expired is then
//! reported for nearly twice the TTL.
//!
//! ## How
//!
//! A session in one process checks. Before the TTL has passed, a session in another process checks, and so takes the
//! balance from the shared cache. After the TTL, counted from the first check, it checks again. It must make a request
//! and report the new balance.

use std::time::Duration;

use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, Stop};
use crate::checks::client::support::cache_support::{caches, filled, other};
use crate::checks::client::support::fleet::open_fleet;
use crate::checks::client_session::{Call, ClientSession, requests};
use crate::checks::client_trial::ClientTrial;
use crate::checks::verdict::Side;
use crate::client::Capability;
use crate::contract::{Level, Role};

pub(super) const CHECK: Check = Check {
    id: "cache.fleet-expiry",
    side: Side::Client,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: false,
    needs: &[Need::Capability(Capability::Cache), Need::Capability(Capability::Fleet)],
    faults: &["fleet-ttl-restarts"],
    applies: caches,
    judge: Judge::Client(|trial| Box::pin(judge(trial))),
};

async fn judge(trial: &ClientTrial<'_>) -> Judgement {
    let rule = trial.cache_rule()?;
    let ttl = trial.ttl(rule);
    let (Some(old), Some(longest)) = (ttl.old(), ttl.longest) else {
        return Err(Stop::NotApplicable(
            "the contract names no longest time for which clients keep answers".to_owned(),
        ));
    };
    let true_balance = trial.credits(100);
    let (first, second) = open_fleet(trial, true_balance).await?;
    let fill = trial.check(&first).await?;
    filled(&fill, &true_balance)?;
    pass(trial, [&first, &second], &fill, longest * 3 / 4).await?;
    let taken = trial.check(&second).await?;
    if !taken.received.is_empty() {
        return Err(Stop::Inconclusive("another process made a request: `cache.fleet-shared` says more".to_owned()));
    }
    let changed = other(trial, &true_balance);
    trial.change(&first, changed);
    pass(trial, [&first, &second], &fill, old).await?;
    let read = trial.check(&second).await?;
    if !ttl.demands_miss(trial.age(&fill, &read)) {
        return Err(Stop::Inconclusive("too little time passed to tell".to_owned()));
    }
    let holds = !read.received.is_empty() && read.reports(&changed);
    trial.judge(&rule.promise, Role::Balance, &[&fill, &taken, &read], holds, || {
        format!(
            "after the TTL, in a process that got the balance from another one: expected a request and {changed}, found {} and {}",
            requests(read.received.len()),
            read.found()
        )
    })
}

/// Lets time pass in both processes until the response has this age.
async fn pass(trial: &ClientTrial<'_>, sessions: [&ClientSession; 2], fill: &Call, age: Duration) -> Result<(), Stop> {
    for session in sessions {
        trial.age_to(session, fill, age).await?;
    }
    Ok(())
}
