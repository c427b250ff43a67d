//! # After a failure the next check works again
//!
//! ## What it checks
//!
//! Checks that no failure leaves the client in a broken state.
//!
//! ## Why it matters
//!
//! A connection in a bad state, a cached rejected promise or a circuit breaker that never closes prolong the
//! provider's outage until the client is restarted.
//!
//! ## How
//!
//! The check fails in every way. Then the server works again, and the balance must be reported: at once, or after the
//! time that the server asked to wait.

use std::time::Duration;

use crate::checks::check::{Check, CheckKind, Judge, Judgement, Schedule, Stop, has_balance};
use crate::checks::client::support::cache_support::wait_out_back_off;
use crate::checks::client::support::failures;
use crate::checks::client_trial::ClientTrial;
use crate::checks::time::Passing;
use crate::checks::verdict::Side;
use crate::contract::{Level, Role};
use crate::subject::Function;

pub(super) const CHECK: Check = Check {
    id: "robust.recovers",
    side: Side::Client,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: true,
    needs: &[],
    faults: &["never-recovers"],
    applies: has_balance,
    judge: Judge::Client(|trial| Box::pin(judge(trial))),
};

/// A client may back off; this is how often it is asked again.
const TRIES: u32 = 3;

async fn judge(trial: &ClientTrial<'_>) -> Judgement {
    let operation = trial.operation(Role::Balance)?;
    let first = trial.open(trial.credits(1)).await?;
    let true_balance = trial.credits(422);
    for failure in failures::all(trial, &first)?.iter().filter(|failure| !failure.is_slow()) {
        let session = failures::seat_for(trial, failure, true_balance).await?;
        let Some(failed) = failures::suffer(trial, failure, &session, Function::Check).await? else { continue };
        let mut last = None;
        for attempt in 0..TRIES {
            if attempt > 0 || failure.kind == failures::FailureKind::RateLimit {
                match trial.passing() {
                    // The first time by the clock that is moved, which takes no time; then by every clock.
                    Passing::Moved if attempt < 2 => trial.advance(&session, Duration::from_hours(1)).await?,
                    _ => wait_out_back_off(trial, &session, Duration::from_hours(1)).await?,
                }
            }
            let read = trial.check(&session).await?;
            let right = read.reports(&true_balance);
            last = Some(read);
            if right {
                break;
            }
        }
        let Some(read) = last else { return Err(Stop::Harness("nothing was asked".to_owned())) };
        trial.judge(&operation.promise, Role::Balance, &[&failed, &read], read.reports(&true_balance), || {
            format!("{}, then all well: expected {true_balance}, found {}", failure.name, read.found())
        })?;
    }
    Ok(())
}
