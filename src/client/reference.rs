//! The reference client: works for any contract, from its data alone.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use super::balance::Source;
use super::behaviour::{InvalidationReason, Memory, ReportContext};
use super::builder::{ReferenceClientBuilder, permits_sharing};
use super::cache::EntryRef;
use super::capability::Capabilities;
use super::clock::Clock;
use super::config::{ClientAccount, Config, ConfigError};
use super::core::{Core, PreparedCall};
use super::credit_client::{CallResult, CreditClient};
use super::error::{ClientError, ErrorClass};
use super::fetch::Fetch;
use super::fleet::AccountLevel;
use super::handle::Handle;
use super::hit::Hit;
use super::{failure_policy, request_template};
use crate::contract::{Contract, Role};

/// A client for the credit-balance API that a contract describes.
///
/// One value serves one account: a tenant with a credential at a base URL. [`ReferenceClient::account`] opens a client
/// for another account with the same connections, cache and clock. Clones share everything.
///
/// - A balance is cached for the TTL that the contract documents for clients. Concurrent checks share one request.
/// - A successful paid call drops the cached balance, and so does a paid call that may or may not have been charged.
/// - `Retry-After` is obeyed: until it has passed, calls return the same error and send nothing.
/// - Nothing is retried, and no redirect is followed.
///
/// ```no_run
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use std::sync::Arc;
///
/// use ringtrue::client::{Config, ReferenceClient};
/// use ringtrue::Contract;
///
/// # let name = &ringtrue::bundled_contracts()[0];
/// let contract = Arc::new(Contract::load(name)?);
/// let client = ReferenceClient::new(contract, Config::new("https://api.example.com").key("k_1"))?;
/// let balance = client.check().await?;
/// println!("{} credits left", balance.remaining.unwrap_or_default());
/// // Synchronous, from the cache alone: no lock, no allocation.
/// assert!(client.check_cached().is_some());
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct ReferenceClient {
    pub(super) core: Arc<Core>,
    pub(super) account: Arc<ClientAccount>,
    pub(super) handle: Handle,
    /// The entry whose `Retry-After` delays this account.
    pub(super) backoff: EntryRef,
    /// The entry whose request this account joins.
    pub(super) flight: EntryRef,
    pub(super) calls: Arc<PreparedCalls>,
    pub(super) memory: Arc<Memory>,
    pub(super) second_level: Option<AccountLevel>,
}

/// The requests of one account.
pub(super) struct PreparedCalls {
    pub(super) check: Arc<PreparedCall>,
    pub(super) cap: Option<Arc<PreparedCall>>,
    pub(super) spend: Option<Arc<PreparedCall>>,
}

impl ReferenceClient {
    /// Opens a client with a cache of its own and the system's clock. No request is sent.
    ///
    /// # Errors
    /// As [`ReferenceClientBuilder::open`].
    pub fn new(contract: Arc<Contract>, config: Config) -> Result<Self, ConfigError> {
        Self::builder(contract, config).open()
    }

    /// Prepares a client with a shared cache or another clock.
    pub fn builder(contract: Arc<Contract>, config: Config) -> ReferenceClientBuilder {
        ReferenceClientBuilder::new(contract, config)
    }

    /// Opens a client for another account, with the connections, the cache and the clock of this one.
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// use ringtrue::client::{ClientAccount, Config, ReferenceClient};
    /// use ringtrue::Contract;
    ///
    /// # let name = &ringtrue::bundled_contracts()[0];
    /// let contract = Arc::new(Contract::load(name)?);
    /// let client = ReferenceClient::new(contract, Config::new("https://api.example.com").key("k_1"))?;
    /// let other = client.account(ClientAccount { tenant: None, key: Some("k_2".into()) })?;
    /// # drop(other);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If the credential contains characters that a header field cannot carry.
    pub fn account(&self, account: ClientAccount) -> Result<Self, ConfigError> {
        Self::with_account(Arc::clone(&self.core), account)
    }

