//! # After the TTL a check makes exactly one request
//!
//! ## What it checks
//!
//! Checks that a cached balance is replaced when its TTL has passed.
//!
//! ## Why it matters
//!
//! A balance that is cached for too long lets unpaid work through, or turns away customers who have just bought
//! credits.
//!
//! ## How
//!
//! The balance changes. After the longest TTL of the contract, one request must arrive and the new balance must be
//! reported. If the client's clock can be moved, the check first makes sure that moving it has an effect.

use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, Stop};
use crate::checks::client::support::cache_support::{ask_once, caches, other};
use crate::checks::client_trial::ClientTrial;
use crate::checks::verdict::Side;
use crate::client::Capability;
use crate::contract::{Level, Role};

pub(super) const CHECK: Check = Check {
    id: "cache.refetch",
    side: Side::Client,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: false,
    needs: &[Need::Capability(Capability::Cache)],
    faults: &["cached-too-long", "cached-forever"],
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
    let moves = trial.clock_moves_at_all().await?;
    let true_balance = trial.credits(100);
    let (session, fill) = ask_once(trial, true_balance).await?;
    let changed = other(trial, &true_balance);
    trial.change(&session, changed);
    trial.age_to(&session, &fill, old).await?;
    let read = trial.check(&session).await?;
    if !ttl.demands_miss(trial.age(&fill, &read)) {
        return Err(Stop::Inconclusive("too little time passed to tell".to_owned()));
    }
    let requests = read.received.len();
    trial.judge(&rule.promise, Role::Balance, &[&fill, &read], requests == 1 && read.reports(&changed), || {
        let hint = if moves { "" } else { "; nor does it ask years later, so that it keeps answers for ever, or its clock does not move when it is told to" };
        format!("after the TTL: expected one request and {changed}, found {requests} and {}{hint}", read.found())
    })?;
    if requests == 1 && ttl.least > std::time::Duration::ZERO {
        let again = trial.check(&session).await?;
        if ttl.demands_hit(trial.age(&read, &again)) {
            trial.judge(&rule.promise, Role::Balance, &[&read, &again], again.received.is_empty(), || {
                "after the TTL a new answer came: expected it to be kept in turn, found another request".to_owned()
            })?;
        }
    }
    Ok(())
}
