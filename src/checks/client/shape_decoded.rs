//! # Every conforming balance is decoded exactly
//!
//! ## What it checks
//!
//! Checks decoding with selected balances of every size and spelling, and with the documented examples.
//!
//! ## Why it matters
//!
//! The first customer with no credits, a fraction of a credit or more than 2^31 of them meets what the demo account
//! never shows: a zero that counts as missing, lost decimals, an amount that becomes negative.
//!
//! ## How
//!
//! The balances are delivered one by one. The client must report each exactly. Amounts beyond the precision of a
//! 64-bit binary fraction lead to a remark only.

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
