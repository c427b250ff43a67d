//! Faults of staying up.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::error::crash;
use super::shape::{every, on_success};
use super::{ServerFault, always};
use crate::contract::Contract;
use crate::mock::behaviour::{EditView, ProviderBehaviour};
use crate::mock::reply::Delivery;

pub(super) const FAULTS: &[ServerFault] = &[
    ServerFault {
        name: "large-header-kills",
        about: "nothing is answered any more after a large header field",
        applies: always,
        install: |behaviour| kills(behaviour, |view| view.request.headers.iter().any(|(_, value)| value.len() > 5000)),
    },
    ServerFault {
        name: "large-body-kills",
        about: "nothing is answered any more after a large body",
        applies: always,
        install: |behaviour| {
            kills(behaviour, |view| view.request.body.as_ref().is_some_and(|body| body.len() > 300_000));
        },
    },
    ServerFault {
        name: "deep-body-kills",
        about: "nothing is answered any more after a body that is nested deeply",
        applies: takes_body,
        install: |behaviour| kills(behaviour, deep),
    },
    ServerFault {
        name: "deep-body-crashes",
        about: "a body that is nested deeply answers 500",
        applies: takes_body,
        install: |behaviour| {
            every(behaviour, |view, reply| {
                if deep(view) {
                    *reply = crash();
                }
            });
        },
    },
    ServerFault {
        name: "unknown-method-kills",
        about: "nothing is answered any more after a method that nobody knows",
        applies: always,
        install: |behaviour| kills(behaviour, |view| view.request.method == "BREW"),
    },
    ServerFault {
        name: "answer-never-ends",
        about: "answers stop in the middle, and the connection stays open",
        applies: always,
        install: |behaviour| {
            behaviour.stalls = true;
            on_success(behaviour, |_, reply| reply.delivery = Delivery::Stalled(reply.body.len() / 2));
        },
    },
    ServerFault {
        name: "answer-reset",
        about: "connections are reset in place of an answer",
        applies: always,
        install: |behaviour| on_success(behaviour, |_, reply| reply.delivery = Delivery::Reset),
    },
    ServerFault {
        name: "answer-not-http",
        about: "what comes back is not HTTP",
        applies: always,
        install: |behaviour| on_success(behaviour, |_, reply| reply.delivery = Delivery::Garbage),
    },
    ServerFault {
        name: "answer-cut-now-and-then",
        about: "every ninth answer is cut short",
        applies: always,
        install: |behaviour| {
            on_success(behaviour, |view, reply| {
                if view.n % 9 == 0 {
                    reply.delivery = Delivery::Truncated(reply.body.len() / 2);
                }
            });
        },
    },
];

fn takes_body(contract: &Contract) -> bool {
    contract.operations.iter().any(|operation| operation.request.is_some())
}

fn deep(view: &EditView<'_>) -> bool {
    view.request.body.as_ref().is_some_and(|body| body.starts_with(b"[[[[[[[[[["))
}

/// After a request of that kind, every connection is reset.
fn kills(behaviour: &mut ProviderBehaviour, by: fn(&EditView<'_>) -> bool) {
    let dead = AtomicBool::new(false);
    behaviour.edit.push(Arc::new(move |view, reply| {
        if by(view) {
            dead.store(true, Ordering::Relaxed);
        }
        if dead.load(Ordering::Relaxed) {
            reply.delivery = Delivery::Reset;
        }
    }));
}
