//! Faults of the form of answers.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{Fault, always};
use crate::contract::{Contract, Role};
use crate::mock::behaviour::{Behaviour, EditView};
use crate::mock::reply::Reply;
use crate::model::Decision;

pub(super) const FAULTS: &[Fault] = &[
    Fault {
        name: "body-field-missing",
        about: "the balance answer lacks its documented field",
        applies: always,
        install: |behaviour| on_balance(behaviour, |view, reply| edit_field(view, reply, |_| None)),
    },
    Fault {
        name: "body-value-as-string",
        about: "the balance is a string where a number or a flag is documented",
        applies: always,
        install: |behaviour| {
            on_balance(behaviour, |view, reply| {
                edit_field(view, reply, |value| Some(Value::String(value.to_string())))
            });
        },
    },
    Fault {
        name: "body-null-when-empty",
        about: "the balance is null once nothing is left, and right before",
        applies: always,
        install: |behaviour| {
            on_balance(behaviour, |view, reply| {
                if is_empty(view) {
                    edit_field(view, reply, |_| Some(Value::Null));
                }
            });
        },
    },
    Fault {
        name: "body-wrapped",
        about: "the documented body is wrapped in an envelope of its own",
        applies: always,
        install: |behaviour| {
            on_balance(behaviour, |_, reply| {
                let body = reply.json().unwrap_or_default();
                reply.set_json(&json!({ "code": "SUCCESS", "message": "success", "data": body }));
            });
        },
    },
    Fault {
        name: "body-seventh-answer",
        about: "every seventh answer lacks its documented field",
        applies: always,
        install: |behaviour| {
            on_balance(behaviour, |view, reply| {
                if view.n % 7 == 0 {
                    edit_field(view, reply, |_| None);
                }
            });
        },
    },
];

/// Edits the successful answers of the balance operation.
pub(super) fn on_balance(behaviour: &mut Behaviour, edit: fn(&EditView<'_>, &mut Reply)) {
    behaviour.edit.push(Arc::new(move |view, reply| {
        if view.succeeded(Role::Balance) && view.request.method != "HEAD" {
            edit(view, reply);
        }
    }));
}

/// Whether the account of the answer has nothing left.
pub(super) fn is_empty(view: &EditView<'_>) -> bool {
    let Some(Decision::Success { balance, .. }) = view.decision else { return false };
    balance.remaining.map_or(balance.allowed == Some(false), |left| left.is_zero())
}

/// Changes or takes away the first field in which the contract finds the balance.
pub(super) fn edit_field(view: &EditView<'_>, reply: &mut Reply, change: impl Fn(&Value) -> Option<Value>) {
    let Some(mut body) = reply.json() else { return };
    let Some(pointer) = main_pointer(view.contract) else { return };
    let Some((parent, name)) = pointer.rsplit_once('/') else { return };
    let Some(parent) = body.pointer_mut(parent).and_then(Value::as_object_mut) else { return };
    match parent.get(name).and_then(&change) {
        Some(value) => drop(parent.insert(name.to_owned(), value)),
        None => drop(parent.shift_remove(name)),
    }
    reply.set_json(&body);
}

/// Where the balance operation says what is left, or else whether use is allowed.
pub(super) fn main_pointer(contract: &Contract) -> Option<String> {
    let fields = &contract.operation(Role::Balance)?.fields;
    fields.remaining.iter().chain(&fields.allowed).find_map(|locator| locator.pointer.clone())
}
