//! Opens the reference client: cache, clock, and what follows from the contract.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::behaviour::ClientBehaviour;
use super::cache::Cache;
use super::clock::{Clock, nanos};
use super::config::{ClientAccount, Config, ConfigError};
use super::core::Core;
use super::fleet::{FleetStore, SecondLevel};
use super::http_client::HttpClient;
use super::reference::ReferenceClient;
use super::request_template;
use crate::contract::{CacheKind, Contract};

/// Opens a [`ReferenceClient`] with a shared cache or another clock.
///
/// ```
/// use std::sync::Arc;
///
/// use ringtrue::client::{Cache, Clock, Config, ReferenceClient};
/// use ringtrue::Contract;
///
/// # let name = &ringtrue::bundled_contracts()[0];
/// let contract = Arc::new(Contract::load(name)?);
/// let client = ReferenceClient::builder(contract, Config::new("https://api.example.com").key("k_1"))
///     .cache(Arc::new(Cache::with_capacity(1_000)))
///     .clock(Clock::manual())
///     .open()?;
/// assert_eq!(client.check_cached(), None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub struct ReferenceClientBuilder {
    contract: Arc<Contract>,
    config: Config,
    cache: Option<Arc<Cache>>,
    clock: Clock,
    behaviour: ClientBehaviour,
    fleet: Option<Arc<dyn FleetStore>>,
}

impl ReferenceClientBuilder {
    pub(super) fn new(contract: Arc<Contract>, config: Config) -> Self {
        Self {
            contract,
            config,
            cache: None,
            clock: Clock::default(),
            behaviour: ClientBehaviour::default(),
            fleet: None,
        }
    }

    /// Shares a cache with other clients. Contract, base URL, tenant and credential are all part of the key.
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// use ringtrue::client::{Cache, Config, ReferenceClient};
    /// use ringtrue::Contract;
    ///
    /// # let name = &ringtrue::bundled_contracts()[0];
    /// let (contract, cache) = (Arc::new(Contract::load(name)?), Arc::new(Cache::new()));
    /// let open = |key| {
    ///     let config = Config::new("https://api.example.com").key(key);
    ///     ReferenceClient::builder(contract.clone(), config).cache(cache.clone()).open()
    /// };
    /// let (first, second) = (open("k_1")?, open("k_2")?);
    /// assert_eq!(cache.len(), 2);
    /// # drop((first, second));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn cache(mut self, cache: Arc<Cache>) -> Self {
        self.cache = Some(cache);
        self
    }

    /// Replaces the system's clock, which all ages in the cache are measured with.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use std::time::Duration;
    ///
    /// use ringtrue::client::{Clock, Config, ReferenceClient};
    /// use ringtrue::Contract;
    ///
    /// # let name = &ringtrue::bundled_contracts()[0];
    /// let (contract, clock) = (Arc::new(Contract::load(name)?), Clock::manual());
    /// let config = Config::new("https://api.example.com");
    /// let client = ReferenceClient::builder(contract, config).clock(clock.clone()).open()?;
    /// assert!(clock.advance(Duration::from_secs(60)));
    /// # drop(client);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Adds a second cache level, which the processes of a fleet share. It has no effect where nothing is cached.
    ///
    /// A check that the first level cannot answer takes the balance from the store, or requests it for all processes. A
    /// paid call and [`ReferenceClient::invalidate`] drop the balance in all processes.
    pub fn fleet(mut self, store: Arc<dyn FleetStore>) -> Self {
        self.fleet = Some(store);
        self
    }

    /// Replaces decisions of the client, so that it misbehaves.
    #[cfg(feature = "harness")]
    #[expect(clippy::large_types_passed_by_value, reason = "moved into the client, once")]
    pub(crate) fn behaviour(mut self, behaviour: ClientBehaviour) -> Self {
        self.behaviour = behaviour;
        self
    }

    /// Opens the client. No request is sent.
    ///
    /// # Errors
    /// If the base URL or the credential is invalid, if the contract has no balance operation, or if the TLS stack
    /// does not start.
    pub fn open(self) -> Result<ReferenceClient, ConfigError> {
        let Self { contract, config, cache, clock, behaviour, fleet } = self;
        let base_url = request_template::base_url(&config.base_url)?;
        let cache_is_shared = cache.is_some();
        let cache = cache.unwrap_or_default();
        let scope_text = |keyed: bool| {
            let place = if keyed { base_url.as_str().trim_end_matches('/') } else { "" };
            format!("{} {} {place}", contract.name, contract.digest)
        };
        let scope = cache.scope(&scope_text(behaviour.caching.keyed_by_base_url));
        let ttl = config.cache_ttl.unwrap_or_else(|| documented_ttl(&contract));
        let second_level = fleet.filter(|_| !ttl.is_zero() && behaviour.fleet.uses_store).map(|store| {
            let scope = scope_text(behaviour.fleet.keyed_by_base_url);
            SecondLevel::new(store, behaviour.fleet, scope)
        });
        let single_flight = behaviour.caching.single_flight && permits_sharing(&contract);
        let core = Core {
            http: HttpClient::new(base_url.scheme() == "https", config.timeout, config.max_body)?,
            ttl: nanos((behaviour.caching.ttl)(ttl)),
            contract,
            clock,
            behaviour,
            cache,
            base_url,
            scope,
            single_flight,
            cache_is_shared,
            second_level,
            timeout: config.timeout,
        };
        ReferenceClient::with_account(Arc::new(core), ClientAccount { tenant: config.tenant, key: config.key })
    }
}

impl fmt::Debug for ReferenceClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReferenceClientBuilder")
            .field("contract", &self.contract.name)
            .field("config", &self.config)
            .field("cache", &self.cache)
            .field("clock", &self.clock)
            .field("fleet", &self.fleet.is_some())
            .finish_non_exhaustive()
    }
}

/// The TTL that the contract documents for clients: the maximum, else the minimum, else zero.
fn documented_ttl(contract: &Contract) -> Duration {
    let rule = contract.caching.client.as_ref().filter(|rule| rule.kind != CacheKind::None);
    let ttl = rule.and_then(|rule| rule.max_ttl_ms.or(rule.min_ttl_ms));
    Duration::from_millis(ttl.unwrap_or(0))
}

/// Whether concurrent checks may share one request: unless the contract forbids caches.
pub(super) fn permits_sharing(contract: &Contract) -> bool {
    contract.caching.client.as_ref().is_none_or(|rule| rule.kind != CacheKind::None)
}
