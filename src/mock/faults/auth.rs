//! Faults of admission: which credentials are accepted, and what the error response contains.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::ServerFault;
use super::error::{crash, has_code, other_code};
use super::shape::{documents_refusal, every};
use crate::contract::{Condition, Contract, CredentialPlace, Role, StatusRange};
use crate::mock::admission::{Admission, Presented, values};
use crate::mock::behaviour::{AdmitView, EditView, ProviderBehaviour};
use crate::mock::reply::Delivery;
use crate::model::Decision;

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
        name: "long-key-admitted",
        about: "a credential longer than 4096 bytes is accepted",
        applies: in_field,
        install: |behaviour| {
            admit(behaviour, |view| {
                (values(view.contract, view.request).iter().any(|value| value.len() > 4096))
                    .then(|| anyone(view))
                    .flatten()
            });
        },
    },
    ServerFault {
        name: "long-key-crashes",
        about: "a header field longer than 4096 bytes answers 500",
        applies: in_field,
        install: |behaviour| {
            every(behaviour, |view, reply| {
                if view.request.headers.iter().any(|(_, value)| value.len() > 4096) {
                    *reply = crash();
                }
            });
        },
    },
    ServerFault {
        name: "non-ascii-key-crashes",
        about: "a header field with bytes outside ASCII answers 500",
        applies: as_text,
        install: |behaviour| {
            every(behaviour, |view, reply| {
                if view.request.headers.iter().any(|(_, value)| !value.is_ascii()) {
                    *reply = crash();
                }
            });
        },
    },
    ServerFault {
        name: "quote-in-key-admitted",
        about: "a credential that contains a single quote is accepted, as after an SQL injection",
        applies: as_text,
        install: |behaviour| {
            admit(behaviour, |view| {
                (values(view.contract, view.request).iter().any(|value| value.contains(&b'\'')))
                    .then(|| anyone(view))
                    .flatten()
            });
        },
    },
    ServerFault {
        name: "long-key-closes-connection",
        about: "the connection is closed after a credential of 4000 bytes or more",
        applies: in_field,
        install: |behaviour| {
            every(behaviour, |view, reply| {
                if key(view).len() >= 4000 {
                    reply.delivery = Delivery::Reset;
                }
            });
        },
    },
    ServerFault {
        name: "non-ascii-key-closes-connection",
        about: "the connection is closed after a credential with bytes outside ASCII",
        applies: as_text,
        install: |behaviour| {
            every(behaviour, |view, reply| {
                if !key(view).is_ascii() {
                    reply.delivery = Delivery::Reset;
                }
            });
        },
    },
    ServerFault {
        name: "quote-in-key-crashes",
        about: "a credential with a single quote answers 500",
        applies: as_text,
        install: |behaviour| {
            every(behaviour, |view, reply| {
                if key(view).contains(&b'\'') {
                    *reply = crash();
                }
            });
        },
    },
    ServerFault {
        name: "quote-in-key-closes-connection",
        about: "the connection is closed after a credential with a quotation mark",
        applies: as_text,
        install: |behaviour| {
            every(behaviour, |view, reply| {
                if key(view).contains(&b'"') {
                    reply.delivery = Delivery::Reset;
                }
            });
        },
    },
    ServerFault {
        name: "blank-in-key-crashes",
        about: "a credential with a blank in it answers 500",
        applies: as_text,
        install: |behaviour| {
            every(behaviour, |view, reply| {
                if key(view).contains(&b' ') {
                    *reply = crash();
                }
            });
        },
    },
    ServerFault {
        name: "refused-key-in-body",
        about: "the error response to a refused credential contains the credential",
        applies: documents_refusal,
        install: |behaviour| {
            every(behaviour, |view, reply| {
                if view.refused(Condition::CredentialUnknown) || view.refused(Condition::CredentialRevoked) {
                    let key = values(view.contract, view.request).into_iter().next().unwrap_or_default();
                    let key = String::from_utf8_lossy(&key).into_owned();
                    let text = reply.text();
                    reply.body =
                        text.replacen('{', &format!("{{\"given\":{},", serde_json::Value::from(key)), 1).into();
                }
            });
        },
    },
    ServerFault {
        name: "valid-key-in-response-header",
        about: "successful responses contain the credential in a header field",
        applies: has_credential,
        install: |behaviour| {
            every(behaviour, |view, reply| {
                if matches!(view.decision, Some(Decision::Success { .. })) {
                    let key = values(view.contract, view.request).into_iter().next().unwrap_or_default();
                    reply.set_header("x-debug-key", String::from_utf8_lossy(&key).into_owned());
                }
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

pub(super) fn has_credential(contract: &Contract) -> bool {
    contract.credential.is_some()
}

pub(super) fn in_field(contract: &Contract) -> bool {
    matches!(contract.credential_place(), Some(CredentialPlace::Header { .. } | CredentialPlace::Authorization { .. }))
}

/// Where the credential stands in a header field as it is: HTTP Basic encodes it, so that it has no odd characters.
fn as_text(contract: &Contract) -> bool {
    let encoded = contract.credential_place().is_some_and(|place| !place.value("a:b").ends_with("a:b"));
    in_field(contract) && !encoded
}

/// The first of these statuses that the contract does not document for the condition.
fn other_status(view: &EditView<'_>, condition: Condition, statuses: [u16; 3]) -> u16 {
    let documented = view.operation.and_then(|operation| operation.conditions.get(&condition));
    let taken = |status: &u16| {
        let mut each = documented.iter().flat_map(|answer| answer.each());
        each.any(|answer| answer.status.is_some_and(|range| range.contains(*status)))
    };
    statuses.into_iter().find(|status| !taken(status)).unwrap_or(418)
}

/// Whether a status code is documented for the condition.
pub(super) fn has_status(contract: &Contract, condition: Condition) -> bool {
    let responses = contract.operations.iter().filter_map(|operation| operation.conditions.get(&condition));
    responses.into_iter().any(|response| matches!(response.status, Some(StatusRange::Exact(_))))
}

/// The first credential of the request, as it was sent; empty if there is none.
fn key(view: &EditView<'_>) -> Vec<u8> {
    values(view.contract, view.request).into_iter().next().unwrap_or_default()
}

pub(super) fn admit(behaviour: &mut ProviderBehaviour, hook: fn(&AdmitView<'_>) -> Option<Admission>) {
    behaviour.admit = Some(Arc::new(hook));
}

/// Whether a secured read is made by GET.
fn reads_by_get(contract: &Contract) -> bool {
    has_credential(contract)
        && contract.operations.iter().any(|operation| operation.secured && operation.method == "GET")
}

/// Whether the request presents no credential.
fn is_missing(view: &AdmitView<'_>) -> bool {
    *view.admission == Admission::Missing && *view.presented == Presented::Nothing
}

/// Admits an arbitrary tenant with an account, always the same one.
#[expect(clippy::unnecessary_wraps, reason = "an admission hook returns an option")]
pub(super) fn anyone(view: &AdmitView<'_>) -> Option<Admission> {
    Some(Admission::Tenant(view.keys.values().min().cloned().unwrap_or_default()))
}

fn is_paid(view: &AdmitView<'_>) -> bool {
    view.contract
        .operation(Role::Spend)
        .is_some_and(|operation| view.request.target.starts_with(operation.path.as_str()))
}
