//! # Every response is allowed by the contract, after any sequence of events
//!
//! ## What it checks
//!
//! After any sequence of events each response is one that the contract allows, and at the end the true balance is
//! shown.
//!
//! ## Why it matters
//!
//! Operations that work one by one fail in combination: a refresh after a failed refresh, a charge after an outage,
//! the response of one tenant given to another when both have read twice. Such sequences are rarely tested, but
//! customers meet them.
//!
//! ## How
//!
//! Sequences are generated of balance reads, paid calls, refreshes, changes outside the API, time before and after
//! every TTL, outages and their end, revoked credentials, and concurrent calls, on one account or several. After
//! each step the model gives the allowed responses. A failing sequence is shrunk, and its steps are reported.

use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, has_balance};
use crate::checks::server::support::balance_reads::require_visible_change;
use crate::checks::server::support::sequence_environment::environment;
use crate::checks::server::support::sequence_runner::{self, SharedWorld};
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
    schedule: Schedule::Outage,
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
    require_visible_change(trial).await?;
    let possible = environment(trial);
    let world = SharedWorld::default();
    let cases = trial.cases(CHECK.id).times(3).enough_for(sequences_needed(&possible));
    cases.check_all(|hand| sequences(&possible, hand), |sequence| sequence_runner::run(trial, &world, sequence)).await
}
