//! # A response requested before an invalidation is not cached after it
//!
//! ## What it checks
//!
//! Checks that a response to an earlier request does not undo an invalidation.
//!
//! ## Why it matters
//!
//! A check is in progress while a paid call ends. If its response, from before the call, is cached afterwards, the
//! old balance stays for the whole TTL.
//!
//! ## How
//!
//! The response to a check is delayed while a paid call succeeds, or while the client is told to invalidate. It is
//! then released, and the balance is checked again. In the reverse order, the balance is checked while the response
//! to a paid call is delayed: what is cached then is from before the call, and must not outlive it.

use std::time::Duration;

use futures_util::future::join;

use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, Stop};
use crate::checks::client::support::cache_support::{caches, other};
use crate::checks::client_trial::{ClientTrial, MIN_CALL_TIMEOUT};
use crate::checks::standards::declared;
use crate::checks::verdict::Side;
use crate::client::Capability;
use crate::contract::{Level, Promise, Role};
use crate::exchange::Request;
use crate::mock::{Latch, ResponseOverride};
use crate::subject::Function;

pub(super) const CHECK: Check = Check {
    id: "cache.race",
    side: Side::Client,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: false,
    needs: &[
        Need::Capability(Capability::Cache),
        Need::AtOnce(2),
        Need::Optional(Capability::Spend),
        Need::Optional(Capability::Invalidate),
    ],
    faults: &["refilled-by-late-response", "invalidated-before-spend"],
    applies: caches,
    judge: Judge::Client(|trial| Box::pin(judge(trial))),
};

async fn judge(trial: &ClientTrial<'_>) -> Judgement {
    let can = trial.subject.capabilities;
    let by_spend = trial.cache_rule()?.invalidated_by.get(&Role::Spend).filter(|_| can.spend).cloned();
    let by_drop = can.invalidate.then(|| declared("invalidate"));
    if by_spend.is_none() && by_drop.is_none() {
        return Err(Stop::NotApplicable("nothing drops what the client keeps".to_owned()));
    }
    let during = by_spend.clone();
    for (function, promise) in [(Function::Spend, by_spend), (Function::Invalidate, by_drop)] {
        if let Some(promise) = promise {
            judge_race(trial, function, &promise).await?;
        }
    }
    match during {
        Some(promise) => judge_during(trial, &promise).await,
        None => Ok(()),
    }
}

/// How long a check may take that is made during a paid call; a client may well have it wait for that.
const AT_ONCE: Duration = Duration::from_secs(1);

/// How long a call may take that does not wait for a check.
const NOT_WAITING: Duration = Duration::from_secs(4);

async fn judge_during(trial: &ClientTrial<'_>, promise: &Promise) -> Judgement {
    let before = trial.credits(100);
    let ahead = requests_before_payment(trial).await?;
    let session = trial.open(before).await?;
    let latch = Latch::closed();
    for _ in 0..ahead {
        session.endpoint.respond_once(ResponseOverride::default());
    }
    session.endpoint.respond_once(ResponseOverride::held_until(&latch));
    let count = trial.recorder.count();
    let checking = async {
        let arrived = trial.recorder.wait_for_requests(count + ahead + 1, MIN_CALL_TIMEOUT).await;
        trial.add_step("the answer to a paid call is on its way".to_owned());
        let during = if arrived { trial.call_within(&session, Function::Check, Some(AT_ONCE)).await } else { Ok(None) };
        let after = other(trial, &before);
        trial.change(&session, after);
        latch.open();
        (during, after)
    };
    let (spent, (during, after)) = join(trial.spend(&session), checking).await;
    let (spent, during) = (spent?, during?);
    if spent.outcome.is_err() {
        return Err(Stop::Inconclusive(format!("the paid call did not succeed: {}", spent.found())));
    }
    let read = trial.check(&session).await?;
    let shown: Vec<_> = [Some(&spent), during.as_ref(), Some(&read)].into_iter().flatten().collect();
    trial.judge(promise, Role::Balance, &shown, read.reports(&after), || {
        format!(
            "a check while a paid call was under way: expected {after} from the next check, found {} from before",
            read.found()
        )
    })
}

/// How many requests a client makes before the paid one: it may check the balance first.
async fn requests_before_payment(trial: &ClientTrial<'_>) -> Result<usize, Stop> {
    let operation = trial.operation(Role::Spend)?;
    let session = trial.open(trial.credits(100)).await?;
    let call = trial.spend(&session).await?;
    let is_paid = |request: &Request| {
        request.method == operation.method && operation.matches(request.target.split('?').next().unwrap_or_default())
    };
    let paid = call.received.iter().position(|received| is_paid(&received.request));
    paid.ok_or_else(|| Stop::Inconclusive("the paid call made no request".to_owned()))
}

async fn judge_race(trial: &ClientTrial<'_>, function: Function, promise: &Promise) -> Judgement {
    let before = trial.credits(100);
    let session = trial.open(before).await?;
    let latch = Latch::closed();
    session.endpoint.respond_once(ResponseOverride::held_until(&latch));
    let count = trial.recorder.count();
    let dropping = async {
        let arrived = trial.recorder.wait_for_requests(count + 1, MIN_CALL_TIMEOUT).await;
        trial.add_step(format!("{} while the answer to a check is on its way", function.as_str()));
        let dropped = if arrived { Some(trial.call_within(&session, function, Some(NOT_WAITING)).await) } else { None };
        let after = other(trial, &before);
        trial.change(&session, after);
        latch.open();
        (dropped, after)
    };
    let (held, (dropped, after)) = join(trial.check(&session), dropping).await;
    let (held, Some(dropped)) = (held?, dropped) else {
        return Err(Stop::Inconclusive("the check made no request".to_owned()));
    };
    let Some(dropped) = dropped? else {
        // A paid call may check the balance first, and join the check that is under way: then it cannot end before that.
        return Ok(());
    };
    if function == Function::Spend && dropped.outcome.is_err() {
        return Err(Stop::Inconclusive(format!("the paid call did not succeed: {}", dropped.found())));
    }
    let read = trial.check(&session).await?;
    trial.judge(promise, Role::Balance, &[&held, &dropped, &read], read.reports(&after), || {
        format!(
            "`{}` while a check was under way: expected {after} from the next check, found {} from before",
            function.as_str(),
            read.found()
        )
    })
}
