//! Amounts of credits: whole and broken, small and large, at the edges at which programs change their minds.

use proptest::strategy::{BoxedStrategy, Just, Strategy};
use rust_decimal::Decimal;

use super::sampler::Sampler;

/// Which amounts there may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AmountDomain {
    /// How many decimals an amount may have.
    pub scale: u32,
    /// Whether an amount may be negative.
    pub negative: bool,
    /// The largest amount there may be.
    pub most: Decimal,
}

/// How many kinds of amounts there are.
const KINDS: u32 = 16;
/// Neither few nor many credits.
const PLAIN: std::ops::Range<i64> = 10..1_000;

/// Amounts of the kind that is dealt. What is not in the domain is replaced by what is near.
pub fn amounts(sampler: Sampler, domain: AmountDomain) -> BoxedStrategy<Decimal> {
    let scaled =
        |mantissa: std::ops::Range<i64>, scale: u32| mantissa.prop_map(move |m| Decimal::new(m, scale)).boxed();
    let kind = match sampler.stratum(KINDS) {
        0 => Just(Decimal::ZERO).boxed(),
        1 => scaled(1..10, 0),
        2 => scaled(-1_000_000..0, 0),
        3 => (0_u32..53).prop_map(|bits| Decimal::from(1_u64 << bits)).boxed(),
        4 => Just(Decimal::from(1_u64 << 31)).boxed(),
        5 => scaled(1_000..10_000, 0),
        // Cents with a zero in front.
        6 => (0_i64..100_000, 1_i64..10).prop_map(|(whole, cents)| Decimal::new(whole * 100 + cents, 2)).boxed(),
        7 => (0_u32..15).prop_map(|zeros| Decimal::from(10_u64.pow(zeros))).boxed(),
        8 => (0_i64..1_000_000, 1_i64..10).prop_map(|(whole, last)| Decimal::new(whole * 10 + last, 3)).boxed(),
        9 => scaled((1 << 31) + 1..10_000_000_000, 0),
        // Odd, so that a binary fraction of 32 bits does not have it.
        10 => (1_u64 << 23..1 << 30).prop_map(|half| Decimal::from(2 * half + 1)).boxed(),
        11 => (1_u32..53).prop_map(|bits| Decimal::from((1_u64 << bits) - 1)).boxed(),
        12 => (0_i64..100_000, 1_i64..10).prop_map(|(whole, tenths)| Decimal::new(whole * 10 + tenths, 1)).boxed(),
        13 => scaled(PLAIN, 0),
        // Odd, so that one of 64 bits does not have it either.
        14 => (1_i64 << 52..1 << 62).prop_map(|half| Decimal::from(2 * half + 1)).boxed(),
        _ => (0_i64..10_000_000, 0_u32..7).prop_map(|(mantissa, scale)| Decimal::new(mantissa, scale)).boxed(),
    };
    kind.prop_map(move |amount| domain.nearest(amount)).boxed()
}

/// Ordinary amounts.
pub fn plain_amounts(domain: AmountDomain) -> BoxedStrategy<Decimal> {
    PLAIN.prop_map(move |amount| domain.nearest(amount.into())).boxed()
}

/// How many orders of magnitude there are in [`sizes`].
pub const SIZES: u32 = 15;

/// Whole amounts of that order of magnitude: of so many digits, less one.
pub fn sizes(order: u32, domain: AmountDomain) -> BoxedStrategy<Decimal> {
    let least = 10_i64.pow(order % SIZES);
    (least..least * 10).prop_map(move |whole| domain.nearest(Decimal::from(whole))).boxed()
}

impl AmountDomain {
    /// The amount, or one near it that there may be.
    #[must_use]
    pub fn nearest(&self, amount: Decimal) -> Decimal {
        let amount = if self.negative { amount } else { amount.abs() };
        let amount = if amount.scale() > self.scale { amount.trunc_with_scale(self.scale) } else { amount };
        amount.clamp(-self.most, self.most)
    }
}
