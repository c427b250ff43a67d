//! Faults at requests without a credential, or with an empty one.

use super::ServerFault;
use super::applies::has_credential;
use super::hooks::{admit, anyone, every, is_missing, is_paid};
use super::refusal::{has_code, has_status, other_code, other_status};
use crate::contract::{Condition, Contract, Role};
use crate::mock::admission::{Admission, Presented};

pub(super) const FAULTS: &[ServerFault] = &[
    ServerFault {
        name: "missing-key-admitted",
        about: "a request without a credential is accepted as some tenant",
        applies: has_credential,
        install: |behaviour| {
            admit(behaviour, |view| {
                (*view.admission == Admission::Missing && *view.presented == Presented::Nothing)
                    .then(|| anyone(view))
                    .flatten()
            });
        },
    },
    ServerFault {
        name: "head-without-key",
        about: "a HEAD request without a credential is accepted as some tenant",
        // Where only the body tells a refusal from a success, a response to HEAD tells nothing.
        applies: |contract| {
            let read = contract.operation(Role::Balance);
            reads_by_get(contract) && !read.is_some_and(|read| read.may_refuse_in_success())
        },
        install: |behaviour| {
            admit(behaviour, |view| {
                (is_missing(view) && view.request.method == "HEAD").then(|| anyone(view)).flatten()
            });
        },
    },
    ServerFault {
        name: "missing-key-admitted-from-own-network",
        about: "a request without a credential is accepted if `X-Forwarded-For` or `X-Real-IP` is an address of the machine itself",
        applies: reads_by_get,
        install: |behaviour| {
            admit(behaviour, |view| {
                let is_local = |name: &str| view.request.header_value(name).is_some_and(|at| at.starts_with(b"127."));
                let local = is_local("x-forwarded-for") || is_local("x-real-ip");
                (is_missing(view) && local).then(|| anyone(view)).flatten()
            });
        },
    },
    ServerFault {
        name: "missing-key-admitted-with-origin",
        about: "a request without a credential is accepted if there is an `Origin`",
        applies: reads_by_get,
        install: |behaviour| {
            admit(behaviour, |view| {
                let has_origin = view.request.header_value("origin").is_some();
                (is_missing(view) && has_origin).then(|| anyone(view)).flatten()
            });
        },
    },
    ServerFault {
        name: "missing-key-other-status",
        about: "a request without a credential answers 403, or 409 where 403 is documented",
        applies: |contract| has_status(contract, Condition::CredentialMissing),
        install: |behaviour| {
            every(behaviour, |view, reply| {
                if view.refused(Condition::CredentialMissing) {
                    reply.status = other_status(view, Condition::CredentialMissing, [403, 409, 418]);
                }
            });
        },
    },
    ServerFault {
        name: "missing-key-other-code",
        about: "the error code for a missing credential is not the documented one",
        applies: |contract| has_code(contract, Condition::CredentialMissing),
        install: |behaviour| {
            every(behaviour, |view, reply| {
                if view.refused(Condition::CredentialMissing) {
                    other_code(view, reply);
                }
            });
        },
    },
    ServerFault {
        name: "paid-call-without-key",
        about: "the paid call does not require a credential",
        applies: |contract| has_credential(contract) && contract.operation(Role::Spend).is_some(),
        install: |behaviour| {
            admit(behaviour, |view| {
                (*view.admission == Admission::Missing && is_paid(view)).then(|| anyone(view)).flatten()
            });
        },
    },
    ServerFault {
        name: "empty-key-admitted",
        about: "an empty credential is accepted as some tenant",
        applies: has_credential,
        install: |behaviour| {
            admit(behaviour, |view| {
                (*view.presented == Presented::Value(String::new())).then(|| anyone(view)).flatten()
            });
        },
    },
];

/// Whether a secured read is made by GET.
fn reads_by_get(contract: &Contract) -> bool {
    has_credential(contract)
        && contract.operations.iter().any(|operation| operation.secured && operation.method == "GET")
}
