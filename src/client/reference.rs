//! The reference client: any contract, nothing but its data.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::api::{CallResult, Capabilities, CreditClient};
use super::behaviour::{ClientBehaviour, InvalidationReason};
use super::cache::{Cache, EntryRef};
use super::clock::{Clock, nanos};
use super::config::{ClientAccount, Config, ConfigError};
use super::fetch::{Call, Fetch};
use super::handle::Handle;
use super::hit::Hit;
use super::request;
use super::wire::Wire;
use super::{behaviour, policy};
use crate::contract::{CacheKind, Contract, Role};

/// A client for the credit-balance API that a contract describes.
///
/// One value speaks for one account: a tenant with a credential at a base URL. [`Client::account`] gives one for
/// another account that shares connections, cache and clock. Clones share everything.
///
/// Checks are answered from the cache for as long as the contract has clients keep an answer; checks at the same time
/// share one request; a successful paid call drops what was kept, and so does one of which nobody knows how it ended.
/// A `Retry-After` is waited out: until then the same error is given and nothing is sent. Nothing is ever repeated, and
/// no redirect is followed.
///
/// ```no_run
/// # async fn example(contract: ringtrue::contract::Contract) -> Result<(), Box<dyn std::error::Error>> {
/// use ringtrue::client::{Client, Config};
///
/// let client = Client::new(contract.into(), Config::new("https://api.example.com").key("k_1"))?;
/// let balance = client.check().await?;
/// assert!(balance.remaining.is_some());
/// // Without waiting, from the cache only: no lock, no allocation.
/// assert!(client.check_cached().is_some());
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Client {
    pub(super) core: Arc<Core>,
    account: Arc<ClientAccount>,
    handle: Handle,
    held: EntryRef,
    calls: Arc<Calls>,
    memory: Arc<behaviour::Memory>,
}

/// What the clients of all accounts share.
pub(super) struct Core {
    pub(super) contract: Arc<Contract>,
    pub(super) wire: Wire,
    pub(super) clock: Clock,
    pub(super) behaviour: ClientBehaviour,
    cache: Arc<Cache>,
    base: url::Url,
    scope: u32,
    ttl: u64,
    share: bool,
    /// Whether others hold the cache too.
    shared: bool,
}

/// The calls of one account, made ready.
struct Calls {
    check: Arc<Call>,
    spend: Option<Arc<Call>>,
}

/// Opens a [`Client`] with more than a [`Config`].
#[derive(Debug)]
#[must_use]
pub struct Builder {
    contract: Arc<Contract>,
    config: Config,
    cache: Option<Arc<Cache>>,
    clock: Clock,
    behaviour: ClientBehaviour,
}

impl Builder {
    /// Shares a cache with other clients. Entries are kept apart by contract, base URL, tenant and credential.
    pub fn cache(mut self, cache: Arc<Cache>) -> Self {
        self.cache = Some(cache);
        self
    }

    /// Takes the time from that clock.
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Replaces small decisions, in order to misbehave.
    pub fn behaviour(mut self, behaviour: ClientBehaviour) -> Self {
        self.behaviour = behaviour;
        self
    }

    /// Opens the client. Nothing is sent.
    ///
    /// # Errors
    /// If the base URL or the credential cannot be used, if the contract has no balance operation, or if the transport
    /// does not start.
    pub fn open(self) -> Result<Client, ConfigError> {
        let Self { contract, config, cache, clock, behaviour } = self;
        let base = request::base(&config.base_url)?;
        let shared = cache.is_some();
        let cache = cache.unwrap_or_default();
        let place = if behaviour.caching.by_base_url { base.as_str().trim_end_matches('/') } else { "" };
        let scope = cache.scope(&format!("{} {} {place}", contract.name, contract.digest));
        let ttl = config.cache_ttl.unwrap_or_else(|| promised_ttl(&contract));
        let share = behaviour.caching.single_flight
            && contract.caching.client.as_ref().is_none_or(|rule| rule.kind != CacheKind::None);
        let core = Core {
            wire: Wire::new(base.scheme() == "https", config.timeout, config.max_body)?,
            ttl: nanos((behaviour.caching.ttl)(ttl)),
            contract,
            clock,
            behaviour,
            cache,
            base,
            scope,
            share,
            shared,
        };
        Client::of(Arc::new(core), ClientAccount { tenant: config.tenant, key: config.key })
    }
}

