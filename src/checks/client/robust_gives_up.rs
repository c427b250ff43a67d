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
//! call must end within a few times the time-out, which leaves room for retries.

use crate::checks::check::{Check, CheckKind, Judge, Judgement, Schedule, has_balance};
use crate::checks::client::support::failure_policy::{made_up_nothing, nothing, telling};
use crate::checks::client::support::failures::{DEADLINE, limit};
use crate::checks::client_trial::{ClientTrial, SessionOptions};
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

const NOTHING: &str = "no answer at all";

async fn judge(trial: &ClientTrial<'_>) -> Judgement {
    let first = trial.open(trial.credits(1)).await?;
    let good = trial.answer(&first, Role::Balance, telling(trial, 5))?;
    let with = |delivery| ResponseOverride::from(Reply { delivery, ..good.clone() });
    let latch = Latch::closed();
    let limit = limit(trial);
    let cues = [
        (NOTHING, ResponseOverride::held_until(&latch)),
        ("a head without a body", with(Delivery::Stalled(0))),
        ("an answer that stops in the middle", with(Delivery::Stalled(good.body.len() / 2))),
        ("an answer that drips without end", with(Delivery::Dripped(25))),
    ];
    let calls = cues.into_iter().map(|(what, cue)| async move {
        let setting = SessionOptions { timeout: Some(DEADLINE), ..SessionOptions::default() };
        let session = trial.open_at(telling(trial, 5), setting).await?;
        session.endpoint.respond_with(cue);
        let call = trial.call_within(&session, Function::Check, Some(limit)).await?;
        Ok::<_, crate::checks::check::Stop>((what, call))
    });
    let mut ended = Vec::new();
    if let Some(_room) = trial.subject.try_acquire(3) {
        ended.extend(futures_util::future::join_all(calls).await);
    } else {
        for call in calls {
            ended.push(call.await);
        }
    }
    latch.open();
    for call in ended {
        let (what, call) = call?;
        let shown: Vec<_> = call.iter().collect();
        // Whether the time is that of the whole exchange, of each wait or of the head alone, no source says.
        let level = if what == NOTHING { Level::Must } else { Level::Should };
        trial.judge(&Promise { level, ..deadline() }, Role::Balance, &shown, call.is_some(), || {
            format!(
                "{what}, with a deadline of {} ms: expected an end within {} ms, found none",
                DEADLINE.as_millis(),
                limit.as_millis()
            )
        })?;
        if let Some(call) = &call {
            trial.judge(&deadline(), Role::Balance, &[call], made_up_nothing(trial, call), || {
                format!("{what}: expected {}, found {}", nothing(trial), call.found())
            })?;
        }
    }
    Ok(())
}
