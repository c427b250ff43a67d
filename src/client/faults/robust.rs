//! Faults in the handling of hostile responses.

use std::sync::atomic::Ordering;

use super::ClientFault;
use super::applies::{always, fails_closed};
use crate::client::behaviour::Deadline;
use crate::client::error::{ClientError, ErrorClass};
use crate::contract::Role;

pub(super) const ALL: &[ClientFault] = &[
    ClientFault {
        name: "no-deadline",
        about: "waits forever",
        applies: always,
        install: |b| b.sending.deadline = Deadline::None,
    },
    ClientFault {
        name: "paid-call-without-deadline",
        about: "waits forever for the response to a paid call",
        applies: |contract| contract.operation(Role::Spend).is_some(),
        install: |b| b.sending.deadline_of_spend = Some(Deadline::None),
    },
    ClientFault {
        name: "deadline-per-read",
        about: "restarts its deadline with every received byte",
        applies: always,
        install: |b| b.sending.deadline = Deadline::EachRead,
    },
    ClientFault {
        name: "unbounded-body",
        about: "reads a body of any length",
        applies: always,
        install: |b| b.sending.limits_body = false,
    },
    ClientFault {
        name: "never-recovers",
        about: "fails forever after one failure",
        applies: fails_closed,
        install: |b| {
            b.reporting.before_check = |memory| {
                let failed = memory.failures.load(Ordering::Relaxed) > 0;
                failed.then(|| Err(ClientError::new(ErrorClass::Other, "this client failed before")))
            };
            b.reporting.after_check = |result, context| {
                if result.is_err() {
                    context.memory.failures.fetch_add(1, Ordering::Relaxed);
                }
                result
            };
        },
    },
];
