//! A balance in its three roles.

use std::fmt;

use rust_decimal::Decimal;

use crate::contract::Fields;

/// A balance in its three roles; those that a contract does not have are absent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct BalanceValues {
    /// What is left, in credits.
    pub remaining: Option<Decimal>,
    /// What there is or was in all, in credits.
    pub total: Option<Decimal>,
    /// Whether use is allowed.
    pub allowed: Option<bool>,
}

impl BalanceValues {
    /// So many credits left, in the roles that a contract has: the total is the same, and use is allowed if any are left.
    #[must_use]
    pub fn of(remaining: Decimal, fields: &Fields) -> Self {
        Self {
            remaining: fields.remaining.as_ref().map(|_| remaining),
            total: fields.total.as_ref().map(|_| remaining),
            allowed: fields.allowed.as_ref().map(|_| remaining > Decimal::ZERO),
        }
    }

    /// Whether so much can be spent.
    #[must_use]
    pub fn covers(&self, cost: Decimal) -> bool {
        self.allowed.unwrap_or(true)
            && self.remaining.is_none_or(|remaining| remaining >= cost && remaining > Decimal::ZERO)
    }

    /// What is left after so much was spent.
    #[must_use]
    pub fn less(&self, cost: Decimal) -> Self {
        let remaining = self.remaining.map(|remaining| remaining - cost);
        let allowed = match remaining {
            Some(left) => self.allowed.map(|allowed| allowed && left > Decimal::ZERO),
            None => self.allowed,
        };
        Self { remaining, allowed, ..*self }
    }

    /// The lower of two balances in each role that both have.
    pub(super) fn lower(&self, other: &Self) -> Self {
        Self {
            remaining: self.remaining.zip(other.remaining).map(|(one, other)| one.min(other)),
            total: self.total.zip(other.total).map(|(one, other)| one.min(other)),
            allowed: self.allowed.zip(other.allowed).map(|(one, other)| one && other),
        }
    }
}

impl fmt::Display for BalanceValues {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [
            self.remaining.map(|n| format!("remaining {}", n.normalize())),
            self.total.map(|n| format!("total {}", n.normalize())),
            self.allowed.map(|yes| format!("allowed {yes}")),
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        f.write_str(if parts.is_empty() { "no amount" } else { "" })?;
        f.write_str(&parts.join(", "))
    }
}
