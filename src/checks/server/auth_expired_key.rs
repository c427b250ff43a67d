//! # An expired credential is refused
//!
//! ## What it checks
//!
//! Every operation that requires a credential refuses one that has expired, with the documented response.
//!
//! ## Why it matters
//!
//! A key has an expiry date so that it stops working. A server that goes on accepting it, for the lifetime of a
//! cache or on one operation only, makes the expiry date useless.
//!
//! ## How
//!
//! A valid credential is used, so that the server may cache it, and then made to expire with the state
//! `key.expired`. Every operation that requires a credential is called with it.

use super::support::revoked::judge_revoked;
use crate::checks::check::{Check, CheckKind, Judge, Need, Schedule, documents_credential};
use crate::checks::verdict::Side;
use crate::contract::{Condition, Level};
use crate::mock::State;

pub(super) const CHECK: Check = Check {
    id: "auth.expired-key",
    side: Side::Server,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: false,
    needs: &[Need::State(State::Account), Need::State(State::KeyExpired)],
    faults: &["expired-key-works", "expired-key-works-if-used-before"],
    applies: |contract| documents_credential(contract, Condition::CredentialExpired),
    judge: Judge::Server(|trial| {
        let about = "with an expired credential";
        Box::pin(judge_revoked(trial, State::KeyExpired, Condition::CredentialExpired, about))
    }),
};
