//! # Sessions with the same credential share one cache
//!
//! ## What it checks
//!
//! Checks a client that declares the capability `shared_cache`.
//!
//! ## Why it matters
//!
//! Without a shared cache each worker asks the server for the same balance.
//!
//! ## How
//!
//! Two sessions with the same base URL, tenant and credential check one after the other. One request may arrive.

use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule};
use crate::checks::client::support::cache_support::{caches, filled};
use crate::checks::client_session::requests;
use crate::checks::client_trial::{ClientTrial, SessionOptions};
use crate::checks::standards::declared;
use crate::checks::verdict::Side;
use crate::client::Capability;
use crate::contract::{Level, Role};

pub(super) const CHECK: Check = Check {
    id: "cache.shared",
    side: Side::Client,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: false,
    needs: &[Need::Capability(Capability::Cache), Need::Capability(Capability::SharedCache)],
    faults: &["cache-not-shared"],
    applies: caches,
    judge: Judge::Client(|trial| Box::pin(judge(trial))),
};

async fn judge(trial: &ClientTrial<'_>) -> Judgement {
    let true_balance = trial.credits(100);
    let first = trial.open(true_balance).await?;
    let setting = SessionOptions {
        endpoint: Some(first.endpoint.clone()),
        identity: Some(first.identity.clone()),
        ..SessionOptions::default()
    };
    let second = trial.open_at(true_balance, setting).await?;
    let fill = trial.check(&first).await?;
    filled(&fill, &true_balance)?;
    let read = trial.check(&second).await?;
    trial.judge(
        &declared("shared_cache"),
        Role::Balance,
        &[&fill, &read],
        read.received.is_empty() && read.reports(&true_balance),
        || {
            format!(
                "a second session with the same credential: expected {true_balance} and no request, found {} and {}",
                read.found(),
                requests(read.received.len())
            )
        },
    )
}
