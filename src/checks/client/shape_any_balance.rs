//! # Any balance that the schema allows is decoded exactly
//!
//! What the documentation shows is one answer of endlessly many. A field nobody has seen yet, a list with one row more, a
//! number written in another way: each is as right as the example, and is met by somebody's account first.
//!
//! Answers are generated from the documented schema, with amounts at the edges, rows by the dozen and undocumented fields that
//! repeat a name, and delivered one by one; the client must tell each exactly. Beyond what a binary fraction of 64 bits holds it
//! is only worth a remark.

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
    trial.cases(CHECK.id).times(2).check_all(|sampler| balances.dealt(sampler), |text| judge_body(trial, text)).await
}

async fn judge_body(trial: &ClientTrial<'_>, text: String) -> Judgement {
    let session = trial.open(trial.credits(1)).await?;
    let stated = with_text(trial, &session, "a generated answer", text)?;
    if !conforms(trial.operation(Role::Balance)?, &stated) {
        return Err(Stop::Inconclusive("the contract says more of its balance than its schema does".to_owned()));
    }
    judge_decoded(trial, &session, stated).await
}
