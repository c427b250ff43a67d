//! Faults at requests whose body is not JSON, or breaks the schema.

use std::sync::Arc;

use serde_json::Value;

use super::ServerFault;
use super::hooks::crash;
use super::refusal::{has_code, other_code};
use crate::contract::{Condition, Contract, DocumentedResponse, Role, StatusRange};
use crate::mock::behaviour::{EditView, ProviderBehaviour};
use crate::mock::reply::Reply;

pub(super) const FAULTS: &[ServerFault] = &[
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
];

fn spends(contract: &Contract) -> bool {
    contract.operation(Role::Spend).is_some_and(|operation| operation.request.is_some())
}

/// Whether there are paid calls, and the status tells whether one has succeeded.
fn spends_by_status(contract: &Contract) -> bool {
    spends(contract) && contract.operation(Role::Spend).is_some_and(|operation| !operation.may_refuse_in_success())
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
