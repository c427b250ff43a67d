//! The balance that a client reports.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// A balance as reported to an application.
///
/// A field is `None` where the API does not document it.
///
/// ```
/// use ringtrue::client::Balance;
///
/// let balance = Balance { remaining: Some(42.into()), ..Balance::default() };
/// assert_eq!(balance.total, None);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Balance {
    /// The remaining amount, in credits.
    pub remaining: Option<Decimal>,
    /// The total amount granted, in credits.
    pub total: Option<Decimal>,
    /// Whether use is allowed.
    pub allowed: Option<bool>,
    /// Where the balance comes from; `None` if the client does not report it.
    pub source: Option<Source>,
}

/// Where a balance comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Source {
    /// A request made for this call, or a concurrent request that this call joined.
    Network,
    /// The client's cache.
    Cache,
    /// The failure policy: the check failed, and use is allowed nevertheless.
    FailOpen,
}
