//! The optional abilities of a client under test.

use std::fmt;

use super::api::Capabilities;

/// An optional ability of a client.
///
/// A check states the capabilities that it needs. It does not apply to a client that does not declare them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Capability {
    /// Balances are cached.
    Cache,
    /// [`invalidate`](super::CreditClient::invalidate) drops the cached balance.
    Invalidate,
    /// [`spend`](super::CreditClient::spend) makes a paid call.
    Spend,
    /// Concurrent checks share one request.
    SingleFlight,
    /// Clients with the same base URL and credential share one cache.
    SharedCache,
}

impl Capability {
    /// Every capability.
    pub const ALL: [Self; 5] = [Self::Cache, Self::Invalidate, Self::Spend, Self::SingleFlight, Self::SharedCache];

    /// The name in the adapter protocol and in reports, such as `single_flight`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cache => "cache",
            Self::Invalidate => "invalidate",
            Self::Spend => "spend",
            Self::SingleFlight => "single_flight",
            Self::SharedCache => "shared_cache",
        }
    }
}

impl fmt::Display for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Capabilities {
    /// Whether the client declares this capability.
    ///
    /// ```
    /// use ringtrue::client::{Capabilities, Capability};
    ///
    /// let capabilities = Capabilities { cache: true, ..Capabilities::default() };
    /// assert!(capabilities.has(Capability::Cache));
    /// assert!(!capabilities.has(Capability::Spend));
    /// ```
    #[must_use]
    pub fn has(&self, capability: Capability) -> bool {
        match capability {
            Capability::Cache => self.cache,
            Capability::Invalidate => self.invalidate,
            Capability::Spend => self.spend,
            Capability::SingleFlight => self.single_flight,
            Capability::SharedCache => self.shared_cache,
        }
    }
}
