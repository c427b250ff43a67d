//! # A failed check is reported as an error
//!
//! ## What it checks
//!
//! Checks that no balance is reported when the check fails, if the contract does not let clients fail open.
//!
//! ## Why it matters
//!
//! A balance that was not read is unknown. A client that reports one, or that use is allowed, gives away what will be
//! billed.
//!
//! ## How
//!
//! The check fails in every way: connection refused, reset, time-out, truncated response, an HTML page, a missing
//! field, a rate limit. Each time the client must report an error.

use crate::checks::check::{Check, CheckKind, Judge, Judgement, Schedule, has_balance};
use crate::checks::client::support::failure_policy::telling;
use crate::checks::client::support::failures::{self, Pace, Suffered};
use crate::checks::client_trial::ClientTrial;
use crate::checks::standards::status_class;
use crate::checks::verdict::Side;
use crate::contract::{FailureMode, Level, Role};

pub(super) const CHECK: Check = Check {
    id: "fail-open.surfaces",
    side: Side::Client,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: true,
    needs: &[],
    faults: &["fails-open", "failure-reported-as-minus-one"],
    applies: |contract| {
        has_balance(contract)?;
        let closed = contract.failure.as_ref().is_some_and(|policy| policy.mode == FailureMode::Closed);
        if closed { Ok(()) } else { Err("the contract does not say that failures are surfaced") }
    },
    judge: Judge::Client(|trial| Box::pin(judge(trial))),
};

async fn judge(trial: &ClientTrial<'_>) -> Judgement {
    let Some(policy) = &trial.contract.failure else { return Ok(()) };
    let promise = policy.client.clone().unwrap_or_else(status_class);
    for pace in [Pace::Quick, Pace::Slow] {
        for Suffered { failure, call: failed, .. } in failures::all_suffered(trial, telling(trial, 422), pace).await? {
            // That a call comes to an end at all is judged by `robust.gives-up`.
            let Some(failed) = failed else { continue };
            trial.judge(&promise, Role::Balance, &[&failed], failed.outcome.is_err(), || {
                format!("{}: expected an error, found {}", failure.name, failed.found())
            })?;
        }
    }
    Ok(())
}
