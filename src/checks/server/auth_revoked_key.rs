//! # A revoked credential is refused
//!
//! ## What it checks
//!
//! Every operation that requires a credential refuses a revoked one, with the documented response. It is not reported as
//! missing.
//!
//! ## Why it matters
//!
//! A leaked key is revoked because an attacker may have it. A server that goes on accepting it, for the lifetime of
//! a cache or on one operation only, leaves the account open to the attacker.
//!
//! ## How
//!
//! A valid credential is used, so that the server may cache it, and then revoked with the state `key.revoked`.
//! Every operation that requires a credential is called with it.

use super::support::revoked::judge_revoked;
use crate::checks::check::{Check, CheckKind, Judge, Need, Schedule, documents_credential};
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
    faults: &[
        "revoked-key-works",
        "revoked-key-works-if-used-before",
        "revoked-key-reported-as-missing",
        "revoked-key-undocumented-status",
        "revoked-key-error-as-string",
    ],
    applies: |contract| documents_credential(contract, Condition::CredentialRevoked),
    judge: Judge::Server(|trial| {
        let about = "with a revoked credential";
        Box::pin(judge_revoked(trial, State::KeyRevoked, Condition::CredentialRevoked, about))
    }),
};