/// The TTL that the contract gives a client: the longest that it names, else the shortest, else none.
fn promised_ttl(contract: &Contract) -> Duration {
    let rule = contract.caching.client.as_ref().filter(|rule| rule.kind != CacheKind::None);
    let ttl = rule.and_then(|rule| rule.max_ttl_ms.or(rule.min_ttl_ms));
    Duration::from_millis(ttl.unwrap_or(0))
}

impl Client {
    /// Opens a client with a cache of its own and the system's clock. Nothing is sent.
    ///
    /// # Errors
    /// As [`Builder::open`].
    pub fn new(contract: Arc<Contract>, config: Config) -> Result<Self, ConfigError> {
        Self::builder(contract, config).open()
    }

    /// Opens a client with more than a configuration.
    pub fn builder(contract: Arc<Contract>, config: Config) -> Builder {
        Builder { contract, config, cache: None, clock: Clock::default(), behaviour: ClientBehaviour::default() }
    }

    /// A client for another account, which shares connections, cache and clock with this one.
    ///
    /// # Errors
    /// If the credential cannot stand in a header field.
    pub fn account(&self, account: ClientAccount) -> Result<Self, ConfigError> {
        Self::of(Arc::clone(&self.core), account)
    }

    fn of(core: Arc<Core>, account: ClientAccount) -> Result<Self, ConfigError> {
        let balance = core.contract.operation(Role::Balance).ok_or(ConfigError::NoBalance)?;
        let account = Arc::new(account);
        let call = |operation: &Arc<_>| {
            let draft = request::draft(&core.contract, operation, &core.base, &account)?;
            let (operation, account) = (Arc::clone(operation), Arc::clone(&account));
            Ok(Arc::new(Call { operation, draft, account }))
        };
        let check = call(balance)?;
        let spend = core.contract.operation(Role::Spend).map(call).transpose()?;
        let entry = |key: fn(ClientAccount) -> ClientAccount| {
            let key = key(ClientAccount::clone(&account));
            core.cache.entry(core.scope, key.tenant_text(), key.key_text(), core.clock.now())
        };
        let handle = Handle::new(entry(core.behaviour.caching.key), core.clock.clone(), core.ttl);
        let held = entry(core.behaviour.caching.held);
        Ok(Self { handle, held, calls: Arc::new(Calls { check, spend }), memory: Arc::default(), account, core })
    }

    /// The contract that the client obeys.
    #[must_use]
    pub fn contract(&self) -> &Arc<Contract> {
        &self.core.contract
    }

    /// How long an answer is kept; zero: not at all.
    #[must_use]
    pub fn ttl(&self) -> Duration {
        Duration::from_nanos(self.core.ttl)
    }

