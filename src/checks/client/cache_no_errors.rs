//! # A failure is not kept as a balance
//!
//! One failed request, and for the whole TTL the account is empty, or full.
//!
//! The check fails in every way; then all is well again, and the next check must tell the balance or go on failing, and never
//! tell another balance.

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
