//! # Within the TTL a check makes no request
//!
//! ## What it checks
//!
//! Checks that a cached balance is used for as long as the contract requires.
//!
//! ## Why it matters
//!
//! Applications check the balance before every paid action. A client that asks the server each time adds a round trip
//! to every action, and runs into rate limits.
//!
//! ## How
//!
//! The balance is checked several times at once, and again just before the shortest TTL of the contract ends. Only
//! the first request may arrive, and every result must be the first balance.

use std::time::Duration;

use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, Stop};
use crate::checks::client::support::cache_support::{ask_once, caches, read_young};
use crate::checks::client::support::repeated_reads::RepeatedReads;
use crate::checks::client_session::{Call, ClientSession, requests};
use crate::checks::client_trial::ClientTrial;
use crate::checks::traffic::Passive;
use crate::checks::verdict::Side;
use crate::client::Capability;
use crate::contract::{Level, Role};
use crate::model::BalanceValues;

pub(super) const CHECK: Check = Check {
    id: "cache.hit",
    side: Side::Client,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: false,
    needs: &[Need::Capability(Capability::Cache)],
    faults: &["nothing-cached", "cached-too-short"],
    applies: caches,
    judge: Judge::ClientOrTraffic(|trial| Box::pin(judge(trial)), Passive::Sequence(RepeatedReads::watch)),
};

async fn judge(trial: &ClientTrial<'_>) -> Judgement {
    let rule = trial.cache_rule()?;
    let young = trial.ttl(rule).young();
    if young.is_zero() {
        return Err(Stop::NotApplicable("the contract lets clients keep answers, and names no least time".to_owned()));
    }
    let true_balance = trial.credits(100);
    for _ in 0..3 {
        let (session, fill) = ask_once(trial, true_balance).await?;
        let mut decided = false;
        for age in [Duration::ZERO, Duration::ZERO, young] {
            let read = match read_young(trial, &session, &fill, age).await {
                // What needs no waiting has been judged.
                Err(Stop::CouldNotRun(_)) if decided => return Ok(()),
                read => read?,
            };
            decided = read.is_some();
            if let Some(read) = read {
                judge_hit(trial, &fill, &read, &true_balance)?;
            }
        }
        if decided {
            return Ok(());
        }
        drop::<ClientSession>(session);
    }
    Err(Stop::Inconclusive("time passed too fast to tell within the TTL from after it".to_owned()))
}

fn judge_hit(trial: &ClientTrial<'_>, fill: &Call, read: &Call, true_balance: &BalanceValues) -> Judgement {
    let rule = trial.cache_rule()?;
    let sent = read.received.len();
    trial.judge(&rule.promise, Role::Balance, &[fill, read], sent == 0 && read.reports(true_balance), || {
        format!(
            "within the TTL: expected the first answer and no request, found {} and {}",
            read.found(),
            requests(sent)
        )
    })
}
