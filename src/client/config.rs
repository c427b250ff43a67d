//! The configuration of a client.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// The configuration of a client.
///
/// ```
/// use std::time::Duration;
///
/// use ringtrue::client::Config;
///
/// let config = Config::new("https://api.example.com").key("k_1").timeout(Duration::from_secs(2));
/// assert_eq!(config.max_body, 1 << 20);
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Config {
    /// The base URL, in place of the contract's `servers[0].url`. The contract's paths are appended to it.
    pub base_url: String,
    /// The credential, exactly as the provider issued it.
    pub key: Option<Secret>,
    /// The tenant: a part of the cache key. It is not sent. Where the contract documents a query parameter for it, the server gets
    /// that from a proxy, and the base URL identifies the tenant.
    pub tenant: Option<Arc<str>>,
    /// The deadline of one exchange, from the first byte sent to the last byte received. Default: 10 s.
    pub timeout: Duration,
    /// The TTL of cached balances, in place of the documented one; zero disables the cache.
    pub cache_ttl: Option<Duration>,
    /// The maximum length of a response body, in bytes. Default: 1 MiB.
    pub max_body: usize,
}

impl Config {
    /// Creates a configuration without credential and tenant.
    #[must_use]
    pub fn new(base_url: impl Into<String>) -> Self {
        Self {
            base_url: base_url.into(),
            key: None,
            tenant: None,
            timeout: Duration::from_secs(10),
            cache_ttl: None,
            max_body: 1 << 20,
        }
    }

    /// Sets the credential.
    ///
    /// ```
    /// # use ringtrue::client::Config;
    /// let config = Config::new("https://api.example.com").key("k_1");
    /// assert!(!format!("{config:?}").contains("k_1"));
    /// ```
    #[must_use]
    pub fn key(mut self, key: impl Into<Secret>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// Sets the tenant.
    ///
    /// ```
    /// # use ringtrue::client::Config;
    /// let config = Config::new("https://api.example.com").tenant("shop-1");
    /// assert_eq!(config.tenant.as_deref(), Some("shop-1"));
    /// ```
    #[must_use]
    pub fn tenant(mut self, tenant: impl Into<Arc<str>>) -> Self {
        self.tenant = Some(tenant.into());
        self
    }

    /// Sets the deadline of one exchange.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use ringtrue::client::Config;
    /// let config = Config::new("https://api.example.com").timeout(Duration::from_secs(2));
    /// assert_eq!(config.timeout, Duration::from_secs(2));
    /// ```
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sets the TTL of cached balances; zero disables the cache.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use ringtrue::client::Config;
    /// let config = Config::new("https://api.example.com").cache_ttl(Duration::from_secs(60));
    /// assert_eq!(config.cache_ttl, Some(Duration::from_secs(60)));
    /// ```
    #[must_use]
    pub fn cache_ttl(mut self, ttl: Duration) -> Self {
        self.cache_ttl = Some(ttl);
        self
    }

    /// Sets the maximum length of a response body, in bytes. A longer body is an error.
    ///
    /// ```
    /// # use ringtrue::client::Config;
    /// let config = Config::new("https://api.example.com").max_body(4096);
    /// assert_eq!(config.max_body, 4096);
    /// ```
    #[must_use]
    pub fn max_body(mut self, bytes: usize) -> Self {
        self.max_body = bytes;
        self
    }
}

/// A text that is never printed: `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Arc<str>);

impl Secret {
    /// The text itself. Do not print or log it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl<T: Into<Arc<str>>> From<T> for Secret {
    fn from(text: T) -> Self {
        Self(text.into())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// An account: a tenant with a credential.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClientAccount {
    /// The tenant.
    pub tenant: Option<Arc<str>>,
    /// The credential.
    pub key: Option<Secret>,
}

impl ClientAccount {
    /// The tenant's name; empty without a tenant.
    #[must_use]
    pub(crate) fn tenant_text(&self) -> &str {
        self.tenant.as_deref().unwrap_or("")
    }

    /// The credential; empty without one. Do not print or log it.
    #[must_use]
    pub(crate) fn key_text(&self) -> &str {
        self.key.as_ref().map_or("", Secret::expose)
    }
}

/// A client cannot be opened. The texts contain no part of the configuration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The base URL is not an absolute `http` or `https` URL, or contains user info, a query or a fragment.
    #[error("the base URL must be an http or https URL without user info, query and fragment")]
    BaseUrl,
    /// The credential contains characters that a header field cannot carry.
    #[error("the credential contains characters that a header field cannot carry")]
    Key,
    /// The contract has no operation that returns the balance.
    #[error("the contract has no operation with the role `balance`")]
    NoBalance,
    /// The contract has an operation with an invalid method or header field.
    #[error("the operation {0} of the contract cannot be sent")]
    Contract(String),
    /// The TLS stack did not start.
    #[error("the HTTP client did not start")]
    Transport,
}