    /// A handle to this account's cached balance: the cheapest way to look.
    #[must_use]
    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }

    /// The cached balance, if there is one that is young enough. No lock, no allocation, no waiting.
    #[inline]
    #[must_use]
    pub fn check_cached(&self) -> Option<Hit> {
        self.handle.get()
    }

    /// The cached balance of that tenant with that credential at this client's base URL; `""` where there is none.
    /// No lock, no waiting, no allocation but what [`Cache`] says.
    #[inline]
    #[must_use]
    pub fn check_cached_by(&self, tenant: &str, credential: &str) -> Option<Hit> {
        let core = &*self.core;
        core.cache.read(core.scope, tenant, credential, core.clock.now(), core.ttl)
    }

    /// Keeps a balance as though it had just been fetched.
    #[cfg(feature = "bench")]
    pub(super) fn keep(&self, tenant: &str, credential: &str, hit: Hit) {
        let (core, now) = (&*self.core, self.core.clock.now());
        core.cache.entry(core.scope, tenant, credential, now).fill(now, hit);
    }

    /// The balance: from the cache, from a request under way, or from a request of its own.
    ///
    /// # Errors
    /// If no balance was to be had and the contract's failure policy does not stand in for it.
    pub async fn check(&self) -> CallResult {
        if let Some(outcome) = (self.core.behaviour.telling.before)(&self.memory) {
            return outcome;
        }
        let outcome = match self.look() {
            Some(hit) => Ok(hit.balance()),
            None => self.ask().await,
        };
        self.tell(self.core.behaviour.telling.after, outcome)
    }

    fn kept(&self) -> Option<Hit> {
        self.handle.get().filter(self.core.behaviour.caching.serve)
    }

    fn look(&self) -> Option<Hit> {
        let hit = self.kept()?;
        if self.core.behaviour.caching.renew {
            self.handle.entry().renew(self.core.clock.now());
        }
        Some(hit)
    }

    async fn ask(&self) -> CallResult {
        let flight = match self.wait(Role::Balance) {
            Some(error) => return self.fetch().policy(Err(error)),
            None => self.handle.entry().fly(
                self.core.share,
                || self.kept().is_some(),
                |ticket| Fetch::start(self.fetch(), EntryRef::clone(self.handle.entry()), ticket),
            ),
        };
        match flight {
            Some(flight) => flight.await,
            None => match self.look() {
                Some(hit) => Ok(hit.balance()),
                // It ran out, or was dropped, between two looks.
                None => self.fetch().alone().await,
            },
        }
    }

    /// Makes one paid call, and drops the cached balance unless the call was refused for certain.
    ///
    /// # Errors
    /// If the call was refused or failed, or if the contract documents none. The failure policy does not apply: it is
    /// the paid call that decides.
    pub async fn spend(&self) -> CallResult {
        let Some(call) = &self.calls.spend else {
            return Err(super::api::ClientError::new(super::ErrorClass::Other, "the contract has no paid call"));
        };
        if let Some(error) = self.wait(Role::Spend) {
            return Err(error);
        }
        if self.core.behaviour.caching.early {
            self.handle.entry().invalidate();
        }
        // Dropped before its end, the call may have been charged all the same.
        let unsure = Unsure(Some(self));
        let outcome = self.core.exchange(call).await;
        self.core.heed(&self.held, Role::Spend, &outcome);
        unsure.settle(match &outcome {
            Ok(_) => InvalidationReason::Spent,
            Err(error) if super::fetch::refused(error) => InvalidationReason::Refused,
            Err(_) => InvalidationReason::Unsure,
        });
        self.tell(self.core.behaviour.telling.spent, outcome)
    }

    /// Drops the cached balance; a request under way will not bring it back.
    pub fn invalidate(&self) {
        self.drop_kept(InvalidationReason::Asked);
    }

    fn drop_kept(&self, occasion: InvalidationReason) {
        if (self.core.behaviour.caching.drop)(occasion != InvalidationReason::Refused, occasion, &self.memory) {
            self.handle.entry().invalidate();
        }
    }

    /// The error that a `Retry-After` still holds back.
    fn wait(&self, role: Role) -> Option<super::ClientError> {
        let (by, error, left) = self.held.held(self.core.clock.now())?;
        // Where checks fail open it is the paid call that decides, so that it must not wait for a check.
        let free = role == Role::Spend && by == Role::Balance && policy::open(&self.core.contract);
        (!free).then(|| super::ClientError { retry_after: Some(Duration::from_nanos(left)), ..error })
    }

    fn fetch(&self) -> Fetch {
        Fetch { core: Arc::clone(&self.core), call: Arc::clone(&self.calls.check), held: EntryRef::clone(&self.held) }
    }

    fn tell(
        &self,
        last: fn(CallResult, &behaviour::ReportContext<'_>) -> CallResult,
        outcome: CallResult,
    ) -> CallResult {
        last(outcome, &behaviour::ReportContext { account: &self.account, memory: &self.memory })
    }
}

/// A paid call that has not ended.
struct Unsure<'c>(Option<&'c Client>);

impl Unsure<'_> {
    fn settle(mut self, occasion: InvalidationReason) {
        if let Some(client) = self.0.take() {
            client.drop_kept(occasion);
        }
    }
}

impl Drop for Unsure<'_> {
    fn drop(&mut self) {
        if let Some(client) = self.0.take() {
            client.drop_kept(InvalidationReason::Unsure);
        }
    }
}

impl CreditClient for Client {
    fn capabilities(&self) -> Capabilities {
        let cache = self.core.ttl > 0;
        Capabilities {
            cache,
            invalidate: cache,
            spend: self.calls.spend.is_some(),
            single_flight: self.core.contract.caching.client.as_ref().is_none_or(|rule| rule.kind != CacheKind::None),
            shared_cache: cache && self.core.shared,
            virtual_clock: matches!(self.core.clock, Clock::Manual(_)),
            ttl: true,
        }
    }

    async fn check(&self) -> CallResult {
        Self::check(self).await
    }

    async fn spend(&self) -> CallResult {
        Self::spend(self).await
    }

    async fn invalidate(&self) {
        Self::invalidate(self);
    }

    fn advance(&self, by: Duration) {
        let _ = self.core.clock.advance(by);
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("contract", &self.core.contract.name)
            .field("tenant", &self.account.tenant)
            .finish_non_exhaustive()
    }
}
