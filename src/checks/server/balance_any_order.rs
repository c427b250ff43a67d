//! # Whatever happens in whatever order, each answer is one that the contract allows
//!
//! What works step by step fails in combinations: the refresh after the one that failed, the charge that is right until an
//! outage came in between, the answer of one tenant that is given to another once both have asked twice. Nobody writes tests
//! for these, and customers meet them.
//!
//! Sequences are generated of checks, paid calls, refreshes, changes behind the API's back, time that passes to both sides of
//! every boundary, outages and their end, credentials withdrawn, and calls at the same time, on one account or on several.
//! After each step the answer must be one of those that the model allows; at the end, when nothing may be kept any more, the
//! truth. A sequence that fails is made shorter, and told as a story.

use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, has_balance};
use crate::checks::server::support::balance_reads::change_shows;
use crate::checks::server::support::sequence_runner::{self, Lacking};
use crate::checks::server_trial::ServerTrial;
use crate::checks::verdict::Side;
use crate::contract::Level;
use crate::generate::sequence::{sequences, sequences_needed};
use crate::mock::State;

pub(super) const CHECK: Check = Check {
    id: "balance.any-order",
    side: Side::Server,
    level: Level::Must,
    kind: CheckKind::Sequence,
    schedule: Schedule::Alone,
    slow: false,
    needs: &[Need::State(State::Account), Need::State(State::Balance)],
    faults: &[
        "balance-never-changes",
        "charge-skipped-after-outage",
        "charge-doubled-after-refusal",
        "balance-stale-after-several-spends",
        "refresh-ignored-after-failure",
        "revoked-key-works-after-top-up",
        "cache-too-long",
        "charge-skipped-at-exact-balance",
        "exhausted-accepted-at-zero",
    ],
    applies: has_balance,
    judge: Judge::Server(|trial| Box::pin(judge(trial))),
};

async fn judge(trial: &ServerTrial<'_>) -> Judgement {
    change_shows(trial).await?;
    let scene = sequence_runner::scene(trial);
    let lacking = Lacking::default();
    let cases = trial.cases(CHECK.id).times(3).enough_for(sequences_needed(&scene));
    cases
        .check_all(|hand| sequences(&scene, hand), |sequence| sequence_runner::perform(trial, &lacking, sequence))
        .await
}
