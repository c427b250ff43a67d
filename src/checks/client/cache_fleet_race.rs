//! # A late response in one process does not restore a balance that another process has invalidated
//!
//! ## What it checks
//!
//! Checks a client that declares the capability `fleet`: a balance that was requested in one process before a paid call
//! or `invalidate` in another process is not cached after it.
//!
//! ## Why it matters
//!
//! The response is written to the shared cache after the balance was dropped from it. Then all processes show the old
//! balance, for the whole TTL. It happens under load only.
//!
//! ## How
//!
//! The response to a check in one process is delayed. Meanwhile the other process makes a paid call, or calls
//! `invalidate`, and the balance changes. When the response has arrived, the next checks in both processes must report
//! the new balance within a second (300 ms if the client is given a short TTL).

use futures_util::future::join;

use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, Stop};
use crate::checks::client::support::cache_support::{caches, other};
use crate::checks::client::support::fleet::{check_until, open_fleet};
use crate::checks::client_trial::{ClientTrial, MIN_CALL_TIMEOUT};
use crate::checks::standards::declared;
use crate::checks::verdict::Side;
use crate::client::Capability;
use crate::contract::{Level, Promise, Role};
use crate::mock::{Latch, ResponseOverride};
use crate::subject::Function;

pub(super) const CHECK: Check = Check {
    id: "cache.fleet-race",
    side: Side::Client,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: true,
    needs: &[
        Need::Capability(Capability::Cache),
        Need::Capability(Capability::Fleet),
        Need::AtOnce(2),
        Need::Optional(Capability::Spend),
        Need::Optional(Capability::Invalidate),
    ],
    faults: &["fleet-late-response-stored"],
    applies: caches,
    judge: Judge::Client(|trial| Box::pin(judge(trial))),
};

async fn judge(trial: &ClientTrial<'_>) -> Judgement {
    let can = trial.subject.capabilities;
    let by_spend = trial.cache_rule()?.invalidated_by.get(&Role::Spend).filter(|_| can.spend).cloned();
    let by_drop = can.invalidate.then(|| declared("fleet"));
    if by_spend.is_none() && by_drop.is_none() {
        return Err(Stop::NotApplicable("nothing drops what the client keeps".to_owned()));
    }
    for (function, promise) in [(Function::Spend, by_spend), (Function::Invalidate, by_drop)] {
        if let Some(promise) = promise {
            judge_race(trial, function, &promise).await?;
        }
    }
    Ok(())
}

async fn judge_race(trial: &ClientTrial<'_>, function: Function, promise: &Promise) -> Judgement {
    let before = trial.credits(100);
    let (first, second) = open_fleet(trial, before).await?;
    let latch = Latch::closed();
    first.endpoint.respond_once(ResponseOverride::held_until(&latch));
    let count = trial.recorder.count();
    let dropping = async {
        let arrived = trial.recorder.wait_for_requests(count + 1, MIN_CALL_TIMEOUT).await;
        trial.add_step(format!("{} in the other process while the answer to a check is on its way", function.as_str()));
        let dropped = if arrived { Some(trial.call(&second, function).await) } else { None };
        let after = other(trial, &before);
        trial.change(&first, after);
        latch.open();
        (dropped, after)
    };
    let (held, (dropped, after)) = join(trial.check(&first), dropping).await;
    let (held, Some(dropped)) = (held?, dropped) else {
        return Err(Stop::Inconclusive("the check made no request".to_owned()));
    };
    let dropped = dropped?;
    if function == Function::Spend && dropped.outcome.is_err() {
        return Err(Stop::Inconclusive(format!("the paid call did not succeed: {}", dropped.found())));
    }
    for (session, place) in [(&first, "that process"), (&second, "the other process")] {
        let read = check_until(trial, session, &after).await?;
        trial.judge(promise, Role::Balance, &[&held, &dropped, &read], read.reports(&after), || {
            format!(
                "`{}` in one process while a check was under way in another one, then a check in {place}: expected {after}, found {}",
                function.as_str(),
                read.found()
            )
        })?;
    }
    Ok(())
}
