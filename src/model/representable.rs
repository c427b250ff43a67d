//! Whether the schema of a contract can represent an amount.

use rust_decimal::Decimal;

use super::settle::{holds, is_success};
use super::{BalanceValues, SuccessBody};
use crate::contract::{Contract, Locator, NumberRule, Operation, Role};

/// Whether a balance response can show this amount: the documented example with this amount fits the documented schema.
#[must_use]
pub fn is_representable(contract: &Contract, amount: Decimal) -> bool {
    let Some(operation) = contract.operation(Role::Balance) else { return false };
    let content = operation.response(200).and_then(|response| response.content.first());
    let Some(content) = content else { return true };
    let (Some(example), Some(schema)) = (content.example(), content.schema.as_ref()) else { return true };
    let body = SuccessBody::compile(operation, example, Some(schema));
    let shown = body.render(&BalanceValues::of(amount, &operation.fields), Decimal::ZERO);
    let locators = || operation.fields.remaining.iter().chain(&operation.fields.total);
    let reads = |locator: &Locator| locator.reading("amount", shown.as_bytes(), &|_| None) == Ok(Some(amount));
    serde_json::from_str(&shown).is_ok_and(|body| schema.accepts(&body))
        && operation.fields.remaining.iter().filter(|at| !at.is_plain()).all(reads)
        && is_success(operation, &shown)
        && operation.invariants.iter().all(|rule| rule.expression.text().contains("headers") || holds(rule, &shown))
        && locators()
            .filter(|locator| locator.is_plain())
            .filter_map(|locator| locator.pointer.as_ref())
            .all(|pointer| NumberRule::at(schema.document(), pointer).allows(amount))
}

/// Whether a balance response can show this balance: with the documented example, it is read as it was written.
#[must_use]
pub(crate) fn can_show(contract: &Contract, balance: &BalanceValues) -> bool {
    contract.operation(Role::Balance).is_some_and(|operation| shows(operation, balance))
}

fn shows(operation: &Operation, balance: &BalanceValues) -> bool {
    let content = operation.response(200).and_then(|response| response.content.first());
    let Some((example, content)) = content.and_then(|content| Some((content.example()?, content))) else {
        return false;
    };
    let schema = content.schema.as_ref();
    let shown = SuccessBody::compile(operation, example, schema).render(balance, Decimal::ZERO);
    let fits = || serde_json::from_str(&shown).is_ok_and(|body| schema.is_none_or(|schema| schema.accepts(&body)));
    let reads = BalanceValues::decode(&operation.fields, shown.as_bytes(), |_| None);
    let holds = |rule: &crate::contract::Rule| rule.expression.text().contains("headers") || holds(rule, &shown);
    reads.as_ref() == Ok(balance) && fits() && operation.invariants.iter().all(holds)
}

/// The greatest of some amounts that the operation can show which limits the balance too: as good as no limit.
#[must_use]
pub(crate) fn greatest_cap(contract: &Contract) -> Option<Decimal> {
    let capped = contract.operation(Role::Balance)?.capped_by.as_ref()?;
    let operation = contract.operations.iter().find(|operation| operation.id == capped.operation)?;
    let amounts = [i64::MAX, 9_007_199_254_740_991, i64::from(i32::MAX), 9_999_999, 99_999].map(Decimal::from);
    // More than any amount that is delivered, where numbers may be so large.
    let beyond = Decimal::from_i128_with_scale(10_i128.pow(24), 0);
    std::iter::once(beyond)
        .chain(amounts)
        .find(|amount| shows(operation, &BalanceValues::of(*amount, &operation.fields)))
}
