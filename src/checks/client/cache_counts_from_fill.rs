//! # Looking at a kept answer does not make it younger
//!
//! Where each look renews the TTL, the balance of the busiest customers is the oldest: it is looked at too often to ever be
//! asked for again.
//!
//! The balance is looked at throughout the TTL; after it, counted from the first answer, a request must arrive.

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
