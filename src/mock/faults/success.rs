//! Faults of successful responses: signs of a failure in them, and limits where there should be none.

use std::sync::Arc;

use serde_json::Value;

use super::ServerFault;
use super::hooks::{is_zero, on_balance};
use crate::contract::{Condition, Contract, Role};
use crate::mock::behaviour::EditView;
use crate::mock::reply::Reply;

pub(super) const FAULTS: &[ServerFault] = &[
    ServerFault {
        name: "error-members-in-success",
        about: "a successful balance response has the members of a documented error too",
        applies: has_error,
        install: |behaviour| on_balance(behaviour, add_error),
    },
    ServerFault {
        name: "error-members-in-success-at-zero",
        about: "a balance of zero has the members of a documented error too",
        applies: |contract| has_error(contract) && super::applies::has_balance_field(contract),
        install: |behaviour| {
            on_balance(behaviour, |view, reply| {
                if is_zero(view) {
                    add_error(view, reply);
                }
            });
        },
    },
    ServerFault {
        name: "failure-flag-in-success",
        about: "a successful balance response has the flag that means failure",
        applies: |contract| !contract.failure_flags().is_empty(),
        install: |behaviour| {
            on_balance(behaviour, |view, reply| {
                let Some(mut body) = reply.json() else { return };
                for (name, value) in view.contract.failure_flags() {
                    if let Some(members) = body.as_object_mut() {
                        members.insert(name, Value::Bool(value));
                    }
                }
                reply.set_json(&body);
            });
        },
    },
    ServerFault {
        name: "unlimited-operation-limited",
        about: "an operation that is documented as unlimited is limited together with the others",
        applies: unlimited,
        install: |behaviour| behaviour.deviation.limits_all = true,
    },
    ServerFault {
        name: "unlimited-operation-limited-after-forty",
        about: "an operation that is documented as unlimited answers each forty-first request with 429",
        applies: unlimited,
        install: |behaviour| {
            behaviour.edit.push(Arc::new(|view, reply| {
                if view.n % 41 == 0 && view.operation.is_some_and(|operation| operation.unlimited.is_some()) {
                    *reply = Reply::new(429, "text/plain", "slow down");
                }
            }));
        },
    },
];

fn unlimited(contract: &Contract) -> bool {
    contract.operations.iter().any(|operation| operation.unlimited.is_some())
}

/// The documented error response to an unknown credential or a failing store, with its code.
fn error(contract: &Contract) -> Option<&Value> {
    let operation = contract.operation(Role::Balance)?;
    let refuses_by_code = operation.may_refuse_in_success();
    let known = [Condition::CredentialUnknown, Condition::BackendDown].into_iter();
    let mut answers = known.filter_map(|condition| operation.conditions.get(&condition));
    answers.find(|answer| answer.code.is_some() && !refuses_by_code)?.example.as_ref()
}

fn has_error(contract: &Contract) -> bool {
    contract.error_code.is_some() && error(contract).is_some()
}

fn add_error(view: &EditView<'_>, reply: &mut Reply) {
    let (Some(mut body), Some(error)) = (reply.json(), error(view.contract).and_then(Value::as_object)) else { return };
    if let Some(members) = body.as_object_mut() {
        members.extend(error.iter().map(|(name, value)| (name.clone(), value.clone())));
    }
    reply.set_json(&body);
}
