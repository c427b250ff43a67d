//! # Whatever happens in whatever order, what is told is what was said
//!
//! A client has little to remember, and gets it wrong in combinations: the answer from before the outage comes back after it,
//! the second paid call leaves the old balance standing, what one tenant was told is told another once both have asked.
//!
//! Sequences are generated of checks, paid calls, drops, changes of the balance, time that passes to both sides of every
//! boundary, outages, single answers that fail, credentials withdrawn and checks at the same time, by one session or by
//! several at one server. After each step what arrived and what was told must be among what the model allows. A sequence
//! that fails is made shorter, and told as a story.

use crate::checks::check::{Check, CheckKind, Judge, Judgement, Schedule, has_balance};
use crate::checks::client::support::sequence_runner::{self, Stumbles};
use crate::checks::client_trial::ClientTrial;
use crate::checks::verdict::Side;
use crate::contract::Level;
use crate::generate::sequence::{sequences, sequences_needed};

pub(super) const CHECK: Check = Check {
    id: "balance.sequence",
    side: Side::Client,
    level: Level::Must,
    kind: CheckKind::Sequence,
    schedule: Schedule::Shared,
    slow: false,
    needs: &[],
    faults: &[
        "stale-after-failure",
        "every-third-balance-repeated",
        "cached-after-second-spend",
        "exhausted-misclassified-after-first",
        "cached-after-spend",
        "cached-after-invalidate",
        "shared-between-tenants",
        "zero-not-cached",
    ],
    applies: has_balance,
    judge: Judge::Client(|trial| Box::pin(judge(trial))),
};

async fn judge(trial: &ClientTrial<'_>) -> Judgement {
    let stumbles = Stumbles::of(trial).await?;
    let scene = sequence_runner::scene(trial, &stumbles).await?;
    let cases = trial.cases(CHECK.id).times(3).enough_for(sequences_needed(&scene));
    cases
        .check_all(
            |sampler| sequences(&scene, sampler),
            |sequence| sequence_runner::perform(trial, &stumbles, sequence),
        )
        .await
}
