//! # A failed check lets users go on
//!
//! ## What it checks
//!
//! Checks that use is allowed whenever the check fails, if the contract says so.
//!
//! ## Why it matters
//!
//! An outage of the provider must not become an outage of the shop. The documentation says: if the check fails, still
//! allow; the paid call decides.
//!
//! ## How
//!
//! The check fails in every way: connection refused, reset, time-out, truncated response, with and without the
//! promised body, an HTML page, a missing flag, a rate limit. Each time the client must report that use is allowed.

use crate::checks::check::{Check, CheckKind, Judge, Judgement, Schedule, has_balance};
use crate::checks::client::support::failure_policy::{allows, telling};
use crate::checks::client::support::failures::{self, Pace};
use crate::checks::client_trial::ClientTrial;
use crate::checks::verdict::Side;
use crate::contract::{FailureMode, Level, Role};

pub(super) const CHECK: Check = Check {
    id: "fail-open.allows",
    side: Side::Client,
    level: Level::Should,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: true,
    needs: &[],
    faults: &[
        "fails-closed",
        "fails-closed-on-server-error",
        "fails-closed-on-network",
        "fails-closed-on-timeout",
        "fails-closed-on-malformed",
        "fails-closed-on-rate-limit",
        "missing-read-as-denial",
        "missing-field-read-as-denial",
    ],
    applies: |contract| {
        has_balance(contract)?;
        let open = contract.failure.as_ref().is_some_and(|policy| policy.mode == FailureMode::Open);
        if !open {
            return Err("checks do not fail open");
        }
        let promise = contract.failure.as_ref().and_then(|policy| policy.client.as_ref());
        promise.map(drop).ok_or("the contract states nothing about clients whose check fails")
    },
    judge: Judge::Client(|trial| Box::pin(judge(trial))),
};

async fn judge(trial: &ClientTrial<'_>) -> Judgement {
    let policy = trial.contract.failure.as_ref();
    let Some(promise) = policy.and_then(|policy| policy.client.as_ref()) else { return Ok(()) };
    for pace in [Pace::Quick, Pace::Slow] {
        for (failure, failed) in failures::all_suffered(trial, telling(trial, 0), pace).await? {
            let shown: Vec<_> = failed.iter().collect();
            let allowed = failed.as_ref().is_some_and(|call| allows(trial, call));
            trial.judge(promise, Role::Balance, &shown, allowed, || {
                let found = failed
                    .as_ref()
                    .map_or_else(|| "no answer at all".to_owned(), crate::checks::client_session::Call::found);
                format!("{}: expected that use is allowed, found {found}", failure.name)
            })?;
        }
    }
    Ok(())
}
