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
//! never another balance. A client may leave a server that failed alone for a moment, but not for as long as it keeps
//! balances.

use std::time::Duration;

use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule};
use crate::checks::client::support::cache_support::{caches, wait_out_back_off};
use crate::checks::client::support::failure_policy::{is_open, made_up_nothing, telling};
use crate::checks::client::support::failures;
use crate::checks::client_session::{Call, ClientSession};
use crate::checks::client_trial::ClientTrial;
use crate::checks::time::Passing;
use crate::checks::verdict::Side;
use crate::client::Capability;
use crate::contract::{CacheRule, Level, Promise, Role};

pub(super) const CHECK: Check = Check {
    id: "cache.no-errors",
    side: Side::Client,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: true,
    needs: &[Need::Capability(Capability::Cache)],
    faults: &["errors-cached", "failure-kept", "timeout-cached-as-balance"],
    applies: caches,
    judge: Judge::Client(|trial| Box::pin(judge(trial))),
};

async fn judge(trial: &ClientTrial<'_>) -> Judgement {
    let rule = trial.cache_rule()?;
    let first = trial.open(trial.credits(1)).await?;
    // Where failing means yes, the balance says yes too, so that a kept failure cannot be taken for it.
    let true_balance = if is_open(trial) { trial.credits(422) } else { telling(trial, 422) };
    let mut judged_later = Vec::new();
    for failure in &failures::quick_and_one_slow(trial, &first)? {
        let (session, failed) = failures::met_by_new_session(trial, failure, true_balance).await?;
        let Some(failed) = failed else { continue };
        if failed.reports(&true_balance) && !is_open(trial) {
            continue;
        }
        let read = trial.check(&session).await?;
        let right = read.reports(&true_balance) || made_up_nothing(trial, &read);
        trial.judge(&rule.promise, Role::Balance, &[&failed, &read], right, || {
            format!("{}, then all well: expected {true_balance}, found {}", failure.name, read.found())
        })?;
        let kept = read.outcome.is_err() && read.received.is_empty();
        // One failure of a kind stands for all, because this takes time.
        if kept && !judged_later.contains(&failure.kind) && failure.kind != failures::FailureKind::RateLimit {
            judged_later.push(failure.kind);
            judge_later(trial, failure.name, &session, &failed, rule).await?;
        }
    }
    Ok(())
}

/// Judges that a client which leaves a failing server alone for a moment does not do so for as long as it keeps balances.
async fn judge_later(
    trial: &ClientTrial<'_>,
    failure: &str,
    session: &ClientSession,
    failed: &Call,
    rule: &CacheRule,
) -> Judgement {
    let kept = trial.ttl(rule).young();
    if trial.passing() != Passing::Moved || kept < MOMENT {
        return Ok(());
    }
    trial.time_passes().await?;
    wait_out_back_off(trial, session, kept).await?;
    let read = trial.check(session).await?;
    let asked = !read.received.is_empty() || read.outcome.is_ok();
    // No source says that failures are not kept: the rule is about balances.
    let promise = Promise { level: rule.promise.level.min(Level::Should), ..rule.promise.clone() };
    trial.judge(&promise, Role::Balance, &[failed, &read], asked, || {
        let seconds = kept.as_secs();
        format!("{failure}, and {seconds} s later all well: expected a request, found none and {}", read.found())
    })
}

/// For so long a client may leave a server alone that failed.
const MOMENT: Duration = Duration::from_secs(30);
