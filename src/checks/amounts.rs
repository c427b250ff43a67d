//! Amounts for accounts to which much happens.

use rust_decimal::Decimal;

use crate::contract::{Contract, Role};
use crate::generate::AmountDomain;
use crate::model::is_representable;

/// Some paid calls' worth, by what one costs, and boundary cases that the contract's schema allows; in credits, the fewest
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

/// The largest number up to which doubles have every whole one.
pub(super) const MAX_SAFE: i64 = 9_007_199_254_740_991;

/// The amounts that the contract's schema lets an account have.
pub(super) fn domain(contract: &Contract) -> AmountDomain {
    let most = [i64::MAX, MAX_SAFE, i32::MAX.into(), 9_999_999, 999_999, 99_999].map(Decimal::from);
    // As many decimals as there are anyhow, cents, tenths, or none.
    let scale = [28, 2, 1].into_iter().find(|scale| is_representable(contract, Decimal::new(5, *scale)));
    AmountDomain {
        scale: scale.unwrap_or(0),
        negative: is_representable(contract, Decimal::NEGATIVE_ONE),
        most: most.into_iter().find(|most| is_representable(contract, *most)).unwrap_or(Decimal::ONE_THOUSAND),
    }
}
