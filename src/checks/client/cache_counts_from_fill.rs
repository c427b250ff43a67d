//! # Reading a cached balance does not extend its TTL
//!
//! ## What it checks
//!
//! Checks that the TTL is counted from the response, not from the last read.
//!
//! ## Why it matters
//!
//! If every read extends the TTL, the busiest customers see the oldest balance: it is read too often to expire.
//!
//! ## How
//!
//! The balance is read throughout the TTL. After the TTL, counted from the first response, a request must arrive.

use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, Stop};
use crate::checks::client::support::cache_support::{ask_once, caches, other};
use crate::checks::client_trial::ClientTrial;
use crate::checks::verdict::Side;
use crate::client::Capability;
use crate::contract::{Level, Role};

pub(super) const CHECK: Check = Check {
    id: "cache.counts-from-fill",
    side: Side::Client,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: false,
    needs: &[Need::Capability(Capability::Cache)],
    faults: &["renewed-by-reading"],
    applies: caches,
    judge: Judge::Client(|trial| Box::pin(judge(trial))),
};

async fn judge(trial: &ClientTrial<'_>) -> Judgement {
    let rule = trial.cache_rule()?;
    let ttl = trial.ttl(rule);
    let Some(old) = ttl.old() else {
        return Err(Stop::NotApplicable(
            "the contract names no longest time for which clients keep answers".to_owned(),
        ));
    };
    trial.time_passes().await?;
    let true_balance = trial.credits(100);
    let (session, mut fill) = ask_once(trial, true_balance).await?;
    let changed = other(trial, &true_balance);
    trial.change(&session, changed);
    let mut read = fill.clone();
    for step in 1..=8 {
        trial.age_to(&session, &fill, old * step / 8).await?;
        read = trial.check(&session).await?;
        if step < 8 && !read.received.is_empty() {
            // It may ask earlier than it must; then the time counts from there.
            fill = read.clone();
        }
    }
    if !ttl.demands_miss(trial.age(&fill, &read)) {
        return trial.judge(&rule.promise, Role::Balance, &[&read], true, String::new);
    }
    let requests = read.received.len();
    trial.judge(&rule.promise, Role::Balance, &[&fill, &read], requests == 1 && read.reports(&changed), || {
        format!(
            "looked at throughout the TTL: expected one request after it and {changed}, found {requests} and {}",
            read.found()
        )
    })
}
