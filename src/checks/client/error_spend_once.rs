//! # A paid call is never sent twice
//!
//! ## What it checks
//!
//! Counts the requests of one paid call whose response fails or is lost.
//!
//! ## Why it matters
//!
//! A paid call whose response is lost may have been charged. A client that repeats it without being asked may pay
//! twice.
//!
//! ## How
//!
//! The client makes paid calls on new connections, to which the server fails or closes the connection. One request
//! may arrive for each.

use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, Stop, has_spend};
use crate::checks::client::support::failures::{DEADLINE, patience};
use crate::checks::client_session::ClientSession;
use crate::checks::client_trial::{ClientTrial, SessionOptions};
use crate::checks::lateness::{BUSY_FACTORS, with_lateness};
use crate::checks::standards::no_repeated_post;
use crate::checks::verdict::Side;
use crate::client::Capability;
use crate::contract::{Level, Role};
use crate::mock::{Delivery, Latch, Reply, ResponseOverride};
use crate::subject::Function;

pub(super) const CHECK: Check = Check {
    id: "error.spend-once",
    side: Side::Client,
    level: Level::Should,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: true,
    needs: &[Need::Capability(Capability::Spend)],
    faults: &["retries-server-errors", "request-sent-twice", "paid-call-repeated-after-timeout"],
    applies: |contract| {
        has_spend(contract)?;
        let unsafe_method = contract.operation(Role::Spend).is_some_and(|operation| operation.method == "POST");
        if unsafe_method { Ok(()) } else { Err("the paid call is no POST") }
    },
    judge: Judge::Client(|trial| Box::pin(judge(trial))),
};

async fn judge(trial: &ClientTrial<'_>) -> Judgement {
    for kind in 0..4 {
        let session = trial.open(trial.credits(100)).await?;
        let good = trial.answer(&session, Role::Spend, trial.credits(99))?;
        let (what, reply) = match kind {
            0 => ("a success", good),
            1 => ("a 500", Reply::new(500, "text/plain", "no")),
            2 => ("a reset connection", Reply { delivery: Delivery::Reset, ..good }),
            _ => ("a response that is cut short", Reply { delivery: Delivery::Truncated(good.body.len() / 2), ..good }),
        };
        session.endpoint.respond_with(reply);
        let before = trial.recorder.count();
        let _ = trial.spend(&session).await?;
        judge_sent_once(trial, &session, before, what)?;
    }
    judge_timeout(trial).await
}

/// Judges a paid call that gets no response in time.
async fn judge_timeout(trial: &ClientTrial<'_>) -> Judgement {
    for factor in BUSY_FACTORS {
        let options = SessionOptions { timeout: Some(DEADLINE * factor), ..SessionOptions::default() };
        let session = trial.open_at(trial.credits(100), options).await?;
        let latch = Latch::closed();
        session.endpoint.respond_with(ResponseOverride::held_until(&latch));
        let before = trial.recorder.count();
        let call = trial.observe(&session, Function::Spend, patience(trial, factor));
        let (call, late) = with_lateness(call).await;
        call?;
        latch.open();
        // On a busy machine, a request may have been given up before it arrived.
        if late < DEADLINE * factor / 3 {
            return judge_sent_once(trial, &session, before, "no response within the time-out");
        }
    }
    Err(Stop::Inconclusive("the machine is too busy to observe a time-out".to_owned()))
}

/// Judges that the paid call was sent once: none is no evidence, whatever the client reported.
fn judge_sent_once(trial: &ClientTrial<'_>, session: &ClientSession, before: usize, what: &str) -> Judgement {
    let operation = trial.operation(Role::Spend)?;
    let received = trial.received_by(session, before);
    let sent = received.iter().filter(|received| received.request.method == operation.method).count();
    if sent == 0 {
        let method = &operation.method;
        return Err(Stop::Inconclusive(format!("a paid call met {what}: no request with the method {method} arrived")));
    }
    let numbers = received.iter().map(|received| received.n).collect();
    trial.judge_exchanges(&no_repeated_post(), Some(operation.as_ref()), numbers, sent <= 1, || {
        format!("a paid call met {what}: expected it to be sent once, found {sent} times")
    })
}
