//! Whether the schema of a contract can represent an amount.

use rust_decimal::Decimal;
use serde_json::Value;

use super::{BalanceValues, SuccessBody};
use crate::contract::{Contract, Role};
use crate::pointer;

/// Whether a balance response can show this amount: the documented example with this amount fits the documented schema.
#[must_use]
pub fn is_representable(contract: &Contract, amount: Decimal) -> bool {
    let Some(operation) = contract.operation(Role::Balance) else { return false };
    let content = operation.response(200).and_then(|response| response.content.first());
    let Some(content) = content else { return true };
    let (Some((_, example)), Some(schema)) = (content.examples.first(), content.schema.as_ref()) else { return true };
    let body = SuccessBody::compile(operation, example, Some(schema));
    let shown = body.render(&BalanceValues::of(amount, &operation.fields), Decimal::ZERO);
    let locators = operation.fields.remaining.iter().chain(&operation.fields.total);
    serde_json::from_str(&shown).is_ok_and(|body| schema.accepts(&body))
        && locators
            .filter_map(|locator| locator.pointer.as_ref())
            .all(|pointer| within_format(schema.document(), pointer, amount))
}

/// Whether an amount is within the documented `format` of the place. Validation treats `format` as an annotation, but a
/// balance that the documented type cannot hold must not be set up.
fn within_format(document: &Value, at: &str, amount: Decimal) -> bool {
    match pointer::subschema(document, at).and_then(|schema| schema.get("format")).and_then(Value::as_str) {
        Some("int32") => amount.abs() <= Decimal::from(i32::MAX),
        Some("int64") => amount.abs() <= Decimal::from(i64::MAX),
        _ => true,
    }
}
