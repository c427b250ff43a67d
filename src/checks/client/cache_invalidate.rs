//! # `invalidate` drops the kept balance
//!
//! Whoever sells credits tells the client that its answer is out of date. A client that keeps it nevertheless turns away the
//! customer who has just paid.
//!
//! The balance is checked and changes, the client is told to drop what it keeps, and the balance is checked again: a request
//! must arrive.

use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule};
use crate::checks::client::support::cache_support::{ask_once, caches, keeps, other};
use crate::checks::client::support::promises::declared;
use crate::checks::client_session::requests;
use crate::checks::client_trial::ClientTrial;
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
    let truth = trial.credits(100);
    let (seat, fill) = ask_once(trial, truth).await?;
    keeps(trial, &seat).await?;
    let changed = other(trial, &truth);
    trial.change(&seat, changed);
    trial.call(&seat, Function::Invalidate).await?;
    let read = trial.check(&seat).await?;
    let asked = !read.received.is_empty() && read.reports(&changed);
    trial.judge(&declared("invalidate"), Role::Balance, &[&fill, &read], asked, || {
        format!(
            "told to drop what it keeps: expected a request and {changed}, found {} and {}",
            requests(read.received.len()),
            read.found()
        )
    })
}
