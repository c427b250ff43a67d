//! What a client is opened with.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// What a client is opened with.
#[derive(Debug, Clone)]
pub struct Config {
    /// Stands in place of the contract's `servers[0].url`; the paths below it are the contract's.
    pub base_url: String,
    /// The credential, whole, as the provider gave it out.
    pub key: Option<Secret>,
    /// Whose balance it is. Where the contract names a query parameter for it, its value; otherwise only a part
    /// of the cache key.
    pub tenant: Option<Arc<str>>,
    /// The time for one exchange, from the first byte sent to the last byte received. 10 s unless set.
    pub timeout: Duration,
    /// How long an answer is kept, in place of what the contract says; zero: not at all.
    pub cache_ttl: Option<Duration>,
    /// The longest body that is read, in bytes. 1 MiB unless set.
    pub max_body: usize,
}

impl Config {
    /// A configuration without credential and tenant, with the defaults for everything else.
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

    /// With a credential.
    #[must_use]
    pub fn key(mut self, key: impl Into<Secret>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// With a tenant.
    #[must_use]
    pub fn tenant(mut self, tenant: impl Into<Arc<str>>) -> Self {
        self.tenant = Some(tenant.into());
        self
    }

    /// With another deadline for one exchange.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// With another TTL than the contract's; zero: no caching.
    #[must_use]
    pub fn cache_ttl(mut self, ttl: Duration) -> Self {
        self.cache_ttl = Some(ttl);
        self
    }
}

/// A text that is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Arc<str>);

impl Secret {
    /// The text itself. Whoever asks must not print it.
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

/// Whose balance is asked for, and with which credential.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClientAccount {
    /// The tenant.
    pub tenant: Option<Arc<str>>,
    /// The credential.
    pub key: Option<Secret>,
}

impl ClientAccount {
    /// The tenant's name, empty if there is none.
    #[must_use]
    pub fn tenant_text(&self) -> &str {
        self.tenant.as_deref().unwrap_or("")
    }

    /// The credential's text, empty if there is none. Whoever asks must not print it.
    #[must_use]
    pub fn key_text(&self) -> &str {
        self.key.as_ref().map_or("", Secret::expose)
    }
}

/// A client that cannot be opened. The texts never contain what was configured.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// The base URL is no absolute `http` or `https` URL, or has user info, a query or a fragment.
    #[error("open a client: the base URL must be an http or https URL without user info, query and fragment")]
    BaseUrl,
    /// The credential cannot stand in a header field.
    #[error("open a client: the credential contains characters that a header field cannot carry")]
    Key,
    /// The contract has no operation that says what is left.
    #[error("open a client: the contract has no operation with the role `balance`")]
    NoBalance,
    /// The contract has an operation whose method or header is not one.
    #[error("open a client: {0} of the contract cannot be sent")]
    Contract(String),
    /// The TLS stack or the resolver did not start.
    #[error("open a client: the transport did not start")]
    Transport,
}
