//! # "Allowed, because the check failed" is not kept as if the server had said so
//!
//! Failing open is for the moment of the failure. Kept for the whole TTL, it lets everybody through long after the server
//! works again.
//!
//! The check fails in every way while nothing is left; then all is well again, and the next check, or one a moment later,
//! must ask and tell that nothing is left.

use std::time::Duration;

use crate::checks::check::{Check, Judge, Judged, Kind, Need};
use crate::checks::client::failures;
use crate::checks::client::keeping::{catch_breath, caches};
use crate::checks::client::verdicts::{allows, telling};
use crate::checks::client_trial::ClientTrial;
use crate::checks::seat::requests;
use crate::checks::time::Passing;
use crate::checks::verdict::Side;
use crate::contract::{FailureMode, Level, Promise, Role};
use crate::subject::Function;

pub(super) const CHECK: Check = Check {
    id: "cache.no-fail-open",
    side: Side::Client,
    level: Level::Should,
    kind: Kind::Example,
    needs: &[Need::Capability("cache")],
    faults: &["fail-open-kept", "stays-open"],
    applies: |contract| {
        caches(contract)?;
        let open = contract.failure.as_ref().is_some_and(|policy| policy.mode == FailureMode::Open);
        if open { Ok(()) } else { Err("checks do not fail open") }
    },
    judge: Judge::Client(|trial| Box::pin(judge(trial))),
};

/// How long a client may leave the server alone after a failure.
const BREATH: Duration = Duration::from_secs(10);

async fn judge(trial: &ClientTrial<'_>) -> Judged {
    let rule = trial.cache_rule()?;
    // That it is the failure which must not be kept is concluded from the sentence, and so a `should` at most.
    let promise = Promise { level: rule.promise.level.min(Level::Should), ..rule.promise.clone() };
    let first = trial.open(trial.credits(1)).await?;
    let truth = telling(trial, 0);
    for failure in failures::all(trial, &first)?.iter().filter(|failure| !failure.is_slow()) {
        let seat = failures::seat_for(trial, failure, truth).await?;
        let Some(failed) = failures::suffer(trial, failure, &seat, Function::Check).await? else { continue };
        // A Retry-After lets a client wait; what it says until then is no kept answer.
        if !allows(trial, &failed) || failure.kind == failures::Kind::RateLimit {
            continue;
        }
        let mut read = trial.check(&seat).await?;
        if !read.tells(&truth) {
            // A client may take breath; that is over long before an answer would be out of date.
            if trial.passing() == Passing::Moved {
                trial.advance(&seat, BREATH).await?;
                read = trial.check(&seat).await?;
            }
            if !read.tells(&truth) {
                catch_breath(trial, &seat, BREATH).await?;
                read = trial.check(&seat).await?;
            }
        }
        trial.judge(&promise, Role::Balance, &[&failed, &read], read.tells(&truth), || {
            format!(
                "{}, then all well: expected a request and {truth}, found {} and {}",
                failure.name,
                requests(read.arrivals.len()),
                read.found()
            )
        })?;
    }
    Ok(())
}