    pub(super) fn with_account(core: Arc<Core>, account: ClientAccount) -> Result<Self, ConfigError> {
        let balance = core.contract.operation(Role::Balance).ok_or(ConfigError::NoBalance)?;
        let account = Arc::new(account);
        let call = |operation: &Arc<_>| {
            let request = request_template::build(&core.contract, operation, &core.base_url, &account)?;
            let (operation, account) = (Arc::clone(operation), Arc::clone(&account));
            Ok(Arc::new(PreparedCall { operation, request, account, was_sent: AtomicBool::new(false) }))
        };
        let check = call(balance)?;
        let named = |capped: &crate::contract::CappedBy| {
            core.contract.operations.iter().find(|operation| operation.id == capped.operation)
        };
        let cap = balance.capped_by.as_ref().and_then(named).map(call).transpose()?;
        let spend = core.contract.operation(Role::Spend).map(call).transpose()?;
        let entry = |key: fn(ClientAccount) -> ClientAccount| {
            let key = key(ClientAccount::clone(&account));
            core.cache.entry(core.scope, key.tenant_text(), key.key_text(), core.clock.now())
        };
        let handle = Handle::new(entry(core.behaviour.caching.key), core.clock.clone(), core.ttl);
        let backoff = entry(core.behaviour.caching.backoff_key);
        let merges = core.behaviour.caching.merges_accounts;
        let flight = if merges { entry(|_| ClientAccount::default()) } else { EntryRef::clone(handle.entry()) };
        let calls = Arc::new(PreparedCalls { check, cap, spend });
        let second_level = core.second_level.as_ref();
        let second_level =
            second_level.map(|level| AccountLevel::new(level, ClientAccount::clone(&account), handle.entry()));
        Ok(Self { handle, backoff, flight, calls, memory: Arc::default(), second_level, account, core })
    }

    /// The contract of the API.
    #[must_use]
    pub fn contract(&self) -> &Arc<Contract> {
        &self.core.contract
    }

    /// How long a balance is cached; zero means that nothing is cached.
    #[must_use]
    pub fn ttl(&self) -> Duration {
        Duration::from_nanos(self.core.ttl)
    }

    /// A handle to this account's cached balance, the cheapest way to read it.
    #[must_use]
    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }

    /// The cached balance of this account, if it is younger than the TTL.
    ///
    /// Synchronous; takes no lock and allocates nothing.
    #[inline]
    #[must_use]
    pub fn check_cached(&self) -> Option<Hit> {
        self.handle.get()
    }

    /// The cached balance of any account at this client's base URL; `""` stands for no tenant or no credential.
    ///
    /// Synchronous; takes no lock. [`Cache`](super::Cache) states when it allocates.
    #[inline]
    #[must_use]
    pub fn check_cached_by(&self, tenant: &str, credential: &str) -> Option<Hit> {
        let core = &*self.core;
        core.cache.read(core.scope, tenant, credential, core.clock.now(), core.ttl)
    }

    /// Caches a balance as though it had just been fetched.
    #[cfg(feature = "bench")]
    pub(super) fn insert_cached(&self, tenant: &str, credential: &str, hit: Hit) {
        let (core, now) = (&*self.core, self.core.clock.now());
        core.cache.entry(core.scope, tenant, credential, now).fill(now, hit);
    }

    /// The balance: from the cache, from a concurrent request, or from a request of its own.
    ///
    /// # Errors
    /// If the check fails and the contract does not have it fail open.
    pub async fn check(&self) -> CallResult {
        if let Some(result) = (self.core.behaviour.reporting.before_check)(&self.memory) {
            return result;
        }
        let result = match self.read_cache() {
            Some(hit) => Ok(hit.balance()),
            None => self.fetch().await,
        };
        self.report(self.core.behaviour.reporting.after_check, result)
    }

    /// The usable cached balance, without any effect on it.
    fn peek(&self) -> Option<Hit> {
        self.handle.get().filter(self.core.behaviour.caching.usable)
    }

    fn read_cache(&self) -> Option<Hit> {
        let hit = self.peek()?;
        if self.core.behaviour.caching.renew_on_read {
            self.handle.entry().renew(self.core.clock.now());
        }
        Some(hit)
    }

    async fn fetch(&self) -> CallResult {
        let mut joined = true;
        let flight = match self.backoff_error(Role::Balance) {
            Some(error) => return self.new_fetch().apply_failure_policy(Err(error)),
            None => self.flight.join_or_start(
                self.core.single_flight,
                || self.peek().is_some(),
                |ticket| {
                    joined = false;
                    Fetch::start(self.new_fetch(), EntryRef::clone(&self.flight), ticket)
                },
            ),
        };
        match flight {
            Some(flight) => {
                let result = flight.await;
                let failed = !matches!(&result, Ok(balance) if balance.source != Some(Source::FailOpen));
                if failed && joined && !self.core.behaviour.caching.ends_joined_failures {
                    std::future::pending::<()>().await;
                }
                result
            }
            None => match self.read_cache() {
                Some(hit) => Ok(hit.balance()),
                // The balance expired or was dropped between the two reads.
                None => self.new_fetch().uncached().await,
            },
        }
    }

    /// Makes one paid call, and drops the cached balance unless the call was certainly not charged.
    ///
    /// # Errors
    /// If the call is refused or fails, or if the contract documents no paid call. The failure policy does not apply:
    /// it concerns checks only.
    pub async fn spend(&self) -> CallResult {
        let Some(call) = &self.calls.spend else {
            return Err(ClientError::new(ErrorClass::Other, "the contract has no paid call"));
        };
        if let Some(error) = self.backoff_error(Role::Spend) {
            return Err(error);
        }
        if self.core.behaviour.caching.invalidate_before_spend {
            self.handle.entry().invalidate();
        }
        // A call that is dropped before its end may have been charged.
        let unsettled = UnsettledSpend(Some(self));
        let result = self.core.exchange(call).await;
        self.core.apply_retry_after(&self.backoff, Role::Spend, &result);
        unsettled.settle(match &result {
            Ok(_) => InvalidationReason::Spent,
            Err(error) if was_refused(error) => InvalidationReason::Refused,
            Err(_) => InvalidationReason::Uncertain,
        });
        if let Some(second) = &self.second_level {
            second.settle_invalidation().await;
        }
        self.report(self.core.behaviour.reporting.after_spend, result)
    }

    /// Drops the cached balance. The response of a concurrent request is not cached either.
    ///
    /// With a second cache level, the balance is dropped there and in the other processes in the background; where there is
    /// no Tokio runtime, the next check of this account does it. [`CreditClient::invalidate`] waits for it.
    pub fn invalidate(&self) {
        self.invalidate_for(InvalidationReason::Requested);
        if let Some(second) = &self.second_level {
            second.settle_invalidation_later();
        }
    }

    fn invalidate_for(&self, reason: InvalidationReason) {
        let conforming = reason != InvalidationReason::Refused;
        if (self.core.behaviour.caching.invalidates)(conforming, reason, &self.memory) {
            self.handle.entry().invalidate();
            if let Some(second) = &self.second_level {
                second.note_invalidation(reason);
            }
        }
    }

    /// The error of the last response whose `Retry-After` has not passed.
    fn backoff_error(&self, role: Role) -> Option<ClientError> {
        let (by, error, left) = self.backoff.backoff(self.core.clock.now())?;
        // If checks fail open, use is decided by the paid call, which must not wait because of a check.
        let exempt = role == Role::Spend && by == Role::Balance && failure_policy::fails_open(&self.core.contract);
        (!exempt).then(|| error.with_retry_after(Duration::from_nanos(left)))
    }

    fn new_fetch(&self) -> Fetch {
        let (core, call) = (Arc::clone(&self.core), Arc::clone(&self.calls.check));
        let second_level = self.second_level.clone();
        let (cap, backoff) = (self.calls.cap.clone(), EntryRef::clone(&self.backoff));
        Fetch { core, call, cap, backoff, second_level }
    }

    fn report(&self, edit: fn(CallResult, &ReportContext<'_>) -> CallResult, result: CallResult) -> CallResult {
        edit(result, &ReportContext { account: &self.account, memory: &self.memory })
    }
}

