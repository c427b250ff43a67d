//! The optional abilities of a client under test.

use std::fmt;

/// The declared abilities of a client, in addition to [`check`](super::CreditClient::check).
///
/// The harness uses and judges only what is declared. The default declares nothing.
#[expect(clippy::struct_excessive_bools, reason = "independent flags, with the names of the adapter protocol")]
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Capabilities {
    /// Balances are cached.
    pub cache: bool,
    /// [`invalidate`](super::CreditClient::invalidate) drops the cached balance.
    pub invalidate: bool,
    /// [`spend`](super::CreditClient::spend) makes a paid call.
    pub spend: bool,
    /// Concurrent checks share one request.
    pub single_flight: bool,
    /// Clients with the same base URL and credential share one cache.
    pub shared_cache: bool,
    /// [`rekey`](super::CreditClient::rekey) replaces the credential.
    pub rekey: bool,
    /// Clients in several processes share one cache if their base URL and credential are the same.
    pub fleet: bool,
    /// [`advance`](super::CreditClient::advance) moves the clock that the cache uses.
    pub virtual_clock: bool,
    /// A configured TTL replaces the documented one, so that the harness can wait for a short one.
    pub ttl: bool,
}

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
    /// [`rekey`](super::CreditClient::rekey) replaces the credential.
    Rekey,
    /// Clients in several processes share one cache if their base URL and credential are the same.
    Fleet,
}

impl Capability {
    /// Every capability.
    pub const ALL: [Self; 7] =
        [Self::Cache, Self::Invalidate, Self::Spend, Self::SingleFlight, Self::SharedCache, Self::Rekey, Self::Fleet];

    /// The name in the adapter protocol and in reports, such as `single_flight`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cache => "cache",
            Self::Invalidate => "invalidate",
            Self::Spend => "spend",
            Self::SingleFlight => "single_flight",
            Self::SharedCache => "shared_cache",
            Self::Rekey => "rekey",
            Self::Fleet => "fleet",
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
            Capability::Rekey => self.rekey,
            Capability::Fleet => self.fleet,
        }
    }
}
