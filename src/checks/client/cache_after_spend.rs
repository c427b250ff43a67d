//! # A successful paid call invalidates the cached balance
//!
//! ## What it checks
//!
//! Checks that the next check after a successful paid call makes a request.
//!
//! ## Why it matters
//!
//! After the last credit is spent, the cached balance still shows one. An application that trusts it starts work that
//! will be refused half way.
//!
//! ## How
//!
//! The client checks the balance, makes a paid call that succeeds, and checks again. A request must arrive.

use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, Stop, has_spend};
use crate::checks::client::support::cache_support::{ask_once, caches, keeps, other};
use crate::checks::client_session::requests;
use crate::checks::client_trial::ClientTrial;
use crate::checks::verdict::Side;
use crate::client::Capability;
use crate::contract::{Level, Role};

pub(super) const CHECK: Check = Check {
    id: "cache.after-spend",
    side: Side::Client,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: false,
    needs: &[Need::Capability(Capability::Cache), Need::Capability(Capability::Spend)],
    faults: &["cached-after-spend"],
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
    let (session, fill) = ask_once(trial, true_balance).await?;
    keeps(trial, &session).await?;
    let spent = trial.spend(&session).await?;
    if spent.received.is_empty() || spent.outcome.is_err() {
        return Err(Stop::Inconclusive(format!("the paid call did not succeed: {}", spent.found())));
    }
    let left = other(trial, &true_balance);
    trial.change(&session, left);
    let read = trial.check(&session).await?;
    trial.judge(
        promise,
        Role::Balance,
        &[&fill, &spent, &read],
        !read.received.is_empty() && read.reports(&left),
        || {
            format!(
                "after a successful paid call: expected a request and {left}, found {} and {}",
                requests(read.received.len()),
                read.found()
            )
        },
    )
}
