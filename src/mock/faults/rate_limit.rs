//! Faults of the limit on the rate of requests, and of `Retry-After`.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::ServerFault;
use super::hooks::every;
use crate::contract::{Condition, Contract, is_json};
use crate::sync::lock;

pub(super) const FAULTS: &[ServerFault] = &[
    ServerFault {
        name: "rate-limit-other-status",
        about: "a rate-limited request answers 503",
        applies: |contract| {
            let responses = contract.operations.iter().filter_map(|op| op.conditions.get(&Condition::RateLimited));
            responses.into_iter().any(|response| response.status.is_some())
        },
        install: |behaviour| {
            every(behaviour, |view, reply| {
                if view.refused(Condition::RateLimited) {
                    reply.status = 503;
                }
            });
        },
    },
    ServerFault {
        name: "rate-limit-with-status-200",
        about: "a rate-limited request gets the documented error with the status 200",
        applies: |contract| {
            let mut answers = contract.operations.iter().filter_map(|op| op.conditions.get(&Condition::RateLimited));
            answers.any(|answer| answer.status.is_some() && answer.media_type.as_deref().is_some_and(is_json))
                && !contract.operations.iter().any(|operation| operation.may_refuse_in_success())
        },
        install: |behaviour| {
            every(behaviour, |view, reply| {
                if view.refused(Condition::RateLimited) {
                    reply.status = 200;
                    reply.set_header("content-type", "application/json");
                }
            });
        },
    },
    ServerFault {
        name: "rate-limit-without-retry-after",
        about: "the response to a rate-limited request has no `Retry-After`",
        applies: |contract| {
            let responses = contract.operations.iter().filter_map(|op| op.conditions.get(&Condition::RateLimited));
            let mut fields = responses.flat_map(|response| &response.response.headers);
            fields.any(|field| field.name == "retry-after" && field.required)
        },
        install: |behaviour| {
            every(behaviour, |view, reply| {
                if view.refused(Condition::RateLimited) {
                    reply.remove_header("retry-after");
                }
            });
        },
    },
    ServerFault {
        name: "retry-after-iso-time",
        about: "`Retry-After` is a time in the form of ISO 8601",
        applies: limits,
        install: |behaviour| {
            every(behaviour, |view, reply| {
                if view.refused(Condition::RateLimited) {
                    reply.set_header("retry-after", "2026-11-27T22:55:00.1Z");
                }
            });
        },
    },
    ServerFault {
        name: "retry-after-fraction",
        about: "`Retry-After` is a number with a decimal point",
        applies: limits,
        install: |behaviour| {
            every(behaviour, |view, reply| {
                if view.refused(Condition::RateLimited) {
                    reply.set_header("retry-after", "7.0");
                }
            });
        },
    },
    ServerFault {
        name: "retry-after-negative",
        about: "`Retry-After` is negative",
        applies: limits,
        install: |behaviour| {
            every(behaviour, |view, reply| {
                if view.refused(Condition::RateLimited) {
                    reply.set_header("retry-after", "-1");
                }
            });
        },
    },
    ServerFault {
        name: "retry-after-epoch-seconds",
        about: "`Retry-After` is the number of seconds since 1970",
        applies: limits,
        install: |behaviour| {
            every(behaviour, |view, reply| {
                if view.refused(Condition::RateLimited) {
                    reply.set_header("retry-after", "1764284100");
                }
            });
        },
    },
    ServerFault {
        name: "retry-after-in-the-past",
        about: "`Retry-After` is a date that is over",
        applies: limits,
        install: |behaviour| {
            every(behaviour, |view, reply| {
                if view.refused(Condition::RateLimited) {
                    reply.set_header("retry-after", "Sun, 06 Nov 1994 08:49:37 GMT");
                }
            });
        },
    },
    ServerFault {
        name: "rate-limit-never-ends",
        about: "after one rate-limited request every request is refused",
        applies: |contract| contract.operations.iter().any(|op| op.conditions.contains_key(&Condition::RateLimited)),
        install: |behaviour| {
            let limited = AtomicBool::new(false);
            let refusal = std::sync::Mutex::new(None);
            behaviour.edit.push(Arc::new(move |view, reply| {
                let mut refusal = lock(&refusal);
                if view.refused(Condition::RateLimited) {
                    limited.store(true, Ordering::Relaxed);
                    *refusal = Some(reply.clone());
                } else if limited.load(Ordering::Relaxed)
                    && let Some(old) = refusal.as_ref()
                {
                    *reply = old.clone();
                }
            }));
        },
    },
];

/// Whether a limit on the rate of requests is documented.
fn limits(contract: &Contract) -> bool {
    contract.operations.iter().any(|op| op.conditions.contains_key(&Condition::RateLimited))
}
