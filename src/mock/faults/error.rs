//! Faults of error responses.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::Value;

use super::shape::every;
use super::{ServerFault, always};
use crate::contract::{Condition, Contract, DocumentedResponse, Role, StatusRange};
use crate::mock::behaviour::{EditView, ProviderBehaviour};
use crate::mock::render::is_json;
use crate::mock::reply::Reply;
use crate::model::Decision;
use crate::sync::lock;

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
    ServerFault {
        name: "malformed-body-crashes",
        about: "a body that is not JSON answers 500 with an HTML page",
        applies: spends,
        install: |behaviour| on_invalid(behaviour, true, |_, reply| *reply = crash()),
    },
    ServerFault {
        name: "malformed-body-succeeds",
        about: "a body that is not JSON answers 200",
        applies: spends_by_status,
        install: |behaviour| on_invalid(behaviour, true, |_, reply| *reply = Reply::new(200, "application/json", "{}")),
    },
    ServerFault {
        name: "invalid-request-succeeds",
        about: "a body that does not match the schema answers 200",
        applies: spends_by_status,
        install: |behaviour| {
            on_invalid(behaviour, false, |_, reply| *reply = Reply::new(200, "application/json", "{}"));
        },
    },
    ServerFault {
        name: "invalid-request-crashes",
        about: "a body that does not match the schema answers 500",
        applies: spends,
        install: |behaviour| on_invalid(behaviour, false, |_, reply| *reply = crash()),
    },
    ServerFault {
        name: "invalid-request-other-code",
        about: "the error code for a body that does not match the schema is not the documented one",
        applies: |contract| has_code(contract, Condition::RequestInvalid),
        install: |behaviour| on_invalid(behaviour, false, other_code),
    },
    ServerFault {
        name: "invalid-request-code-with-status-422",
        about: "the documented error code for an invalid request comes with the status 422 in place of the documented one",
        applies: |contract| {
            let answer = contract.operation(Role::Spend).and_then(|op| op.conditions.get(&Condition::RequestInvalid));
            let code = |answer: &DocumentedResponse| {
                answer.example.as_ref()?.pointer(contract.error_code.as_deref()?).cloned()
            };
            answer.is_some_and(|answer| matches!(answer.status, Some(StatusRange::Exact(_))) && code(answer).is_some())
        },
        install: |behaviour| on_invalid(behaviour, false, |_, reply| reply.status = 422),
    },
    ServerFault {
        name: "boolean-in-invalid-request-crashes",
        about: "a boolean in place of any other type answers 500",
        applies: spends,
        install: |behaviour| {
            on_invalid(behaviour, false, |view, reply| {
                if has(view, &|value| value.is_boolean()) {
                    *reply = crash();
                }
            });
        },
    },
    ServerFault {
        name: "array-in-invalid-request-crashes",
        about: "a non-empty array in place of any other type answers 500",
        applies: spends,
        install: |behaviour| {
            on_invalid(behaviour, false, |view, reply| {
                if has(view, &|value| value.as_array().is_some_and(|items| !items.is_empty())) {
                    *reply = crash();
                }
            });
        },
    },
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

/// Whether a limit on the rate of requests is documented.
fn limits(contract: &Contract) -> bool {
    contract.operations.iter().any(|op| op.conditions.contains_key(&Condition::RateLimited))
}

/// The response of a web framework to an exception that the application did not catch.
pub(super) fn crash() -> Reply {
    Reply::new(500, "text/html", "<h1>Internal Server Error</h1>")
}

fn spends(contract: &Contract) -> bool {
    contract.operation(Role::Spend).is_some_and(|operation| operation.request.is_some())
}

/// Whether the request body contains such a value at any depth.
fn has(view: &EditView<'_>, wanted: &dyn Fn(&Value) -> bool) -> bool {
    fn any(value: &Value, wanted: &dyn Fn(&Value) -> bool) -> bool {
        wanted(value)
            || match value {
                Value::Object(members) => members.values().any(|value| any(value, wanted)),
                Value::Array(items) => items.iter().any(|value| any(value, wanted)),
                _ => false,
            }
    }
    let body = view.request.body.as_deref().unwrap_or_default();
    serde_json::from_slice(body).is_ok_and(|value| any(&value, wanted))
}

/// Whether there are paid calls, and the status tells whether one has succeeded.
fn spends_by_status(contract: &Contract) -> bool {
    spends(contract) && contract.operation(Role::Spend).is_some_and(|operation| !operation.may_refuse_in_success())
}

/// Whether the contract documents an error code for a condition.
pub(super) fn has_code(contract: &Contract, condition: Condition) -> bool {
    contract.operations.iter().filter_map(|op| op.conditions.get(&condition)).any(|response| response.code.is_some())
}

/// Replaces the code of an error body.
pub(super) fn other_code(view: &EditView<'_>, reply: &mut Reply) {
    let Some(mut body) = reply.json() else { return };
    let condition = match view.decision {
        Some(Decision::Refused { condition, .. }) => Some(condition),
        _ => None,
    };
    let own = view.operation.zip(condition).and_then(|(operation, condition)| operation.conditions.get(condition));
    let pointers = match (own, view.operation) {
        (Some(answer), _) => &answer.code_at,
        (None, Some(operation)) => &operation.error_codes,
        (None, None) => &view.contract.error_codes,
    };
    let Some(pointer) = pointers.iter().find(|pointer| body.pointer(pointer).is_some()) else { return };
    if let Some(code) = body.pointer_mut(pointer) {
        *code = match &*code {
            serde_json::Value::Number(_) => 987_654.into(),
            serde_json::Value::Bool(flag) => (!flag).into(),
            _ => "SOMETHING_ELSE".into(),
        };
        reply.set_json(&body);
    }
}

/// Edits the responses to requests for an unknown path or (`method`) with an unknown method.
fn unrouted(behaviour: &mut ProviderBehaviour, method: bool, edit: fn(&EditView<'_>, &mut Reply)) {
    behaviour.edit.push(Arc::new(move |view, reply| {
        if view.operation.is_none() && reply.header("allow").is_some() == method {
            edit(view, reply);
        }
    }));
}

/// Edits the responses to invalid bodies: to those that are not JSON (`malformed`), or to JSON that does not match the schema.
fn on_invalid(behaviour: &mut ProviderBehaviour, malformed: bool, edit: fn(&EditView<'_>, &mut Reply)) {
    behaviour.edit.push(Arc::new(move |view, reply| {
        let body = view.request.body.as_deref().unwrap_or_default();
        let is_json = serde_json::from_slice::<serde_json::Value>(body).is_ok();
        if view.refused(Condition::RequestInvalid) && is_json != malformed {
            edit(view, reply);
        }
    }));
}
