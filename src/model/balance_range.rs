//! A balance that is known only within bounds.

use std::fmt;

use rust_decimal::Decimal;

use super::BalanceValues;

/// A balance that is known only within inclusive bounds, because the cost of a call is not always known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct BalanceRange {
    /// The lower bound in every role.
    pub least: BalanceValues,
    /// The upper bound in every role.
    pub most: BalanceValues,
}

impl BalanceRange {
    /// A balance that is known exactly.
    #[must_use]
    pub fn exactly(balance: BalanceValues) -> Self {
        Self { least: balance, most: balance }
    }

    /// The balance, if it is known exactly.
    #[must_use]
    pub fn known(&self) -> Option<BalanceValues> {
        (self.least == self.most).then_some(self.most)
    }

    /// Whether this balance is within the bounds.
    #[must_use]
    pub fn permits(&self, balance: &BalanceValues) -> bool {
        let Self { least, most } = self;
        within(least.remaining, balance.remaining, most.remaining)
            && within(least.total, balance.total, most.total)
            && within(least.allowed, balance.allowed, most.allowed)
    }

    /// Whether this remaining amount is within the bounds.
    #[must_use]
    pub fn permits_remaining(&self, remaining: Decimal) -> bool {
        within(self.least.remaining, Some(remaining), self.most.remaining)
    }

    /// The balance after a paid call with this cost; `None` stands for an unknown cost.
    ///
    /// No source states whether a paid call also reduces the total, or at which remaining amount use stops being allowed.
    #[must_use]
    pub fn after(&self, cost: Option<Decimal>) -> Self {
        if cost.is_some_and(|cost| cost.is_zero()) {
            return *self;
        }
        let lower = |before: Option<Decimal>| before.map(|n| cost.map_or(n.min(Decimal::ZERO), |cost| n - cost));
        let remaining = self.most.remaining.map(|n| n - cost.unwrap_or_default());
        let exhausted = remaining.is_some_and(|left| left <= Decimal::ZERO);
        Self {
            least: BalanceValues {
                remaining: lower(self.least.remaining),
                total: lower(self.least.total),
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

/// Whether a value is within inclusive bounds. A role must be present in all three values, or in none.
fn within<T: Ord>(least: Option<T>, value: Option<T>, most: Option<T>) -> bool {
    match (least, value, most) {
        (Some(least), Some(value), Some(most)) => least <= value && value <= most,
        (None, None, None) => true,
        _ => false,
    }
}
