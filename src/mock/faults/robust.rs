//! Faults of robustness: crashes, hangs and broken connections.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::ServerFault;
use super::applies::always;
use super::hooks::{crash, every, on_success};
use crate::contract::Contract;
use crate::mock::behaviour::{EditView, ProviderBehaviour};
use crate::mock::reply::Delivery;

pub(super) const FAULTS: &[ServerFault] = &[
    ServerFault {
        name: "large-header-stops-server",
        about: "after a header field of more than 5000 bytes the server resets every connection",
        applies: always,
        install: |behaviour| {
            stops_after(behaviour, |view| view.request.headers.iter().any(|(_, value)| value.len() > 5000));
        },
    },
    ServerFault {
        name: "large-body-stops-server",
        about: "after a body of more than 300000 bytes the server resets every connection",
        applies: always,
        install: |behaviour| {
            stops_after(behaviour, |view| view.request.body.as_ref().is_some_and(|body| body.len() > 300_000));
        },
    },
    ServerFault {
        name: "large-header-crashes",
        about: "a header field of more than 5000 bytes answers 500",
        applies: always,
        install: |behaviour| {
            every(behaviour, |view, reply| {
                if view.request.headers.iter().any(|(_, value)| value.len() > 5000) {
                    *reply = crash();
                }
            });
        },
    },
    ServerFault {
        name: "long-query-crashes",
        about: "a query of more than 2000 bytes answers 500",
        applies: always,
        install: |behaviour| {
            every(behaviour, |view, reply| {
                if view.request.target.split_once('?').is_some_and(|(_, query)| query.len() > 2000) {
                    *reply = crash();
                }
            });
        },
    },
    ServerFault {
        name: "invalid-percent-encoding-crashes",
        about: "a query with a percent sign that encodes nothing answers 500",
        applies: always,
        install: |behaviour| {
            every(behaviour, |view, reply| {
                if view.request.target.contains("%zz") {
                    *reply = crash();
                }
            });
        },
    },
    ServerFault {
        name: "deep-body-stops-server",
        about: "after a deeply nested body the server resets every connection",
        applies: takes_body,
        install: |behaviour| stops_after(behaviour, is_deeply_nested),
    },
    ServerFault {
        name: "deep-body-crashes",
        about: "a deeply nested body answers 500",
        applies: takes_body,
        install: |behaviour| {
            every(behaviour, |view, reply| {
                if is_deeply_nested(view) {
                    *reply = crash();
                }
            });
        },
    },
    ServerFault {
        name: "unknown-method-stops-server",
        about: "after an unknown method the server resets every connection",
        applies: always,
        install: |behaviour| stops_after(behaviour, |view| view.request.method == "BREW"),
    },
    ServerFault {
        name: "response-never-ends",
        about: "responses stop in the middle of the body, and the connection stays open",
        applies: always,
        install: |behaviour| {
            behaviour.stalls = true;
            on_success(behaviour, |_, reply| reply.delivery = Delivery::Stalled(reply.body.len() / 2));
        },
    },
    ServerFault {
        name: "response-reset",
        about: "the connection is reset in place of a response",
        applies: always,
        install: |behaviour| on_success(behaviour, |_, reply| reply.delivery = Delivery::Reset),
    },
    ServerFault {
        name: "response-not-http",
        about: "responses are not HTTP",
        applies: always,
        install: |behaviour| on_success(behaviour, |_, reply| reply.delivery = Delivery::Garbage),
    },
    ServerFault {
        name: "response-truncated-every-ninth",
        about: "every ninth response is truncated",
        applies: has_content,
        install: |behaviour| {
            on_success(behaviour, |view, reply| {
                if view.n % 9 == 0 {
                    reply.delivery = Delivery::Truncated(reply.body.len() / 2);
                }
            });
        },
    },
];

/// Whether any success has content that can be cut off.
fn has_content(contract: &Contract) -> bool {
    let responses = contract.operations.iter().flat_map(|operation| &operation.responses);
    responses.filter(|response| response.status.canonical() / 100 == 2).any(|response| !response.content.is_empty())
}

fn takes_body(contract: &Contract) -> bool {
    contract.operations.iter().any(|operation| operation.request.is_some())
}

fn is_deeply_nested(view: &EditView<'_>) -> bool {
    view.request.body.as_ref().is_some_and(|body| body.starts_with(b"[[[[[[[[[["))
}

/// Resets every connection from such a request on.
fn stops_after(behaviour: &mut ProviderBehaviour, by: fn(&EditView<'_>) -> bool) {
    let stopped = AtomicBool::new(false);
    behaviour.edit.push(Arc::new(move |view, reply| {
        if by(view) {
            stopped.store(true, Ordering::Relaxed);
        }
        if stopped.load(Ordering::Relaxed) {
            reply.delivery = Delivery::Reset;
        }
    }));
}
