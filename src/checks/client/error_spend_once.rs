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
use crate::checks::client_trial::ClientTrial;
use crate::checks::standards::no_repeated_post;
use crate::checks::verdict::Side;
use crate::client::Capability;
use crate::contract::{Level, Role};
use crate::mock::{Delivery, Reply};

pub(super) const CHECK: Check = Check {
    id: "error.spend-once",
    side: Side::Client,
    level: Level::Should,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: false,
    needs: &[Need::Capability(Capability::Spend)],
    faults: &["retries-server-errors", "request-sent-twice"],
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
            _ => ("an answer that is cut short", Reply { delivery: Delivery::Truncated(good.body.len() / 2), ..good }),
        };
        session.endpoint.respond_with(reply);
        let call = trial.spend(&session).await?;
        if !call.override_used() {
            return Err(Stop::Inconclusive("the paid call made no request".to_owned()));
        }
        let operation = trial.operation(Role::Spend)?;
        let sent =
            call.received.iter().filter(|received_request| received_request.request.method == operation.method).count();
        trial.judge(&no_repeated_post(), Role::Spend, &[&call], sent <= 1, || {
            format!("a paid call met {what}: expected it to be sent once, found {sent} times")
        })?;
    }
    Ok(())
}
