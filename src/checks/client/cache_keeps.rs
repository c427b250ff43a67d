//! # Within the TTL a check makes no request
//!
//! The balance is looked at before every paid action. A client that asks each time, although the provider says for how long
//! to keep the answer, makes every action slower by a round trip and runs into the limits of its own making.
//!
//! The balance is checked several times at once and again just before the least TTL that the contract gives; nothing may
//! arrive but the first request, and every answer is the first.

use crate::checks::check::{Check, Judge, Judged, Need, Stop};
use crate::checks::client::keeping::caches;
use crate::checks::client_trial::ClientTrial;
use crate::checks::verdict::Side;
use crate::contract::{Level, Role};

pub(super) const CHECK: Check = Check {
    id: "cache.keeps",
    side: Side::Client,
    level: Level::Must,
    needs: &[Need::Capability("cache")],
    faults: &["nothing-kept", "kept-too-short"],
    applies: caches,
    judge: Judge::Client(|trial| Box::pin(judge(trial))),
};

async fn judge(trial: &ClientTrial<'_>) -> Judged {
    let rule = trial.cache_rule()?;
    let ttl = trial.ttl(rule);
    if ttl.least.is_zero() {
        return Err(Stop::NotApplicable("the contract lets clients keep answers, and names no least time".to_owned()));
    }
    let truth = trial.credits(100);
    let mut decided = false;
    for _ in 0..3 {
        let seat = trial.open(truth).await?;
        let fill = trial.check(&seat).await?;
        super::keeping::filled(&fill, &truth)?;
        for moment in [std::time::Duration::ZERO, std::time::Duration::ZERO, ttl.young()] {
            match trial.grow(&seat, &fill, moment).await {
                // What needs no waiting has been judged.
                Err(Stop::CouldNotRun(_)) if decided => return Ok(()),
                other => other?,
            }
            let read = trial.check(&seat).await?;
            if !ttl.demands_hit(trial.age(&fill, &read)) {
                continue;
            }
            decided = moment == ttl.young() || decided;
            let holds = read.arrivals.is_empty() && read.tells(&truth);
            trial.judge(&rule.promise, Role::Balance, &[&fill, &read], holds, || {
                format!(
                    "within the TTL: expected the first answer again and no request, found {} and {} requests",
                    read.found(),
                    read.arrivals.len()
                )
            })?;
        }
        if decided {
            return Ok(());
        }
    }
    Err(Stop::Inconclusive("time passed too fast to tell within the TTL from after it".to_owned()))
}