/// Whether a paid call was refused, so that it cannot have been charged.
fn was_refused(error: &ClientError) -> bool {
    match error.class {
        ErrorClass::Auth
        | ErrorClass::Forbidden
        | ErrorClass::Exhausted
        | ErrorClass::RateLimited
        | ErrorClass::NotFound => true,
        ErrorClass::Other => error.status.is_some_and(|status| (300..500).contains(&status)),
        _ => false,
    }
}

/// Drop guard of a paid call: without a result, the call counts as possibly charged.
struct UnsettledSpend<'c>(Option<&'c ReferenceClient>);

impl UnsettledSpend<'_> {
    fn settle(mut self, reason: InvalidationReason) {
        if let Some(client) = self.0.take() {
            client.invalidate_for(reason);
        }
    }
}

impl Drop for UnsettledSpend<'_> {
    fn drop(&mut self) {
        if let Some(client) = self.0.take() {
            client.invalidate_for(InvalidationReason::Uncertain);
            if let Some(second) = &client.second_level {
                second.settle_invalidation_later();
            }
        }
    }
}

impl CreditClient for ReferenceClient {
    fn capabilities(&self) -> Capabilities {
        let cache = self.core.ttl > 0;
        Capabilities {
            cache,
            invalidate: cache,
            spend: self.calls.spend.is_some(),
            single_flight: permits_sharing(&self.core.contract),
            shared_cache: cache && self.core.cache_is_shared,
            rekey: false,
            fleet: cache && self.second_level.is_some(),
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
        self.invalidate_for(InvalidationReason::Requested);
        if let Some(second) = &self.second_level {
            second.settle_invalidation().await;
        }
    }

    fn advance(&self, by: Duration) {
        let _ = self.core.clock.advance(by);
    }
}

impl fmt::Debug for ReferenceClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReferenceClient")
            .field("contract", &self.core.contract.name)
            .field("tenant", &self.account.tenant)
            .finish_non_exhaustive()
    }
}
