//! # A truncated response is an error
//!
//! ## What it checks
//!
//! Checks responses that are shorter than declared.
//!
//! ## Why it matters
//!
//! When a connection breaks, the received part can look complete: the first digits of an amount, or an object that
//! lacks only its last bracket. 15 instead of 15432 credits is a wrong balance.
//!
//! ## How
//!
//! Balances are cut at several positions, and declared longer than they are. The client must not report one.

use crate::checks::check::{Check, CheckKind, Judge, Judgement, Schedule, Stop, has_balance};
use crate::checks::client::support::failure_policy::{made_up_nothing, nothing, telling};
use crate::checks::client_trial::ClientTrial;
use crate::checks::standards::incomplete;
use crate::checks::verdict::Side;
use crate::contract::{Level, Role};
use crate::mock::{Delivery, Reply};

pub(super) const CHECK: Check = Check {
    id: "shape.truncated",
    side: Side::Client,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: false,
    needs: &[],
    faults: &["truncated-body-accepted"],
    applies: has_balance,
    judge: Judge::Client(|trial| Box::pin(judge(trial))),
};

async fn judge(trial: &ClientTrial<'_>) -> Judgement {
    let first = trial.open(trial.credits(1)).await?;
    let good = trial.answer(&first, Role::Balance, telling(trial, 15432))?;
    let whole = good.body.len();
    let digits = good.text().find("15432").map_or(whole / 2, |at| at + 2);
    for (what, delivery) in [
        ("cut in the middle of the amount", Delivery::Truncated(digits)),
        ("cut before its last byte", Delivery::Truncated(whole.saturating_sub(1))),
        ("cut in the middle", Delivery::Truncated(whole / 2)),
        ("shorter than its Content-Length", Delivery::WrongLength(7)),
    ] {
        let session = trial.open(trial.credits(1)).await?;
        session.endpoint.respond_with(Reply { delivery, ..good.clone() });
        let call = trial.check(&session).await?;
        if !call.override_used() {
            return Err(Stop::Inconclusive("a new session made no request".to_owned()));
        }
        trial.judge(&incomplete(), Role::Balance, &[&call], made_up_nothing(trial, &call), || {
            format!("an answer {what}: expected {}, found {}", nothing(trial), call.found())
        })?;
    }
    Ok(())
}
