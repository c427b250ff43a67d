//! # `invalidate` in one process drops the cached balance in all processes
//!
//! ## What it checks
//!
//! Checks a client that declares the capabilities `fleet` and `invalidate`: after `invalidate` in one process, another
//! process reports the new balance.
//!
//! ## Why it matters
//!
//! Applications call `invalidate` when they learn that credits were bought. The customer's next request may be served by
//! another process, and must not show the old balance.
//!
//! ## How
//!
//! Sessions in two processes check, so that both have cached the balance. The balance changes, and `invalidate` is called
//! in one process. The other one must report the new balance within a second (300 ms if the client is given a short TTL).

use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule};
use crate::checks::client::support::cache_support::{caches, filled, keeps, other};
use crate::checks::client::support::fleet::{check_until, open_fleet, stored};
use crate::checks::client_trial::ClientTrial;
use crate::checks::standards::declared;
use crate::checks::verdict::Side;
use crate::client::Capability;
use crate::contract::{Level, Role};
use crate::subject::Function;

pub(super) const CHECK: Check = Check {
    id: "cache.fleet-invalidate",
    side: Side::Client,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: true,
    needs: &[
        Need::Capability(Capability::Cache),
        Need::Capability(Capability::Fleet),
        Need::Capability(Capability::Invalidate),
    ],
    faults: &["fleet-invalidate-not-shared", "fleet-notifications-ignored"],
    applies: caches,
    judge: Judge::Client(|trial| Box::pin(judge(trial))),
};

async fn judge(trial: &ClientTrial<'_>) -> Judgement {
    let true_balance = trial.credits(100);
    let (first, second) = open_fleet(trial, true_balance).await?;
    let fill = trial.check(&first).await?;
    filled(&fill, &true_balance)?;
    stored().await;
    trial.check(&second).await?;
    keeps(trial, &second).await?;
    let changed = other(trial, &true_balance);
    trial.change(&first, changed);
    let dropped = trial.call(&first, Function::Invalidate).await?;
    let read = check_until(trial, &second, &changed).await?;
    trial.judge(&declared("fleet"), Role::Balance, &[&fill, &dropped, &read], read.reports(&changed), || {
        format!("after `invalidate` in another process: expected {changed}, found {}", read.found())
    })
}
