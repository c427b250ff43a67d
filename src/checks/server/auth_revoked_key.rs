//! # A credential that is withdrawn is refused
//!
//! A leaked key is withdrawn because somebody else has it. If it goes on working, be it for as long as some cache lives or on one
//! operation only, that was for nothing.
//!
//! A credential that works is withdrawn, and every operation that needs one is called with it.

use super::support::revoked::judge_withdrawn;
use crate::checks::check::{Check, CheckKind, Judge, Need, Schedule, has_credential};
use crate::checks::verdict::Side;
use crate::contract::{Condition, Level};
use crate::mock::State;

pub(super) const CHECK: Check = Check {
    id: "auth.revoked-key",
    side: Side::Server,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: false,
    needs: &[Need::State(State::Account), Need::State(State::KeyRevoked)],
    faults: &["revoked-key-works", "revoked-key-works-if-used-before"],
    applies: has_credential,
    judge: Judge::Server(|trial| {
        let about = "with a credential that is withdrawn";
        Box::pin(judge_withdrawn(trial, State::KeyRevoked, Condition::CredentialRevoked, about))
    }),
};
