//! # A client gives up after its time-out
//!
//! ## What it checks
//!
//! Checks that the time-out covers the whole exchange.
//!
//! ## Why it matters
//!
//! The balance is checked before every paid action. Without a deadline for the whole exchange, a server that sends
//! nothing, stops half way or sends one byte at a time blocks the action and its worker forever.
//!
//! ## How
//!
//! The client is opened with a time-out. The response is delayed, stops in the middle, or arrives byte by byte. The
//! call must end. The time-out is that of one exchange, so a client may make three, with the usual waits between them;
//! a call that takes longer is judged as a recommendation (SHOULD). A call that has not ended after ten seconds
//! counts as one that never ends.

use std::time::Duration;

use crate::checks::check::{Check, CheckKind, Judge, Judgement, Schedule, Stop, has_balance};
use crate::checks::client::support::failure_policy::{made_up_nothing, nothing, telling};
use crate::checks::client::support::failures::{DEADLINE, hard_limit, limit};
use crate::checks::client_session::Call;
use crate::checks::client_trial::{ClientTrial, SessionOptions};
use crate::checks::lateness::with_lateness;
use crate::checks::standards::deadline;
use crate::checks::verdict::Side;
use crate::contract::{Level, Promise, Role};
use crate::mock::{Delivery, Latch, Reply, ResponseOverride};
use crate::subject::Function;

pub(super) const CHECK: Check = Check {
    id: "robust.gives-up",
    side: Side::Client,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: true,
    needs: &[],
    faults: &["no-deadline", "deadline-per-read"],
    applies: has_balance,
    judge: Judge::Client(|trial| Box::pin(judge(trial))),
};

/// The time between two bytes of a response that drips, in milliseconds.
const DRIP_MS: u64 = 10;
/// How often a call is made on a busy machine, until one was observed with certainty.
const MAX_ATTEMPTS: u32 = 5;
const NOTHING: &str = "no response at all";

async fn judge(trial: &ClientTrial<'_>) -> Judgement {
    let first = trial.open(trial.credits(1)).await?;
    let good = trial.answer(&first, Role::Balance, telling(trial, 5))?;
    let with = |delivery| ResponseOverride::from(Reply { delivery, ..good.clone() });
    let latch = Latch::closed();
    let (limit, hard_limit) = (limit(trial), hard_limit(trial));
    let deliveries = [
        (NOTHING, ResponseOverride::held_until(&latch)),
        ("a head without a body", with(Delivery::Stalled(0))),
        ("a response that stops in the middle", with(Delivery::Stalled(good.body.len() / 2))),
        ("a response that drips without end", with(Delivery::Dripped(DRIP_MS))),
    ];
    let calls = deliveries.into_iter().map(|(what, delivery)| async move {
        Ok::<_, Stop>((what, punctual_call(trial, delivery, hard_limit).await?))
    });
    let mut ended = Vec::new();
    if let Some(_permits) = trial.subject.try_acquire(3) {
        ended.extend(futures_util::future::join_all(calls).await);
    } else {
        for call in calls {
            ended.push(call.await);
        }
    }
    latch.open();
    for call in ended {
        let (what, call) = call?;
        judge_end(trial, what, call.as_ref(), limit, hard_limit)?;
    }
    Ok(())
}

/// Calls the client, and gets this response. The call is repeated if the machine was so busy that a pause in the response may have
/// ended it; `None` if it never ends.
async fn punctual_call(
    trial: &ClientTrial<'_>,
    delivery: ResponseOverride,
    hard_limit: Duration,
) -> Result<Option<Call>, Stop> {
    for _ in 0..MAX_ATTEMPTS {
        let options = SessionOptions { timeout: Some(DEADLINE), ..SessionOptions::default() };
        let session = trial.open_at(telling(trial, 5), options).await?;
        session.endpoint.respond_with(delivery.clone());
        let call = trial.call_within(&session, Function::Check, Some(hard_limit));
        let (call, late) = with_lateness(call).await;
        let call = call?;
        if call.is_none() || late < DEADLINE / 3 {
            return Ok(call);
        }
    }
    Err(Stop::Inconclusive("the machine is too busy to deliver a response steadily".to_owned()))
}

/// Judges that a call ended, that it ended in time for three attempts, and that it made up no balance.
fn judge_end(
    trial: &ClientTrial<'_>,
    what: &str,
    call: Option<&Call>,
    limit: Duration,
    hard_limit: Duration,
) -> Judgement {
    let shown: Vec<_> = call.into_iter().collect();
    let within = |limit: Duration| {
        format!("{what}, with a deadline of {} ms: expected an end within {} ms", DEADLINE.as_millis(), limit.as_millis())
    };
    // Whether the time is that of the whole exchange, of each wait or of the head alone, no source says.
    let level = if what == NOTHING { Level::Must } else { Level::Should };
    trial.judge(&Promise { level, ..deadline() }, Role::Balance, &shown, call.is_some(), || {
        format!("{}, found none", within(hard_limit))
    })?;
    let Some(call) = call else { return Ok(()) };
    // The promise is about one exchange. A client may make three, with the usual waits between them.
    let took = call.span.1.duration_since(call.span.0);
    let late = Promise { level: Level::Should, ..deadline() };
    let requests = call.received.len();
    trial.judge(&late, Role::Balance, &shown, took <= limit || requests < 2, || {
        format!("{}, found one after {} ms and {requests} requests", within(limit), took.as_millis())
    })?;
    trial.judge(&deadline(), Role::Balance, &shown, made_up_nothing(trial, call), || {
        format!("{what}: expected {}, found {}", nothing(trial), call.found())
    })
}
