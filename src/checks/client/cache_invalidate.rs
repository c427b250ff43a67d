//! # `invalidate` drops the cached balance
//!
//! ## What it checks
//!
//! Checks that the next check after `invalidate` makes a request.
//!
//! ## Why it matters
//!
//! A shop calls `invalidate` after a purchase. A client that still uses its cache turns away the customer who has
//! just paid.
//!
//! ## How
//!
//! The balance is checked and then changed. The client is told to invalidate, and checks again. A request must
//! arrive.

use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule};
use crate::checks::client::support::cache_support::{ask_once, caches, keeps, other};
use crate::checks::client_session::requests;
use crate::checks::client_trial::ClientTrial;
use crate::checks::standards::declared;
use crate::checks::verdict::Side;
use crate::client::Capability;
use crate::contract::{Level, Role};
use crate::subject::Function;

pub(super) const CHECK: Check = Check {
    id: "cache.invalidate",
    side: Side::Client,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: false,
    needs: &[Need::Capability(Capability::Cache), Need::Capability(Capability::Invalidate)],
    faults: &["cached-after-invalidate"],
    applies: caches,
    judge: Judge::Client(|trial| Box::pin(judge(trial))),
};

async fn judge(trial: &ClientTrial<'_>) -> Judgement {
    let true_balance = trial.credits(100);
    let (session, fill) = ask_once(trial, true_balance).await?;
    keeps(trial, &session).await?;
    let changed = other(trial, &true_balance);
    trial.change(&session, changed);
    trial.call(&session, Function::Invalidate).await?;
    let read = trial.check(&session).await?;
    let asked = !read.received.is_empty() && read.reports(&changed);
    trial.judge(&declared("invalidate"), Role::Balance, &[&fill, &read], asked, || {
        format!(
            "told to drop what it keeps: expected a request and {changed}, found {} and {}",
            requests(read.received.len()),
            read.found()
        )
    })
}
