//! Faults in the failure policy.

use std::sync::atomic::Ordering;

use super::ClientFault;
use super::applies::{fails_closed, fails_open, flags};
use crate::client::balance::{Balance, Source};
use crate::client::error::{ClientError, ErrorClass};
use crate::client::values::{DecodeError, flag};

pub(super) const ALL: &[ClientFault] = &[
    ClientFault {
        name: "fails-closed",
        about: "does not allow use when the check fails",
        applies: fails_open,
        install: |b| b.reporting.fails_open = |_, _| false,
    },
    ClientFault {
        name: "fails-closed-on-server-error",
        about: "does not allow use when the server fails",
        applies: fails_open,
        install: |b| b.reporting.fails_open = |conforming, error| conforming && error.class != ErrorClass::Server,
    },
    ClientFault {
        name: "fails-closed-on-network",
        about: "does not allow use when the connection is refused or breaks",
        applies: fails_open,
        install: |b| b.reporting.fails_open = |conforming, error| conforming && error.class != ErrorClass::Network,
    },
    ClientFault {
        name: "fails-closed-on-timeout",
        about: "does not allow use after a timeout",
        applies: fails_open,
        install: |b| b.reporting.fails_open = |conforming, error| conforming && error.class != ErrorClass::Timeout,
    },
    ClientFault {
        name: "fails-closed-on-malformed",
        about: "does not allow use when the response is malformed",
        applies: fails_open,
        install: |b| b.reporting.fails_open = |conforming, error| conforming && !unreadable(error),
    },
    ClientFault {
        name: "fails-closed-on-rate-limit",
        about: "does not allow use after a 429",
        applies: fails_open,
        install: |b| b.reporting.fails_open = |conforming, error| conforming && error.class != ErrorClass::RateLimited,
    },
    ClientFault {
        name: "fails-closed-on-client-error",
        about: "does not allow use after a 4xx other than 429",
        applies: fails_open,
        install: |b| {
            b.reporting.fails_open = |conforming, error| {
                conforming && !error.status.is_some_and(|status| (400..500).contains(&status) && status != 429)
            };
        },
    },
    ClientFault {
        name: "fails-closed-on-gateway-timeout",
        about: "does not allow use after a 504",
        applies: fails_open,
        install: |b| b.reporting.fails_open = |conforming, error| conforming && error.status != Some(504),
    },
    ClientFault {
        name: "missing-read-as-denial",
        about: "reads every response without the flag, error responses included, as `not allowed`",
        applies: fails_open,
        install: |b| {
            b.reading.reads_documented_null = false;
            b.reading.is_success = |_, reply| serde_json::from_slice::<serde_json::Value>(&reply.body).is_ok();
            b.reading.flag = |text| flag(text).or(Ok(false));
        },
    },
    ClientFault {
        name: "missing-field-read-as-denial",
        about: "reads a successful response without the flag as `not allowed`",
        applies: fails_open,
        install: |b| {
            b.reading.on_decode_error = |error, _| match error {
                DecodeError::Missing => Ok(no()),
                error => Err(error),
            };
        },
    },
    ClientFault {
        name: "denial-overridden",
        about: "allows use although the response denies it",
        applies: flags,
        install: |b| {
            b.reporting.after_check = |result, _| {
                result.map(|balance| match balance.allowed {
                    Some(false) => Balance { allowed: Some(true), source: Some(Source::FailOpen), ..balance },
                    _ => balance,
                })
            };
        },
    },
    ClientFault {
        name: "fails-open",
        about: "allows use when the check fails, although the contract does not document it",
        applies: fails_closed,
        install: |b| b.reporting.fails_open = |_, _| true,
    },
    ClientFault {
        name: "stays-open-after-failure",
        about: "keeps allowing use after one failed check, without another request",
        applies: fails_open,
        install: |b| {
            b.reporting.before_check = |memory| {
                let open = Balance { allowed: Some(true), source: Some(Source::FailOpen), ..Balance::default() };
                (memory.failures.load(Ordering::Relaxed) > 0).then_some(Ok(open))
            };
            b.reporting.after_check = |result, context| {
                if result.as_ref().is_ok_and(|balance| balance.source == Some(Source::FailOpen)) {
                    context.memory.failures.fetch_add(1, Ordering::Relaxed);
                }
                result
            };
        },
    },
];

fn unreadable(error: &ClientError) -> bool {
    error.class == ErrorClass::Malformed
}

fn no() -> Balance {
    Balance { allowed: Some(false), source: Some(Source::Network), ..Balance::default() }
}
