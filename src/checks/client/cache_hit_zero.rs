//! # An empty balance is cached like any other
//!
//! ## What it checks
//!
//! Checks that a balance of zero, or `allowed: false`, is cached.
//!
//! ## Why it matters
//!
//! `if (cached)` is false for a cached 0. Owners of empty accounts retry most, so exactly this load reaches the
//! server.
//!
//! ## How
//!
//! An account has no credits, or is not allowed to spend. Within the TTL no second request may arrive.

use std::time::Duration;

use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, Stop};
use crate::checks::client::support::cache_support::{ask_once, caches, read_young};
use crate::checks::client::support::repeated_reads::RepeatedReads;
use crate::checks::client_session::requests;
use crate::checks::client_trial::ClientTrial;
use crate::checks::traffic::Passive;
use crate::checks::verdict::Side;
use crate::client::Capability;
use crate::contract::{Level, Role};

pub(super) const CHECK: Check = Check {
    id: "cache.hit-zero",
    side: Side::Client,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: false,
    needs: &[Need::Capability(Capability::Cache)],
    faults: &["zero-not-cached", "denial-not-cached"],
    applies: caches,
    judge: Judge::ClientOrTraffic(|trial| Box::pin(judge(trial)), Passive::Sequence(RepeatedReads::watch_exhausted)),
};

async fn judge(trial: &ClientTrial<'_>) -> Judgement {
    let rule = trial.cache_rule()?;
    if trial.ttl(rule).young().is_zero() {
        return Err(Stop::NotApplicable("the contract lets clients keep answers, and names no least time".to_owned()));
    }
    // A client that keeps nothing at all is another matter.
    let (plain, fill) = ask_once(trial, trial.credits(100)).await?;
    let kept = read_young(trial, &plain, &fill, Duration::ZERO).await?;
    if kept.is_none_or(|read| !read.received.is_empty()) {
        return Err(Stop::Inconclusive("the client keeps no answer at all: `cache.hit` says more".to_owned()));
    }
    let true_balance = trial.credits(0);
    let (session, fill) = ask_once(trial, true_balance).await?;
    for _ in 0..3 {
        let Some(read) = read_young(trial, &session, &fill, Duration::ZERO).await? else { continue };
        let sent = read.received.len();
        trial.judge(&rule.promise, Role::Balance, &[&fill, &read], sent == 0 && read.reports(&true_balance), || {
            format!(
                "{true_balance}, within the TTL: expected the same and no request, found {} and {}",
                read.found(),
                requests(sent)
            )
        })?;
    }
    Ok(())
}
