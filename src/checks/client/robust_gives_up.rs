//! # A client gives up after its time-out
//!
//! ## What it checks
//!
//! Checks that a call ends, that the time-out covers the whole exchange, and that the client does not try again without
//! end.
//!
//! ## Why it matters
//!
//! The balance is checked before every paid action. Without a deadline for the whole exchange, a server that sends
//! nothing, stops half way or sends one byte at a time blocks the action and its worker forever. So does a client that
//! repeats a failed request until it succeeds.
//!
//! ## How
//!
//! The client is opened with a time-out. The response is delayed, stops in the middle, arrives byte by byte, or is a
//! server error each time; a paid call gets no response either. There is room for three exchanges of the length of the
//! time-out and for the waits that SDKs make between them. A call that takes longer is a warning. A call that does not
//! end is stopped. The adapter of the client is then started again for the remaining checks.

use std::future::Future;
use std::time::Duration;

use futures_util::future::join_all;

use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, Stop, has_balance};
use crate::checks::client::support::failure_policy::{made_up_nothing, nothing, telling};
use crate::checks::client::support::failures::{DEADLINE, patience};
use crate::checks::client_session::requests;
use crate::checks::client_trial::{ClientTrial, Observed, Patience, SessionOptions};
use crate::checks::lateness::{BUSY_FACTORS, with_lateness};
use crate::checks::standards::deadline;
use crate::checks::verdict::Side;
use crate::client::Capability;
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
    needs: &[Need::Optional(Capability::Spend)],
    faults: &["no-deadline", "paid-call-without-deadline", "deadline-per-read", "retries-forever"],
    applies: has_balance,
    judge: Judge::Client(|trial| Box::pin(judge(trial))),
};

/// The time between two bytes of a response that drips, in milliseconds.
const DRIP_MS: u64 = 10;

const NOTHING: &str = "no response at all";
const PAID: &str = "no response at all to a paid call";
const ERRORS: &str = "a server error each time";

async fn judge(trial: &ClientTrial<'_>) -> Judgement {
    let first = trial.open(trial.credits(1)).await?;
    let good = trial.answer(&first, Role::Balance, telling(trial, 5))?;
    let with = |delivery| ResponseOverride::from(Reply { delivery, ..good.clone() });
    let latch = Latch::closed();
    let mut cues = vec![
        (NOTHING, ResponseOverride::held_until(&latch)),
        (ERRORS, Reply::new(500, "text/plain", "no").into()),
        ("a head without a body", with(Delivery::Stalled(0))),
        ("a response that stops in the middle", with(Delivery::Stalled(good.body.len() / 2))),
        ("a response that drips without end", with(Delivery::Dripped(DRIP_MS))),
    ];
    if trial.subject.capabilities.spend && trial.contract.operation(Role::Spend).is_some() {
        cues.push((PAID, ResponseOverride::held_until(&latch)));
    }
    let calls = cues.into_iter().map(|(what, cue)| async move {
        let (observed, deadline) = observe(trial, what, cue).await?;
        judge_end(trial, what, &observed, deadline)
    });
    let judged = run(trial, calls).await;
    latch.open();
    judged
}

/// Calls the client, and gets this response. The call is repeated, with longer times, if the machine was so busy that a pause in
/// the response may have ended it. Returns the deadline as well.
async fn observe(trial: &ClientTrial<'_>, what: &str, cue: ResponseOverride) -> Result<(Observed, Duration), Stop> {
    for factor in BUSY_FACTORS {
        let deadline = DEADLINE * factor;
        let options = SessionOptions { timeout: Some(deadline), ..SessionOptions::default() };
        let session = trial.open_at(telling(trial, 5), options).await?;
        session.endpoint.respond_with(cue.clone());
        let function = if what == PAID { Function::Spend } else { Function::Check };
        let observed = trial.observe(&session, function, patience(trial, factor));
        let (observed, late) = with_lateness(observed).await;
        let observed = observed?;
        if matches!(observed, Observed::Stopped(_)) || late < deadline / 3 {
            return Ok((observed, deadline));
        }
    }
    Err(Stop::Inconclusive(format!("{what}: the machine is too busy to deliver a response steadily")))
}

/// Makes the calls together if the client takes so many, else one after the other up to the first violation.
async fn run(
    trial: &ClientTrial<'_>,
    calls: impl ExactSizeIterator<Item = impl Future<Output = Judgement>>,
) -> Judgement {
    let further = u32::try_from(calls.len().saturating_sub(1)).unwrap_or(u32::MAX);
    if let Some(_room) = trial.subject.try_acquire(further) {
        // The first violation counts: the order is that of the calls, whichever ends first.
        return join_all(calls).await.into_iter().collect();
    }
    for call in calls {
        call.await?;
    }
    Ok(())
}

fn judge_end(trial: &ClientTrial<'_>, what: &str, observed: &Observed, time: Duration) -> Judgement {
    let role = if what == PAID { Role::Spend } else { Role::Balance };
    let operation = trial.contract.operation(role).map(AsRef::as_ref);
    let ms = time.as_millis();
    let call = match observed {
        Observed::Ended(call) if call.received.is_empty() => {
            return Err(Stop::Inconclusive(format!("{what}: the client made no request, so that it never met it")));
        }
        Observed::Ended(call) => call,
        Observed::Stopped(stopped) => {
            // Whether the time is that of the whole exchange, of each wait or of the head alone, no source says.
            let level = if matches!(what, NOTHING | ERRORS | PAID) { Level::Must } else { Level::Should };
            let promise = Promise { level, ..deadline() };
            return trial.judge_exchanges(&promise, operation, observed.numbers(), false, || {
                let sent = requests(stopped.received.len());
                format!("{what}, with a deadline of {ms} ms: expected an end, found none, and {sent}")
            });
        }
    };
    let room = Patience::room(time);
    let late = Promise { level: Level::Should, ..deadline() };
    trial.judge(&late, role, &[call], call.took <= room, || {
        let (room, took) = (room.as_millis(), call.took.as_millis());
        format!("{what}, with a deadline of {ms} ms: expected an end within {room} ms, found it after {took} ms")
    })?;
    let none = if what == PAID { call.outcome.is_err() } else { made_up_nothing(trial, call) };
    trial.judge(&deadline(), role, &[call], none, || {
        format!("{what}: expected {}, found {}", nothing(trial), call.found())
    })
}
