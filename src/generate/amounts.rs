//! Amounts of credits: whole and broken, small and large, at the edges at which programs change their minds.

use proptest::strategy::{BoxedStrategy, Just, Strategy};
use rust_decimal::Decimal;

/// Which amounts there may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Domain {
    /// Whether an amount may have a fraction.
    pub fractions: bool,
    /// Whether an amount may be negative.
    pub negative: bool,
    /// The largest amount there may be.
    pub most: Decimal,
}

/// How many kinds of amounts there are.
const KINDS: u32 = 16;

/// Amounts of the `n`-th kind; after the last one they begin anew. What is not in the domain is replaced by what is near.
pub fn amounts(n: u32, domain: Domain) -> BoxedStrategy<Decimal> {
    let scaled =
        |mantissa: std::ops::Range<i64>, scale: u32| mantissa.prop_map(move |m| Decimal::new(m, scale)).boxed();
    let kind = match n % KINDS {
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
        10 => scaled((1 << 24) + 1..1 << 31, 0),
        11 => (1_u32..53).prop_map(|bits| Decimal::from((1_u64 << bits) - 1)).boxed(),
        12 => scaled(1..1_000_000, 1),
        13 => scaled(10..1_000, 0),
        14 => scaled(1 << 53..i64::MAX, 0),
        _ => (0_i64..10_000_000, 0_u32..7).prop_map(|(mantissa, scale)| Decimal::new(mantissa, scale)).boxed(),
    };
    kind.prop_map(move |amount| domain.nearest(amount)).boxed()
}

/// Amounts of so many digits in front of the point as `n` says, from one to fifteen, so that no order of magnitude is left out;
/// every other one below zero or with cents, where there may be such.
pub fn sizes(n: u32, domain: Domain) -> BoxedStrategy<Decimal> {
    let least = 10_i64.pow(n % 15);
    let odd = n % 2 == 1;
    (least..least * 10, 0_i64..100, proptest::bool::ANY)
        .prop_map(move |(whole, cents, below)| {
            let amount = Decimal::new(whole, 0);
            let amount = if odd && domain.fractions && n % 15 < 13 { amount + Decimal::new(cents, 2) } else { amount };
            domain.nearest(if odd && below { -amount } else { amount })
        })
        .boxed()
}

impl Domain {
    /// The amount, or one near it that there may be.
    #[must_use]
    pub fn nearest(&self, amount: Decimal) -> Decimal {
        let amount = if self.negative { amount } else { amount.abs() };
        let amount = if self.fractions { amount } else { amount.trunc() };
        amount.clamp(-self.most, self.most)
    }
}
