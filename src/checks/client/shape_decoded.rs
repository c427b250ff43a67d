//! # Every conforming balance is decoded exactly
//!
//! The first customer with no credits, with a fraction of one or with more than 2^31 of them meets what the demo account
//! never showed: zero that counts as missing, cents that are cut off, an amount that turns negative.
//!
//! Balances of every size and spelling that the schema allows and the documented examples are delivered
//! one by one; the client must tell each exactly. Beyond what a binary fraction of 64 bits holds it is only worth a remark.

use crate::checks::check::{Check, CheckKind, Judge, Judgement, Schedule, has_balance};
use crate::checks::client::support::bodies::{conforming, judge_decoded};
use crate::checks::client_trial::ClientTrial;
use crate::checks::verdict::Side;
use crate::contract::Level;

pub(super) const CHECK: Check = Check {
    id: "shape.decoded",
    side: Side::Client,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: false,
    needs: &[],
    faults: &[
        "amounts-as-floats",
        "amounts-truncated-to-integers",
        "amounts-rounded-to-cents",
        "amounts-in-32-bits",
        "exponents-ignored",
        "zero-read-as-missing",
        "negative-read-as-zero",
    ],
    applies: has_balance,
    judge: Judge::Client(|trial| Box::pin(judge(trial))),
};

async fn judge(trial: &ClientTrial<'_>) -> Judgement {
    let first = trial.open(trial.credits(1)).await?;
    for stated in conforming(trial, &first)? {
        let session = trial.open(trial.credits(1)).await?;
        judge_decoded(trial, &session, stated).await?;
    }
    Ok(())
}
