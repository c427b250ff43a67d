//! The field of the balance in a body: where it is, and what a change of it breaks.

use serde_json::Value;

use crate::contract::{Contract, Role};
use crate::mock::behaviour::EditView;
use crate::mock::reply::Reply;
use crate::pointer;

/// Changes or (`None`) removes the main field of the balance.
pub(super) fn edit_field(view: &EditView<'_>, reply: &mut Reply, change: impl Fn(&Value) -> Option<Value>) {
    let Some(mut body) = reply.json() else { return };
    if edit_body(view.contract, &mut body, change) {
        reply.set_json(&body);
    }
}

/// As [`edit_field`], in a body; `false` if the field is not there.
fn edit_body(contract: &Contract, body: &mut Value, change: impl Fn(&Value) -> Option<Value>) -> bool {
    let Some(pointer) = main_pointer(contract) else { return false };
    let Some((parent, name)) = pointer::split_last(&pointer) else {
        // The body is the amount.
        return change(body).map(|changed| *body = changed).is_some();
    };
    let Some(parent) = body.pointer_mut(parent).and_then(Value::as_object_mut) else { return false };
    match parent.get(name.as_ref()).and_then(&change) {
        Some(value) => drop(parent.insert(name.into_owned(), value)),
        None => drop(parent.shift_remove(name.as_ref())),
    }
    true
}

/// The JSON Pointer of the main field of the balance: `remaining`, or else `allowed`. Of several rows it is the first.
pub(super) fn main_pointer(contract: &Contract) -> Option<String> {
    let fields = &contract.operation(Role::Balance)?.fields;
    let pointer = fields.remaining.iter().chain(&fields.allowed).find_map(|locator| locator.pointer.as_deref())?;
    Some(pointer.replace("/*", "/0"))
}

/// Whether the balance is in the body.
pub(super) fn in_body(contract: &Contract) -> bool {
    main_pointer(contract).is_some()
}

/// Whether the balance is the sum of rows.
pub(super) fn is_sum_of_rows(contract: &Contract) -> bool {
    let remaining = contract.operation(Role::Balance).and_then(|operation| operation.fields.remaining.as_ref());
    remaining.and_then(|at| at.pointer.as_deref()).is_some_and(|pointer| pointer.contains("/*"))
}

/// Whether the schema rejects a balance with this change.
pub(super) fn breaks(contract: &Contract, change: impl Fn(&Value) -> Option<Value>) -> bool {
    let response = contract.operation(Role::Balance).and_then(|operation| operation.response(200));
    let content = response.and_then(|response| response.content.first());
    let Some((Some(schema), Some((_, example)))) = content.map(|content| (&content.schema, content.examples.first()))
    else {
        return false;
    };
    let mut body = example.clone();
    edit_body(contract, &mut body, change) && !schema.accepts(&body)
}
