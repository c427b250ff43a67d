//! # The processes of a fleet share one cache
//!
//! ## What it checks
//!
//! Checks a client that declares the capability `fleet`: a balance that one process has requested is reported by another
//! one without a request.
//!
//! ## Why it matters
//!
//! Without a shared cache every process asks the server for the same balance. With a hundred processes, the server gets a
//! hundred times the requests that the TTL is meant to allow.
//!
//! ## How
//!
//! The client is started twice. A session in one process checks, then a session with the same base URL and credential in
//! the other one. The second check must report the balance without a request.

use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule};
use crate::checks::client::support::cache_support::{caches, filled};
use crate::checks::client::support::fleet::{open_fleet, stored};
use crate::checks::client_session::requests;
use crate::checks::client_trial::ClientTrial;
use crate::checks::standards::declared;
use crate::checks::verdict::Side;
use crate::client::Capability;
use crate::contract::{Level, Role};

pub(super) const CHECK: Check = Check {
    id: "cache.fleet-shared",
    side: Side::Client,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: false,
    needs: &[Need::Capability(Capability::Cache), Need::Capability(Capability::Fleet)],
    faults: &["fleet-store-unused"],
    applies: caches,
    judge: Judge::Client(|trial| Box::pin(judge(trial))),
};

async fn judge(trial: &ClientTrial<'_>) -> Judgement {
    let true_balance = trial.credits(100);
    let (first, second) = open_fleet(trial, true_balance).await?;
    let fill = trial.check(&first).await?;
    filled(&fill, &true_balance)?;
    stored().await;
    let read = trial.check(&second).await?;
    let holds = read.received.is_empty() && read.reports(&true_balance);
    trial.judge(&declared("fleet"), Role::Balance, &[&fill, &read], holds, || {
        format!(
            "a check in another process: expected {true_balance} and no request, found {} and {}",
            read.found(),
            requests(read.received.len())
        )
    })
}
