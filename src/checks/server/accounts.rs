//! Accounts in the states that matter.

use rust_decimal::Decimal;
use serde_json::Value;

use crate::checks::account::Account;
use crate::checks::check::Stop;
use crate::checks::trial::Trial;
use crate::contract::{Contract, Role, Schema};
use crate::model::Balance;

/// Amounts at which implementations go wrong: none, one, a fraction, beyond what 32 bits and a double hold exactly.
const AMOUNTS: &[&str] = &["0", "1", "7", "0.5", "15432.50", "2147483648", "9007199254740993"];

/// The balances that the contract's schema lets an account have, the boundary cases among them.
pub(super) fn balances(contract: &Contract) -> Vec<Balance> {
    let Some(operation) = contract.operation(Role::Balance) else { return Vec::new() };
    let fields = &operation.fields;
    if fields.remaining.is_none() && fields.total.is_none() {
        let of = |allowed| Balance { allowed: fields.allowed.as_ref().map(|_| allowed), ..Balance::default() };
        return vec![of(true), of(false)];
    }
    let amounts = AMOUNTS.iter().filter_map(|text| text.parse::<Decimal>().ok());
    amounts.filter(|amount| fits(contract, *amount)).map(|amount| Balance::of(amount, fields)).collect()
}

/// Whether the schema lets the amount stand where the contract says that it stands.
pub(super) fn fits(contract: &Contract, amount: Decimal) -> bool {
    let Some(operation) = contract.operation(Role::Balance) else { return false };
    let locators = operation.fields.remaining.iter().chain(&operation.fields.total);
    let content = operation.response(200).and_then(|response| response.content.first());
    let Some(content) = content else { return true };
    let Some((_, example)) = content.examples.first() else { return true };
    locators.filter_map(|locator| locator.pointer.as_ref()).all(|pointer| {
        let mut body = example.clone();
        let number = serde_json::from_str(&amount.to_string());
        match (body.pointer_mut(pointer), number) {
            (Some(place), Ok(number)) if !place.is_string() => *place = number,
            _ => return true,
        }
        content.schema.as_ref().is_none_or(|schema: &Schema| {
            schema.accepts(&body) && within_format(schema.document(), pointer, amount)
        })
    })
}

/// One account in each of [`balances`]; if the handler can open none, the one whose key was given.
pub(super) async fn in_every_state(trial: &Trial<'_>) -> Result<Vec<Account>, Stop> {
    if !trial.subject.states.is_present() {
        return Ok(vec![trial.someone().await?]);
    }
    let mut accounts = Vec::new();
    for balance in balances(trial.contract) {
        match trial.account(balance).await {
            Ok(account) => accounts.push(account),
            // A server need not be able to hold every amount; that it holds some is enough to go on.
            Err(Stop::CouldNotRun(_)) if !accounts.is_empty() => {}
            Err(Stop::CouldNotRun(_)) if trial.subject.key.is_some() => return Ok(vec![trial.someone().await?]),
            Err(stop) => return Err(stop),
        }
    }
    Ok(accounts)
}

/// Whether an amount is within the documented `format` of the place: validation takes that for an annotation only, but
/// an account that does not fit its own contract proves nothing.
fn within_format(document: &Value, pointer: &str, amount: Decimal) -> bool {
    let mut here = document;
    for segment in pointer.split('/').skip(1) {
        here = followed(document, here);
        let next = here.get("properties").and_then(|properties| properties.get(segment));
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
