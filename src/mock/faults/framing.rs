//! Faults of the framing of messages: lengths, transfer codings, and content that ends early or goes on.

use std::sync::Arc;

use super::ServerFault;
use super::applies::always;
use super::hooks::{every, on_balance};
use crate::contract::Role;
use crate::mock::reply::Delivery;

pub(super) const FAULTS: &[ServerFault] = &[
    ServerFault {
        name: "content-length-too-small",
        about: "`Content-Length` is one too small",
        applies: always,
        install: |behaviour| on_balance(behaviour, |_, reply| reply.delivery = Delivery::WrongLength(-1)),
    },
    ServerFault {
        name: "content-length-too-large",
        about: "`Content-Length` is one too large",
        applies: always,
        install: |behaviour| on_balance(behaviour, |_, reply| reply.delivery = Delivery::WrongLength(1)),
    },
    ServerFault {
        name: "bytes-after-content",
        about: "bytes follow after the end that `Content-Length` states",
        applies: always,
        install: |behaviour| on_balance(behaviour, |_, reply| reply.delivery = Delivery::Trailing("\r\n0\r\n")),
    },
    ServerFault {
        name: "head-response-with-content",
        about: "the response to HEAD has content",
        applies: |contract| contract.operation(Role::Balance).is_some_and(|operation| operation.method == "GET"),
        install: |behaviour| {
            behaviour.edit.push(Arc::new(|view, reply| {
                if view.succeeded(Role::Balance) && view.request.method == "HEAD" {
                    reply.delivery = Delivery::Trailing("{\"content\":true}");
                }
            }));
        },
    },
    ServerFault {
        name: "two-kinds-of-framing",
        about: "balance responses have `Content-Length` and `Transfer-Encoding`",
        applies: always,
        install: |behaviour| on_balance(behaviour, |_, reply| reply.delivery = Delivery::ChunkedWithLength),
    },
    ServerFault {
        name: "two-kinds-of-framing-in-errors",
        about: "error responses have `Content-Length` and `Transfer-Encoding`",
        applies: always,
        install: |behaviour| {
            every(behaviour, |view, reply| {
                if reply.status >= 400 && !reply.body.is_empty() && view.request.method != "HEAD" {
                    reply.delivery = Delivery::ChunkedWithLength;
                }
            });
        },
    },
    ServerFault {
        name: "two-content-lengths",
        about: "balance responses have two `Content-Length` fields with different values",
        applies: always,
        install: |behaviour| on_balance(behaviour, |_, reply| reply.delivery = Delivery::TwoLengths),
    },
    ServerFault {
        name: "body-truncated",
        about: "the connection is closed in the middle of the body",
        applies: always,
        install: |behaviour| {
            on_balance(behaviour, |_, reply| reply.delivery = Delivery::Truncated(reply.body.len() / 2));
        },
    },
];
