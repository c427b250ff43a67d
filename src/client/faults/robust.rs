//! Wrong about hostile answers.

use std::sync::atomic::Ordering;

use super::ClientFault;
use super::applies::{always, fails_closed};
use crate::client::api::{ClientError, ErrorClass};
use crate::client::behaviour::Deadline;

pub(super) const ALL: &[ClientFault] = &[
    ClientFault {
        name: "no-deadline",
        about: "waits for ever",
        applies: always,
        install: |b| b.sending.deadline = Deadline::None,
    },
    ClientFault {
        name: "deadline-per-read",
        about: "starts its deadline anew with every byte that comes in",
        applies: always,
        install: |b| b.sending.deadline = Deadline::PerRead,
    },
    ClientFault {
        name: "unbounded-body",
        about: "reads a body of any length",
        applies: always,
        install: |b| b.sending.bounded = false,
    },
    ClientFault {
        name: "never-recovers",
        about: "fails for good after one failure",
        applies: fails_closed,
        install: |b| {
            b.telling.before = |memory| {
                let failed = memory.failures.load(Ordering::Relaxed) > 0;
                failed.then(|| Err(ClientError::new(ErrorClass::Other, "this client failed before")))
            };
            b.telling.after = |outcome, told| {
                if outcome.is_err() {
                    told.memory.failures.fetch_add(1, Ordering::Relaxed);
                }
                outcome
            };
        },
    },
];
