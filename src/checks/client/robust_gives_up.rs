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
//! a call that takes longer is judged as a recommendation (SHOULD). A call that has not ended after 20 seconds, with
//! no response or with a server that keeps failing, counts as one that never ends.

use std::time::Duration;

use crate::checks::check::{Check, CheckKind, Judge, Judgement, Schedule, Stop, has_balance};
use crate::checks::client::support::failure_policy::{made_up_nothing, nothing, telling};
use crate::checks::client::support::failures::{DEADLINE, endless, hard_limit, limit};
use crate::checks::client_session::Call;
use crate::checks::client_trial::{ClientTrial, SessionOptions};
use crate::checks::lateness::{BUSY_FACTORS, with_lateness};
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
/// A response that never comes, never ends, or never helps.
struct Trouble {
    what: &'static str,
    delivery: ResponseOverride,
    /// After which time the call counts as one that never ends.
    hard_limit: Duration,
    /// How binding it is that the call ends. Whether a deadline is that of the whole exchange, of each wait or of the head alone, no
    /// source says.
    level: Level,
}

async fn judge(trial: &ClientTrial<'_>) -> Judgement {
    let first = trial.open(trial.credits(1)).await?;
    let good = trial.answer(&first, Role::Balance, telling(trial, 5))?;
    let with = |delivery| ResponseOverride::from(Reply { delivery, ..good.clone() });
    let failing = Reply::new(500, "text/plain", "the server fails");
    let latch = Latch::closed();
    let (once, endless) = (hard_limit(trial), endless(trial));
    let trouble = |what, delivery, hard_limit, level| Trouble { what, delivery, hard_limit, level };
    let half = Delivery::Stalled(good.body.len() / 2);
    let all = [
        trouble("no response at all", ResponseOverride::held_until(&latch), endless, Level::Must),
        trouble("a server that keeps failing", failing.into(), endless, Level::Must),
        trouble("a head without a body", with(Delivery::Stalled(0)), once, Level::Should),
        trouble("a response that stops in the middle", with(half), once, Level::Should),
        trouble("a response that drips without end", with(Delivery::Dripped(DRIP_MS)), once, Level::Should),
    ];
    let others = u32::try_from(all.len() - 1).unwrap_or(u32::MAX);
    if let Some(_permits) = trial.subject.try_acquire(others) {
        let calls = all.iter().map(|trouble| punctual_call(trial, trouble));
        for (trouble, call) in all.iter().zip(futures_util::future::join_all(calls).await) {
            judge_end(trial, trouble, &call?)?;
        }
    } else {
        for trouble in &all {
            judge_end(trial, trouble, &punctual_call(trial, trouble).await?)?;
        }
    }
    latch.open();
    Ok(())
}

/// A call that met trouble, observed with certainty.
struct Observed {
    /// `None` if it never ended.
    call: Option<Call>,
    /// How many times longer than usual the time-out and all limits were.
    factor: u32,
}

/// Calls the client, and gets this response. The call is repeated, with longer times, if the machine was so busy that a pause in
/// the response may have ended it.
async fn punctual_call(trial: &ClientTrial<'_>, trouble: &Trouble) -> Result<Observed, Stop> {
    for factor in BUSY_FACTORS {
        let deadline = DEADLINE * factor;
        let options = SessionOptions { timeout: Some(deadline), ..SessionOptions::default() };
        let session = trial.open_at(telling(trial, 5), options).await?;
        session.endpoint.respond_with(trouble.delivery.clone());
        let call = trial.call_within(&session, Function::Check, Some(trouble.hard_limit * factor));
        let (call, late) = with_lateness(call).await;
        let call = call?;
        if call.is_none() || late < deadline / 3 {
            return Ok(Observed { call, factor });
        }
    }
    Err(Stop::Inconclusive("the machine is too busy to deliver a response steadily".to_owned()))
}

/// Judges that a call ended, that it ended in time for three attempts, and that it made up no balance.
fn judge_end(trial: &ClientTrial<'_>, trouble: &Trouble, observed: &Observed) -> Judgement {
    let Trouble { what, hard_limit, level, .. } = trouble;
    let factor = observed.factor;
    let shown: Vec<_> = observed.call.iter().collect();
    let within = |limit: Duration| {
        let deadline_ms = (DEADLINE * factor).as_millis();
        let limit_ms = (limit * factor).as_millis();
        format!("{what}, with a deadline of {deadline_ms} ms: expected an end within {limit_ms} ms")
    };
    let ended = observed.call.is_some();
    trial.judge(&Promise { level: *level, ..deadline() }, Role::Balance, &shown, ended, || {
        format!("{}, found none", within(*hard_limit))
    })?;
    let Some(call) = &observed.call else { return Ok(()) };
    // The promise is about one exchange. A client may make three, with the usual waits between them.
    let took = call.span.1.duration_since(call.span.0);
    let late = Promise { level: Level::Should, ..deadline() };
    let (requests, limit) = (call.received.len(), limit(trial));
    trial.judge(&late, Role::Balance, &shown, took <= limit * factor || requests < 2, || {
        format!("{}, found one after {} ms and {requests} requests", within(limit), took.as_millis())
    })?;
    trial.judge(&deadline(), Role::Balance, &shown, made_up_nothing(trial, call), || {
        format!("{what}: expected {}, found {}", nothing(trial), call.found())
    })
}
