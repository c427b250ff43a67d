//! # An answer as old as the TTL is no longer fresh
//!
//! Nobody is harmed by a moment; but a comparison that is off by one says that nobody thought about it, and with a TTL of
//! zero it keeps what must not be kept.
//!
//! Where the client's clock can be moved, it is moved by the longest TTL exactly; a request should arrive.

use crate::checks::check::{Check, Judge, Judged, Kind, Need, Stop};
use crate::checks::client::keeping::{ask_once, caches};
use crate::checks::client::promises::freshness;
use crate::checks::client_trial::ClientTrial;
use crate::checks::time::Passing;
use crate::checks::verdict::Side;
use crate::contract::{Level, Role};

pub(super) const CHECK: Check = Check {
    id: "cache.boundary",
    side: Side::Client,
    level: Level::May,
    kind: Kind::Example,
    needs: &[Need::Capability("cache")],
    faults: &["kept-at-the-boundary"],
    applies: caches,
    judge: Judge::Client(|trial| Box::pin(judge(trial))),
};

async fn judge(trial: &ClientTrial<'_>) -> Judged {
    let ttl = trial.ttl(trial.cache_rule()?);
    let (Some(longest), Passing::Moved) = (ttl.longest, trial.passing()) else {
        return Err(Stop::NotApplicable("the client's clock cannot be moved to the moment".to_owned()));
    };
    trial.time_passes().await?;
    let (seat, fill) = ask_once(trial, trial.credits(100)).await?;
    trial.grow(&seat, &fill, longest).await?;
    let read = trial.check(&seat).await?;
    trial.judge(&freshness(), Role::Balance, &[&fill, &read], !read.arrivals.is_empty(), || {
        format!("{} s after the answer, which is the TTL: expected a request, found none", longest.as_secs())
    })
}
