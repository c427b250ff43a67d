//! # Every conforming balance is decoded exactly
//!
//! The first customer with no credits, with a fraction of one or with more than 2^31 of them meets what the demo account
//! never showed: zero that counts as missing, cents that are cut off, an amount that turns negative.
//!
//! Balances of every size and spelling that the schema allows, the documented examples and generated answers are delivered
//! one by one; the client must tell each exactly. Beyond what a binary fraction of 64 bits holds it is only worth a remark.

use crate::checks::check::{Check, Judge, Judged, Stop, has_balance};
use crate::checks::client::bodies::{conforming, is_interoperable, same_as_float};
use crate::checks::client::promises::interoperable;
use crate::checks::client_trial::ClientTrial;
use crate::checks::verdict::Side;
use crate::contract::{Level, Role};

pub(super) const CHECK: Check = Check {
    id: "shape.decoded",
    side: Side::Client,
    level: Level::Must,
    needs: &[],
    faults: &[
        "amounts-as-floats",
        "amounts-cut-to-whole",
        "amounts-rounded-to-cents",
        "amounts-in-32-bits",
        "exponents-ignored",
        "zero-is-missing",
        "negative-is-zero",
    ],
    applies: has_balance,
    judge: Judge::Client(|trial| Box::pin(judge(trial))),
};

async fn judge(trial: &ClientTrial<'_>) -> Judged {
    let operation = trial.operation(Role::Balance)?;
    let first = trial.open(trial.credits(1)).await?;
    for stated in conforming(trial, &first)? {
        let Some(truth) = stated.truth else { continue };
        let seat = trial.open(trial.credits(1)).await?;
        seat.place.from_now_on(stated.reply);
        let call = trial.check(&seat).await?;
        if !call.was_cued() {
            return Err(Stop::Inconclusive("a new session made no request".to_owned()));
        }
        let near = call.outcome.as_ref().is_ok_and(|told| same_as_float(told.remaining, truth.remaining));
        let promise = if near && !is_interoperable(&truth) { interoperable() } else { operation.promise.clone() };
        trial.judge(&promise, Role::Balance, &[&call], call.tells(&truth), || {
            format!("{}: expected {truth}, found {}", stated.what, call.found())
        })?;
    }
    Ok(())
}
