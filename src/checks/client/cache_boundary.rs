//! # A response exactly as old as the TTL is no longer fresh
//!
//! ## What it checks
//!
//! Checks the comparison at the end of the TTL: a response is stale when its age equals the TTL.
//!
//! ## Why it matters
//!
//! The effect of one moment is small. With a TTL of zero, however, a wrong comparison caches what must not be cached.
//!
//! ## How
//!
//! If the client's clock can be moved, it is moved by exactly the longest TTL, and half a second further. A request
//! should arrive.

use std::time::Duration;

use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, Stop};
use crate::checks::client::support::cache_support::{ask_once, caches};
use crate::checks::client_trial::ClientTrial;
use crate::checks::standards::freshness;
use crate::checks::time::Passing;
use crate::checks::verdict::Side;
use crate::client::Capability;
use crate::contract::{Level, Promise, Role};

pub(super) const CHECK: Check = Check {
    id: "cache.boundary",
    side: Side::Client,
    level: Level::Should,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: false,
    needs: &[Need::Capability(Capability::Cache)],
    faults: &["cached-at-the-boundary", "cached-in-whole-seconds"],
    applies: caches,
    judge: Judge::Client(|trial| Box::pin(judge(trial))),
};

/// A time past the TTL that a client that counts whole seconds does not notice.
const MOMENT: Duration = Duration::from_millis(500);

async fn judge(trial: &ClientTrial<'_>) -> Judgement {
    let ttl = trial.ttl(trial.cache_rule()?);
    let (Some(longest), Passing::Moved) = (ttl.longest, trial.passing()) else {
        return Err(Stop::NotApplicable("the client's clock cannot be moved to the moment".to_owned()));
    };
    trial.time_passes().await?;
    let promise = trial.cache_rule()?.promise.clone();
    let past = Promise { level: promise.level.min(Level::Should), ..promise };
    for (age, promise) in [(longest, freshness()), (longest + MOMENT, past)] {
        let (session, fill) = ask_once(trial, trial.credits(100)).await?;
        trial.age_to(&session, &fill, age).await?;
        let read = trial.check(&session).await?;
        trial.judge(&promise, Role::Balance, &[&fill, &read], !read.received.is_empty(), || {
            format!(
                "{} s after the answer, with a TTL of {} s: expected a request, found none",
                age.as_secs_f64(),
                longest.as_secs()
            )
        })?;
    }
    Ok(())
}
