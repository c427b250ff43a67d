//! # The reported balance is the server's, after any sequence of events
//!
//! ## What it checks
//!
//! Compares requests and reported results with the model after each step of a generated sequence.
//!
//! ## Why it matters
//!
//! The state of a client is small, but combinations break it: a balance from before an outage returns after it, the
//! second paid call does not invalidate the cache, or one tenant is shown the balance of another once both have
//! asked.
//!
//! ## How
//!
//! Sequences combine checks, paid calls, invalidations, changes of the balance, time on both sides of every TTL,
//! outages, single failed responses, revoked credentials and concurrent checks, in one or several sessions at one
//! server. After each step the recorded requests and the reported result must be among those that the model allows. A
//! failing sequence is shrunk, and its steps are reported.

use crate::checks::check::{Check, CheckKind, Judge, Judgement, Schedule, has_balance};
use crate::checks::client::support::sequence_runner::{self, FailureModes};
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
    let failure_modes = FailureModes::of(trial).await?;
    let environment = sequence_runner::environment(trial, &failure_modes).await?;
    let cases = trial.cases(CHECK.id).times(3).enough_for(sequences_needed(&environment));
    cases
        .check_all(
            |sampler| sequences(&environment, sampler),
            |sequence| sequence_runner::run(trial, &failure_modes, sequence),
        )
        .await
}
