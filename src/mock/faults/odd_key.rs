//! Faults at credentials that are long, or have odd characters.

use super::ServerFault;
use super::applies::{key_in_header, key_in_plain_text};
use super::hooks::{admit, anyone, crash, every};
use crate::mock::admission::values;
use crate::mock::behaviour::EditView;
use crate::mock::reply::Delivery;

pub(super) const FAULTS: &[ServerFault] = &[
    ServerFault {
        name: "long-key-admitted",
        about: "a credential longer than 4096 bytes is accepted",
        applies: key_in_header,
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
        applies: key_in_header,
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
        applies: key_in_plain_text,
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
        applies: key_in_plain_text,
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
        applies: key_in_header,
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
        applies: key_in_plain_text,
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
        applies: key_in_plain_text,
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
        applies: key_in_plain_text,
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
        applies: key_in_plain_text,
        install: |behaviour| {
            every(behaviour, |view, reply| {
                if key(view).contains(&b' ') {
                    *reply = crash();
                }
            });
        },
    },
];

/// The first credential of the request, as it was sent; empty if the request has no credential.
fn key(view: &EditView<'_>) -> Vec<u8> {
    values(view.contract, view.request).into_iter().next().unwrap_or_default()
}
