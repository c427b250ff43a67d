//! Which amounts an account may have by the contract's own schema.

use rust_decimal::Decimal;
use serde_json::Value;

use super::{BalanceValues, SuccessBody};
use crate::contract::{Contract, Role};

/// Whether the contract's schema lets an account have that amount: the answer that shows it, as the example has it, keeps
/// to the schema.
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

/// Whether an amount is within the documented `format` of the place: validation takes that for an annotation only, but
/// an account that does not fit its own contract proves nothing.
fn within_format(document: &Value, pointer: &str, amount: Decimal) -> bool {
    let mut here = document;
    for segment in pointer.split('/').skip(1) {
        here = followed(document, here);
        let element = || here.get("items").filter(|_| segment == "*" || segment.parse::<usize>().is_ok());
        let next = here.get("properties").and_then(|properties| properties.get(segment)).or_else(element);
        let Some(next) = next else { return true };
        here = next;
    }
    match followed(document, here).get("format").and_then(Value::as_str) {
        Some("int32") => amount.abs() <= Decimal::from(i32::MAX),
        Some("int64") => amount.abs() <= Decimal::from(i64::MAX),
        _ => true,
    }
}

/// The schema that a local reference leads to.
fn followed<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    let mut here = schema;
    for _ in 0..8 {
        let target = here.get("$ref").and_then(Value::as_str).and_then(|at| at.strip_prefix('#'));
        let Some(next) = target.and_then(|at| document.pointer(at)) else { break };
        here = next;
    }
    here
}
