//! # A failure is not cached as a balance
//!
//! ## What it checks
//!
//! Checks that a failed check leaves no balance in the cache.
//!
//! ## Why it matters
//!
//! After one failed request the account would appear empty, or full, for the whole TTL.
//!
//! ## How
//!
//! Checks fail in every way. Then the server works again: the next check must report the true balance or an error,
//! never another balance.

use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule};
use crate::checks::client::support::cache_support::caches;
use crate::checks::client::support::failure_policy::{is_open, made_up_nothing, telling};
use crate::checks::client::support::failures;
use crate::checks::client_trial::ClientTrial;
use crate::checks::verdict::Side;
use crate::client::Capability;
use crate::contract::{Level, Role};
use crate::subject::Function;

pub(super) const CHECK: Check = Check {
    id: "cache.no-errors",
    side: Side::Client,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: false,
    needs: &[Need::Capability(Capability::Cache)],
    faults: &["errors-cached"],
    applies: caches,
    judge: Judge::Client(|trial| Box::pin(judge(trial))),
};

async fn judge(trial: &ClientTrial<'_>) -> Judgement {
    let rule = trial.cache_rule()?;
    let first = trial.open(trial.credits(1)).await?;
    // Where failing means yes, the balance says yes too, so that a kept failure cannot be taken for it.
    let true_balance = if is_open(trial) { trial.credits(422) } else { telling(trial, 422) };
    for failure in failures::all(trial, &first)?.iter().filter(|failure| !failure.is_slow()) {
        let session = failures::seat_for(trial, failure, true_balance).await?;
        let Some(failed) = failures::suffer(trial, failure, &session, Function::Check).await? else { continue };
        if failed.reports(&true_balance) && !is_open(trial) {
            continue;
        }
        let read = trial.check(&session).await?;
        let right = read.reports(&true_balance) || made_up_nothing(trial, &read);
        trial.judge(&rule.promise, Role::Balance, &[&failed, &read], right, || {
            format!("{}, then all well: expected {true_balance}, found {}", failure.name, read.found())
        })?;
    }
    Ok(())
}
