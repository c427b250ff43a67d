//! Faults at requests with a credential that is not one of the provider's.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::ServerFault;
use super::applies::has_credential;
use super::hooks::{admit, anyone, crash, every, is_paid};
use super::refusal::{has_code, has_status, other_code, other_status};
use crate::contract::{Condition, Role};
use crate::mock::admission::{Admission, Presented};

pub(super) const FAULTS: &[ServerFault] = &[
    ServerFault {
        name: "unknown-key-admitted",
        about: "any credential is accepted",
        applies: has_credential,
        install: |behaviour| {
            admit(behaviour, |view| (*view.admission == Admission::Unknown).then(|| anyone(view)).flatten());
        },
    },
    ServerFault {
        name: "unknown-key-other-status",
        about: "an unknown credential answers 404, or 409 where 404 is documented",
        applies: |contract| has_status(contract, Condition::CredentialUnknown),
        install: |behaviour| {
            every(behaviour, |view, reply| {
                if view.refused(Condition::CredentialUnknown) {
                    reply.status = other_status(view, Condition::CredentialUnknown, [404, 409, 418]);
                }
            });
        },
    },
    ServerFault {
        name: "unknown-key-other-code",
        about: "the error code for an unknown credential is not the documented one",
        applies: |contract| has_code(contract, Condition::CredentialUnknown),
        install: |behaviour| {
            every(behaviour, |view, reply| {
                if view.refused(Condition::CredentialUnknown) {
                    other_code(view, reply);
                }
            });
        },
    },
    ServerFault {
        name: "unknown-key-crashes",
        about: "an unknown credential answers 500",
        applies: has_credential,
        install: |behaviour| {
            every(behaviour, |view, reply| {
                if view.refused(Condition::CredentialUnknown) {
                    *reply = crash();
                }
            });
        },
    },
    ServerFault {
        name: "paid-call-with-any-key",
        about: "the paid call accepts any credential",
        applies: |contract| has_credential(contract) && contract.operation(Role::Spend).is_some(),
        install: |behaviour| {
            admit(behaviour, |view| {
                (*view.admission == Admission::Unknown && is_paid(view)).then(|| anyone(view)).flatten()
            });
        },
    },
    ServerFault {
        name: "placeholder-key-admitted",
        about: "a placeholder from the documentation is accepted as a credential",
        applies: has_credential,
        install: |behaviour| {
            admit(behaviour, |view| {
                let Presented::Value(given) = view.presented else { return None };
                (given.to_ascii_lowercase().contains("your")).then(|| anyone(view)).flatten()
            });
        },
    },
    ServerFault {
        name: "falsy-key-admitted",
        about: "a credential `undefined` or `None` is accepted",
        applies: has_credential,
        install: |behaviour| {
            admit(behaviour, |view| {
                let Presented::Value(given) = view.presented else { return None };
                (matches!(given.as_str(), "undefined" | "None")).then(|| anyone(view)).flatten()
            });
        },
    },
    ServerFault {
        name: "wildcard-key-admitted",
        about: "a credential `%` or `*` is accepted, as by a search",
        applies: has_credential,
        install: |behaviour| {
            admit(behaviour, |view| {
                let Presented::Value(given) = view.presented else { return None };
                (matches!(given.as_str(), "%" | "*")).then(|| anyone(view)).flatten()
            });
        },
    },
    ServerFault {
        name: "test-key-admitted",
        about: "a credential `test` is accepted",
        applies: has_credential,
        install: |behaviour| {
            admit(behaviour, |view| {
                let Presented::Value(given) = view.presented else { return None };
                (given == "test").then(|| anyone(view)).flatten()
            });
        },
    },
    ServerFault {
        name: "unknown-keys-lock-out-all",
        about: "after three requests with an unknown credential every credential is refused",
        applies: has_credential,
        install: |behaviour| {
            let wrong = AtomicU64::new(0);
            behaviour.admit = Some(Arc::new(move |view| {
                if *view.admission == Admission::Unknown {
                    wrong.fetch_add(1, Ordering::Relaxed);
                }
                (wrong.load(Ordering::Relaxed) >= 3).then_some(Admission::Unknown)
            }));
        },
    },
];
