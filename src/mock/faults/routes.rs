//! Faults at requests for an unknown path, or with an unknown method.

use std::sync::Arc;

use super::ServerFault;
use super::applies::always;
use super::hooks::crash;
use crate::contract::{Condition, Contract, Role};
use crate::mock::behaviour::{EditView, ProviderBehaviour};
use crate::mock::reply::Reply;

pub(super) const FAULTS: &[ServerFault] = &[
    ServerFault {
        name: "unknown-path-succeeds",
        about: "an unknown path answers 200",
        applies: always,
        install: |behaviour| unrouted(behaviour, false, |_, reply| *reply = Reply::new(200, "application/json", "{}")),
    },
    ServerFault {
        name: "unknown-path-crashes",
        about: "an unknown path answers 500",
        applies: always,
        install: |behaviour| unrouted(behaviour, false, |_, reply| *reply = crash()),
    },
    ServerFault {
        name: "path-below-succeeds",
        about: "every path below that of the balance answers 200",
        applies: |contract| contract.operation(Role::Balance).is_some(),
        install: |behaviour| {
            unrouted(behaviour, false, |view, reply| {
                if is_beside(view, |path, known| path.strip_prefix(known).is_some_and(|rest| rest.starts_with('/'))) {
                    *reply = Reply::new(200, "application/json", "{}");
                }
            });
        },
    },
    ServerFault {
        name: "path-compared-by-its-end",
        about: "every path that ends with that of the balance answers 200",
        applies: |contract| contract.operation(Role::Balance).is_some(),
        install: |behaviour| {
            unrouted(behaviour, false, |view, reply| {
                if is_beside(view, |path, known| path.ends_with(known)) {
                    *reply = Reply::new(200, "application/json", "{}");
                }
            });
        },
    },
    ServerFault {
        name: "any-method-succeeds",
        about: "a method that the path does not document answers 200",
        applies: always,
        install: |behaviour| unrouted(behaviour, true, |_, reply| *reply = Reply::new(200, "application/json", "{}")),
    },
    ServerFault {
        name: "unknown-method-crashes",
        about: "a method that the path does not document answers 500",
        applies: always,
        install: |behaviour| unrouted(behaviour, true, |_, reply| *reply = crash()),
    },
    ServerFault {
        name: "allow-absent",
        about: "a 405 response has no `Allow`",
        applies: answers_405,
        install: |behaviour| unrouted(behaviour, true, |_, reply| reply.remove_header("allow")),
    },
    ServerFault {
        name: "allow-absent-on-paid-path",
        about: "a 405 response has no `Allow` if the path is that of the paid call",
        applies: |contract| answers_405(contract) && contract.operation(Role::Spend).is_some(),
        install: |behaviour| {
            unrouted(behaviour, true, |view, reply| {
                if is_paid_path(view) {
                    reply.remove_header("allow");
                }
            });
        },
    },
    ServerFault {
        name: "any-method-succeeds-on-paid-path",
        about: "a method that the path of the paid call does not document answers 200",
        applies: |contract| contract.operation(Role::Spend).is_some(),
        install: |behaviour| {
            unrouted(behaviour, true, |view, reply| {
                if is_paid_path(view) {
                    *reply = Reply::new(200, "application/json", "{}");
                }
            });
        },
    },
    ServerFault {
        name: "allow-with-refused-method",
        about: "`Allow` contains the method that is refused",
        applies: answers_405,
        install: |behaviour| {
            unrouted(behaviour, true, |view, reply| {
                let allowed = reply.header("allow").unwrap_or_default().to_owned();
                reply.set_header("allow", format!("{allowed}, {}", view.request.method));
            });
        },
    },
    ServerFault {
        name: "allow-without-documented-method",
        about: "`Allow` lacks the documented method of the path",
        applies: answers_405,
        install: |behaviour| unrouted(behaviour, true, |_, reply| reply.set_header("allow", "OPTIONS")),
    },
];

/// Whether the conforming mock answers an undocumented method of a read with 405.
fn answers_405(contract: &Contract) -> bool {
    let status = contract.conditions.get(&Condition::MethodUnknown).map_or(405, |answer| answer.canonical_status);
    status == 405
}

/// Whether the path of the request is in this relation to that of the balance.
fn is_beside(view: &EditView<'_>, relation: fn(&str, &str) -> bool) -> bool {
    let path = view.request.target.split('?').next().unwrap_or_default();
    view.contract
        .operation(Role::Balance)
        .is_some_and(|operation| relation(path, operation.example_path.split('?').next().unwrap_or_default()))
}

/// Whether the path is that of the paid call.
fn is_paid_path(view: &EditView<'_>) -> bool {
    let path = view.request.target.split('?').next().unwrap_or_default();
    view.contract.operation(Role::Spend).is_some_and(|operation| operation.matches(path))
}

/// Edits the responses to requests for an unknown path or (`method`) with an unknown method.
fn unrouted(behaviour: &mut ProviderBehaviour, method: bool, edit: fn(&EditView<'_>, &mut Reply)) {
    behaviour.edit.push(Arc::new(move |view, reply| {
        if view.operation.is_none() && reply.header("allow").is_some() == method {
            edit(view, reply);
        }
    }));
}
