//! # "Allowed because the check failed" is not cached
//!
//! ## What it checks
//!
//! Checks that a fail-open result ends with the failure.
//!
//! ## Why it matters
//!
//! Failing open is meant for the moment of the failure. If it is cached for the whole TTL, everybody is allowed
//! through long after the server works again.
//!
//! ## How
//!
//! Checks fail in every way while the account is empty. Then the server works again: the next check, or one shortly
//! after it, must make a request and report that nothing is left.

use std::time::Duration;

use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, Stop};
use crate::checks::client::support::cache_support::{REAL_BACK_OFF, caches};
use crate::checks::client::support::failure_policy::{allows, telling};
use crate::checks::client::support::failures;
use crate::checks::client::support::kept_failures::KeptFailures;
use crate::checks::client_session::{Call, ClientSession, requests};
use crate::checks::client_trial::ClientTrial;
use crate::checks::time::Passing;
use crate::checks::traffic::Passive;
use crate::checks::verdict::Side;
use crate::client::Capability;
use crate::contract::{FailureMode, Level, Promise, Role};
use crate::model::BalanceValues;

pub(super) const CHECK: Check = Check {
    id: "cache.no-fail-open",
    side: Side::Client,
    level: Level::Should,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: true,
    needs: &[Need::Capability(Capability::Cache)],
    faults: &["fail-open-cached", "stays-open-after-failure", "fail-open-cached-after-timeout"],
    applies: |contract| {
        caches(contract)?;
        let open = contract.failure.as_ref().is_some_and(|policy| policy.mode == FailureMode::Open);
        if open { Ok(()) } else { Err("checks do not fail open") }
    },
    judge: Judge::ClientOrTraffic(|trial| Box::pin(judge(trial)), Passive::Sequence(KeptFailures::watch)),
};

/// How long a client may leave the server alone after a failure.
const BACK_OFF: Duration = Duration::from_secs(10);

async fn judge(trial: &ClientTrial<'_>) -> Judgement {
    let rule = trial.cache_rule()?;
    // That it is the failure which must not be kept is concluded from the sentence, and so a `should` at most.
    let promise = Promise { level: rule.promise.level.min(Level::Should), ..rule.promise.clone() };
    let first = trial.open(trial.credits(1)).await?;
    let true_balance = telling(trial, 0);
    let mut met = Vec::new();
    for failure in failures::quick_and_one_slow(trial, &first)? {
        let (session, failed) = failures::met_by_new_session(trial, &failure, true_balance).await?;
        let Some(failed) = failed else { continue };
        // A Retry-After lets a client wait; what it says until then is no kept answer.
        if !allows(trial, &failed) || failure.kind == failures::FailureKind::RateLimit {
            continue;
        }
        let read = trial.check(&session).await?;
        met.push(Met { failure: failure.name, session, failed, read });
    }
    check_after_back_off(trial, &mut met, &true_balance).await?;
    for Met { failure, failed, read, .. } in &met {
        trial.judge(&promise, Role::Balance, &[failed, read], read.reports(&true_balance), || {
            format!(
                "{failure}, then all well: expected a request and {true_balance}, found {} and {}",
                requests(read.received.len()),
                read.found()
            )
        })?;
    }
    Ok(())
}

/// A failure that was met, and what was told when all was well again.
struct Met {
    failure: &'static str,
    session: ClientSession,
    failed: Call,
    read: Call,
}

/// A client may back off after a failure. The back-off ends long before a response would be out of date. Those that do
/// not report the balance yet are asked again afterwards, by their own clock or by the real one, for which all of them wait together.
async fn check_after_back_off(
    trial: &ClientTrial<'_>,
    met: &mut [Met],
    true_balance: &BalanceValues,
) -> Result<(), Stop> {
    let clocks: &[bool] = if trial.passing() == Passing::Moved { &[false, true] } else { &[true] };
    for real in clocks {
        let mut waiting: Vec<&mut Met> = met.iter_mut().filter(|met| !met.read.reports(true_balance)).collect();
        if waiting.is_empty() {
            break;
        }
        if trial.passing() == Passing::Moved {
            for met in &waiting {
                trial.advance(&met.session, BACK_OFF).await?;
            }
        }
        if *real {
            tokio::time::sleep(REAL_BACK_OFF).await;
        }
        for met in &mut waiting {
            met.read = trial.check(&met.session).await?;
        }
    }
    Ok(())
}
