//! # Every balance that the schema allows is decoded exactly
//!
//! ## What it checks
//!
//! Checks decoding with balances that are generated from the documented schema.
//!
//! ## Why it matters
//!
//! Documentation shows one example. A new field, one more row, or another spelling of a number is as valid, and
//! sooner or later appears in an account.
//!
//! ## How
//!
//! Responses are generated with amounts at the boundaries, up to dozens of rows, and undocumented members that repeat
//! a name. The client must report each amount exactly. Amounts beyond the precision of a 64-bit binary fraction lead
//! to a remark only.

use crate::checks::check::{Check, CheckKind, Judge, Judgement, Schedule, Stop, has_balance};
use crate::checks::client::support::bodies::{conforms, judge_decoded, with_text};
use crate::checks::client::support::generated::Balances;
use crate::checks::client_trial::ClientTrial;
use crate::checks::verdict::Side;
use crate::contract::{Level, Role};

pub(super) const CHECK: Check = Check {
    id: "shape.any-balance",
    side: Side::Client,
    level: Level::Must,
    kind: CheckKind::Property,
    schedule: Schedule::Shared,
    slow: false,
    needs: &[],
    faults: &[
        "amounts-as-floats",
        "amounts-in-32-bits",
        "zero-read-as-missing",
        "negative-read-as-zero",
        "four-digit-amounts-cut-at-separator",
        "rows-after-tenth-ignored",
        "nested-field-read-as-balance",
    ],
    applies: has_balance,
    judge: Judge::Client(|trial| Box::pin(judge(trial))),
};

async fn judge(trial: &ClientTrial<'_>) -> Judgement {
    let balances = Balances::of(trial)?;
    trial.cases(CHECK.id).times(2).check_all(|sampler| balances.sampled(sampler), |text| judge_body(trial, text)).await
}

async fn judge_body(trial: &ClientTrial<'_>, text: String) -> Judgement {
    let session = trial.open(trial.credits(1)).await?;
    let stated = with_text(trial, &session, "a generated answer", text)?;
    if !conforms(trial.operation(Role::Balance)?, &stated) {
        return Err(Stop::Inconclusive("the contract says more of its balance than its schema does".to_owned()));
    }
    judge_decoded(trial, &session, stated).await
}
