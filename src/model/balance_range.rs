//! A balance that is known only within bounds.

use std::fmt;

use rust_decimal::Decimal;

use super::BalanceValues;

/// A balance that is known only within bounds, which belong to it: what a call costs is not always told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct BalanceRange {
    /// The least that it may be, in every role.
    pub least: BalanceValues,
    /// The most that it may be, in every role.
    pub most: BalanceValues,
}

impl BalanceRange {
    /// A balance that is known.
    #[must_use]
    pub fn exactly(balance: BalanceValues) -> Self {
        Self { least: balance, most: balance }
    }

    /// The balance, if it is known.
    #[must_use]
    pub fn known(&self) -> Option<BalanceValues> {
        (self.least == self.most).then_some(self.most)
    }

    /// Whether it may be this balance.
    #[must_use]
    pub fn permits(&self, balance: &BalanceValues) -> bool {
        let Self { least, most } = self;
        within(least.remaining, balance.remaining, most.remaining)
            && within(least.total, balance.total, most.total)
            && within(least.allowed, balance.allowed, most.allowed)
    }

    /// Whether so much may be left.
    #[must_use]
    pub fn permits_remaining(&self, remaining: Decimal) -> bool {
        within(self.least.remaining, Some(remaining), self.most.remaining)
    }

    /// What is left after a call that cost so much, or some amount that nobody told.
    ///
    /// Sources say nowhere whether a spend takes off the total too, nor at which rest use stops being allowed.
    #[must_use]
    pub fn after(&self, cost: Option<Decimal>) -> Self {
        if cost.is_some_and(|cost| cost.is_zero()) {
            return *self;
        }
        let at_worst = |before: Option<Decimal>| before.map(|n| cost.map_or(n.min(Decimal::ZERO), |cost| n - cost));
        let remaining = self.most.remaining.map(|n| n - cost.unwrap_or_default());
        let exhausted = remaining.is_some_and(|left| left <= Decimal::ZERO);
        Self {
            least: BalanceValues {
                remaining: at_worst(self.least.remaining),
                total: at_worst(self.least.total),
                allowed: self.least.allowed.map(|_| false),
            },
            most: BalanceValues {
                remaining,
                total: self.most.total,
                allowed: self.most.allowed.map(|allowed| allowed && !exhausted),
            },
        }
    }
}

impl fmt::Display for BalanceRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.known() {
            Some(balance) => balance.fmt(f),
            None => write!(f, "from ({}) to ({})", self.least, self.most),
        }
    }
}

/// Whether a value lies between two; a role that is absent on one side is absent on all.
fn within<T: Ord>(least: Option<T>, value: Option<T>, most: Option<T>) -> bool {
    match (least, value, most) {
        (Some(least), Some(value), Some(most)) => least <= value && value <= most,
        (None, None, None) => true,
        _ => false,
    }
}
