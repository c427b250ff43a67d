//! Amounts for accounts with a long history.

use rust_decimal::Decimal;

use crate::contract::{Contract, Role};
use crate::generate::AmountDomain;
use crate::model::is_representable;

/// The cost of some paid calls, and boundary values that the contract's schema allows; in credits, the lowest
/// first.
pub(super) fn amounts(contract: &Contract, cost: Option<Decimal>) -> Vec<String> {
    let fields = contract.operation(Role::Balance).map(|operation| &operation.fields);
    if fields.is_none_or(|fields| fields.remaining.is_none() && fields.total.is_none()) {
        return vec!["0".to_owned(), "1".to_owned()];
    }
    let one = cost.filter(|cost| *cost > Decimal::ZERO).unwrap_or(Decimal::ONE);
    let calls = [0, 1, 2, 3, 5, 20].map(|calls| one * Decimal::from(calls));
    let others = ["1", "7", "0.5", "15432.50", "16777217", "2147483648"].map(|text| text.parse().unwrap_or_default());
    let mut out: Vec<String> = Vec::new();
    for amount in calls.into_iter().chain(others).filter(|amount| is_representable(contract, *amount)) {
        let text = amount.normalize().to_string();
        if !out.contains(&text) {
            out.push(text);
        }
    }
    out
}

/// The largest integer up to which a 64-bit float represents every integer.
pub(super) const MAX_SAFE: i64 = 9_007_199_254_740_991;

/// The amounts that the contract's schema allows.
pub(super) fn domain(contract: &Contract) -> AmountDomain {
    let most = [i64::MAX, MAX_SAFE, i32::MAX.into(), 9_999_999, 999_999, 99_999].map(Decimal::from);
    // As many decimals as a `Decimal` has, cents, tenths, or integers.
    let scale = [28, 9, 6, 4, 3, 2, 1].into_iter().find(|scale| is_representable(contract, Decimal::new(5, *scale)));
    AmountDomain {
        scale: scale.unwrap_or(0),
        negative: is_representable(contract, Decimal::NEGATIVE_ONE),
        most: most.into_iter().find(|most| is_representable(contract, *most)).unwrap_or(Decimal::ONE_THOUSAND),
    }
}
