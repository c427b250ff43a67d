//! Faults in the handling of error responses.

use std::sync::atomic::Ordering;
use std::time::Duration;

use http::header::RETRY_AFTER;
use rust_decimal::Decimal;

use super::ClientFault;
use super::applies::{
    always, codes_decide, exact_failures, fails_closed, forbids_by_403, has_messages, names_failures, tells_codes,
    tells_codes_of_paid_calls,
};
use crate::client::balance::Balance;
use crate::client::behaviour::ReportContext;
use crate::client::config::ClientAccount;
use crate::client::credit_client::CallResult;
use crate::client::error::ErrorClass;
use crate::client::message::HttpReply;
use crate::sync::lock;

pub(super) const ALL: &[ClientFault] = &[
    ClientFault {
        name: "errors-read-as-success",
        about: "reads every response as a success, whatever its status",
        applies: always,
        install: |b| {
            b.reading.is_success = |_, _| true;
            b.reading.reads_documented_null = false;
            b.reading.on_decode_error = |_, _| Ok(Balance::default());
        },
    },
    ClientFault {
        name: "error-body-read-as-balance",
        about: "reads a 5xx response as a balance if its body is JSON",
        applies: always,
        install: |b| {
            b.reading.is_success = |documented, reply| {
                documented || (reply.status >= 500 && serde_json::from_slice::<serde_json::Value>(&reply.body).is_ok())
            };
        },
    },
    ClientFault {
        name: "gateway-timeout-read-as-balance",
        about: "reads a 504 as a balance, and as 0 where the body contains none",
        applies: always,
        install: |b| {
            b.reading.is_success = |documented, reply| documented || reply.status == 504;
            b.reading.on_decode_error = |error, reply| if reply.status == 504 { Ok(zero()) } else { Err(error) };
        },
    },
    ClientFault {
        name: "conflict-read-as-balance",
        about: "reads every 4xx as a balance but those that it knows: 400 to 404 and 429",
        applies: always,
        install: |b| {
            b.reading.is_success = |documented, reply| documented || matches!(reply.status, 405..=428 | 430..=499);
        },
    },
    ClientFault {
        name: "redirect-read-as-balance",
        about: "reads the body of a redirect as a balance",
        applies: always,
        install: |b| b.reading.is_success = |documented, reply| documented || matches!(reply.status, 300..=399),
    },
    ClientFault {
        name: "error-list-read-as-balance",
        about: "reads an error response whose body is a list as a balance of 0",
        applies: always,
        install: |b| {
            b.reading.is_success = |documented, reply| documented || is_failed_list(reply);
            b.reading.on_decode_error = |error, reply| {
                if is_failed_list(reply) { Ok(zero()) } else { Err(error) }
            };
        },
    },
    ClientFault {
        name: "long-error-read-as-malformed",
        about: "classifies an error response of more than 600 bytes as malformed",
        // Where only an envelope is documented, how a failure is told hangs on its status, and few of them are that long.
        applies: exact_failures,
        install: |b| {
            b.reading.classify = |class, failed| if failed.body.len() > 600 { ErrorClass::Malformed } else { class };
        },
    },
    ClientFault {
        name: "non-ascii-error-read-as-malformed",
        about: "classifies an error response with non-ASCII text as malformed",
        applies: always,
        install: |b| {
            b.reading.classify = |class, failed| if failed.body.is_ascii() { class } else { ErrorClass::Malformed };
        },
    },
    ClientFault {
        name: "message-decides-class",
        about: "classifies an error response as out of credits if its text says so, whatever its status and code are",
        applies: has_messages,
        install: |b| {
            b.reading.classify = |class, failed| {
                let says_so = String::from_utf8_lossy(failed.body).contains("Not enough credits");
                if says_so { ErrorClass::Exhausted } else { class }
            };
        },
    },
    ClientFault {
        name: "failure-hidden-after-two-balances",
        about: "reports the last balance again if a check fails after two successful ones",
        applies: fails_closed,
        install: |b| {
            b.reporting.after_check = |result, context| {
                let mut last = lock(&context.memory.last_balance);
                match (result, *last) {
                    (Ok(balance), _) => {
                        context.memory.checks.fetch_add(1, Ordering::Relaxed);
                        *last = Some(balance);
                        Ok(balance)
                    }
                    (Err(_), Some(balance)) if context.memory.checks.load(Ordering::Relaxed) >= 2 => Ok(balance),
                    (failed, _) => failed,
                }
            };
        },
    },
    ClientFault {
        name: "errors-in-one-class",
        about: "gives every error response the same class",
        applies: names_failures,
        install: |b| b.reading.classify = |_, _| ErrorClass::Other,
    },
    ClientFault {
        name: "forbidden-read-as-auth",
        about: "classifies 403 as a bad credential",
        applies: forbids_by_403,
        install: |b| {
            b.reading.classify = |class, failed| if failed.status == 403 { ErrorClass::Auth } else { class };
        },
    },
    ClientFault {
        name: "not-found-read-as-server-error",
        about: "classifies 404 as a failure of the server",
        applies: always,
        install: |b| {
            b.reading.classify = |class, failed| if failed.status == 404 { ErrorClass::Server } else { class };
        },
    },
    ClientFault {
        name: "conflict-read-as-network-failure",
        about: "classifies 409 and 422 as a failure of the network",
        applies: always,
        install: |b| {
            b.reading.classify = |class, failed| match failed.status {
                409 | 422 => ErrorClass::Network,
                _ => class,
            };
        },
    },
    ClientFault {
        name: "code-ignored",
        about: "classifies by status alone where the code is what distinguishes the failures",
        applies: codes_decide,
        install: |b| b.reading.classify = |_, failed| failed.by_status,
    },
    ClientFault {
        name: "plain-text-error-read-as-malformed",
        about: "expects JSON in every error response",
        applies: always,
        install: |b| b.reading.classify = |class, failed| if failed.is_json { class } else { ErrorClass::Malformed },
    },
    ClientFault {
        name: "status-not-reported",
        about: "does not report the status of an error response",
        applies: fails_closed,
        install: |b| {
            b.reporting.after_check = |result, _| {
                result.map_err(|mut error| {
                    error.status = None;
                    error
                })
            };
        },
    },
    ClientFault {
        name: "wrong-status-reported",
        about: "reports a status other than the received one",
        applies: fails_closed,
        install: |b| b.reporting.after_check = |result, _| result.map_err(|error| error.with_status(418)),
    },
    ClientFault {
        name: "code-not-reported",
        about: "does not report the code of an error response",
        applies: tells_codes,
        install: |b| {
            b.reporting.after_check = |result, _| {
                result.map_err(|mut error| {
                    error.code = None;
                    error
                })
            };
        },
    },
    ClientFault {
        name: "wrong-code-in-paid-calls",
        about: "reports the status as the code of a refused paid call",
        applies: tells_codes_of_paid_calls,
        install: |b| {
            b.reporting.after_spend = |result, _| {
                result.map_err(|mut error| {
                    error.code = error.status.map(|status| format!("HTTP_{status}"));
                    error
                })
            };
        },
    },
    ClientFault {
        name: "code-reported-for-bad-credentials-only",
        about: "reports the code of an error response only if the credential was refused",
        applies: tells_codes_of_paid_calls,
        install: |b| {
            let own: fn(CallResult, &ReportContext<'_>) -> CallResult = |result, _| {
                result.map_err(|mut error| {
                    error.code = error.code.filter(|_| error.class == ErrorClass::Auth);
                    error
                })
            };
            b.reporting.after_check = own;
            b.reporting.after_spend = own;
        },
    },
    ClientFault {
        name: "retry-after-ignored",
        about: "sends a request although Retry-After has not passed",
        applies: always,
        install: |b| b.caching.obeys_retry_after = false,
    },
    ClientFault {
        name: "retry-after-date-ignored",
        about: "ignores a Retry-After that is a date",
        applies: always,
        install: |b| {
            b.reading.retry_after = |headers, requested| {
                let text = headers.get(RETRY_AFTER)?.as_bytes();
                requested.filter(|_| text.iter().all(u8::is_ascii_digit))
            };
        },
    },
    ClientFault {
        name: "retry-after-in-milliseconds",
        about: "reads the seconds of Retry-After as milliseconds",
        applies: always,
        install: |b| b.reading.retry_after = |_, requested| requested.map(|wait| wait / 1000),
    },
    ClientFault {
        name: "retry-after-forever",
        about: "sends no request after a Retry-After, ever",
        applies: always,
        install: |b| b.reading.retry_after = |_, requested| requested.map(|_| Duration::from_hours(1_000_000)),
    },
    ClientFault {
        name: "retry-after-blocks-all-accounts",
        about: "applies the Retry-After of one account to all accounts",
        applies: always,
        install: |b| {
            b.caching.backoff_key = |_| ClientAccount::default();
            b.caching.keyed_by_base_url = false;
        },
    },
    ClientFault {
        name: "retries-server-errors",
        about: "repeats a request at once, several times, when the server fails or the connection breaks",
        applies: always,
        install: |b| {
            b.sending.retry = |attempts, result| {
                attempts < 4
                    && class(result).is_some_and(|class| matches!(class, ErrorClass::Server | ErrorClass::Network))
            };
        },
    },
    ClientFault {
        name: "retries-forever",
        about: "repeats a request at once for as long as the server fails",
        applies: always,
        install: |b| b.sending.retry = |_, result| class(result) == Some(ErrorClass::Server),
    },
    ClientFault {
        name: "retries-broken-connections",
        about: "repeats a request at once, several times, when the connection breaks",
        applies: always,
        install: |b| b.sending.retry = |attempts, result| attempts < 4 && class(result) == Some(ErrorClass::Network),
    },
    ClientFault {
        name: "retries-unreadable-responses",
        about: "repeats a request at once, several times, when the response cannot be read",
        applies: always,
        install: |b| b.sending.retry = |attempts, result| attempts < 4 && class(result) == Some(ErrorClass::Malformed),
    },
    ClientFault {
        name: "retries-timeouts",
        about: "repeats a request several times when no response comes in time",
        applies: always,
        install: |b| b.sending.retry = |attempts, result| attempts < 8 && class(result) == Some(ErrorClass::Timeout),
    },
    ClientFault {
        name: "retries-refusals",
        about: "repeats a request that was refused for good",
        applies: always,
        install: |b| {
            b.sending.retry = |attempts, result| {
                let status = result.as_ref().err().and_then(|error| error.status);
                attempts < 3 && status.is_some_and(|status| (400..500).contains(&status) && status != 429)
            };
        },
    },
    ClientFault {
        name: "retries-rate-limits",
        about: "repeats a request at once after a 429",
        applies: always,
        install: |b| {
            b.sending.retry = |attempts, result| attempts < 4 && class(result) == Some(ErrorClass::RateLimited);
        },
    },
];

fn zero() -> Balance {
    Balance { remaining: Some(Decimal::ZERO), allowed: Some(false), ..Balance::default() }
}

fn is_failed_list(reply: &HttpReply) -> bool {
    reply.status >= 400 && reply.body.starts_with(b"[")
}

fn class(result: &CallResult) -> Option<ErrorClass> {
    result.as_ref().err().map(|error| error.class)
}
