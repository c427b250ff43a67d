//! The state machine of the mock provider: accounts, spending, the server's cache per tenant, the failure policy.

mod decide;
mod jobs;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::{BalanceValues, Deviation, History};
use crate::contract::{CacheKind, Contract};

pub use decide::Decision;
pub use jobs::JobState;

use jobs::Jobs;

/// The time from one reset to the next, where amounts reset: longer than any TTL.
const RESET_PERIOD_MS: u64 = 30 * 24 * 3_600_000;

/// The state of a provider over virtual time. Behaves in one of the ways that the contract allows, except for deviations.
#[derive(Debug)]
pub struct Model {
    contract: Arc<Contract>,
    deviation: Deviation,
    now_ms: u64,
    accounts: HashMap<String, AccountState>,
    cache: HashMap<String, CachedBalance>,
    all_down: bool,
    all_limited: Option<u64>,
    counts: Counts,
}

/// The state of a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CredentialState {
    /// Accepted.
    Valid,
    /// Revoked.
    Revoked,
    /// Expired.
    Expired,
}

#[derive(Debug)]
struct AccountState {
    balance: BalanceValues,
    credential: CredentialState,
    down: bool,
    down_until_ms: u64,
    opened_ms: u64,
    /// When what was used is given back next.
    reset_ms: u64,
    limited: Option<u64>,
    /// What the operation shows that limits the balance too; as much as the balance without it.
    cap: Option<rust_decimal::Decimal>,
    jobs: Jobs,
    seen: Seen,
}

/// The history of an account, which only deviations read.
#[derive(Debug, Default)]
struct Seen {
    /// The balance before the last paid call, if there was no check since.
    stale: Option<BalanceValues>,
    /// The balance before the last paid call, until the next check shows it.
    lag: Option<BalanceValues>,
    /// Whether the last check allowed use.
    last_check: Option<bool>,
    /// The balance in the last check.
    shown: Option<BalanceValues>,
    was_exhausted: bool,
    history: History,
    /// The balance after the first of several paid calls, if there was no check since.
    first_rest: Option<BalanceValues>,
    /// The number of failures of other tenants that were already shown to this one.
    failures_shown: u64,
}

/// Counters over all tenants, which only deviations read.
#[derive(Debug, Default)]
struct Counts {
    checks: u64,
    spends: u64,
    refreshes: u64,
    refresh_failed: bool,
    failures: u64,
    failed_tenant: Option<String>,
}

impl AccountState {
    fn set_down(&mut self, down: bool, until_ms: u64) {
        (self.down, self.down_until_ms) = (down, until_ms);
        self.seen.history.outages += u64::from(!down);
    }
}

#[derive(Debug, Clone, Copy)]
struct CachedBalance {
    balance: BalanceValues,
    at_ms: u64,
}

impl Model {
    /// A provider without accounts, at time 0.
    #[must_use]
    pub fn new(contract: Arc<Contract>, deviation: Deviation) -> Self {
        Self {
            contract,
            deviation,
            now_ms: 0,
            accounts: HashMap::new(),
            cache: HashMap::new(),
            all_down: false,
            all_limited: None,
            counts: Counts::default(),
        }
    }

    /// Opens an account, or replaces one.
    pub fn open(&mut self, tenant: &str, balance: BalanceValues) {
        let account = AccountState {
            balance,
            credential: CredentialState::Valid,
            down: false,
            down_until_ms: 0,
            opened_ms: self.now_ms,
            reset_ms: self.now_ms.saturating_add(RESET_PERIOD_MS),
            limited: None,
            cap: None,
            jobs: Jobs::default(),
            // Failures of other tenants before this moment are not shown to this one.
            seen: Seen { failures_shown: self.counts.failures, ..Seen::default() },
        };
        self.accounts.insert(tenant.to_owned(), account);
    }

    /// Closes an account.
    pub fn close(&mut self, tenant: &str) {
        self.accounts.remove(tenant);
        self.cache.remove(&(self.deviation.cache_key)(tenant));
    }

    /// Whether the tenant has an account.
    #[must_use]
    pub fn knows(&self, tenant: &str) -> bool {
        self.accounts.contains_key(tenant)
    }

    /// The tenants with an account.
    #[must_use]
    pub fn tenants(&self) -> BTreeSet<String> {
        self.accounts.keys().cloned().collect()
    }

    /// The balance in the store.
    #[must_use]
    pub fn balance(&self, tenant: &str) -> Option<BalanceValues> {
        Some(self.accounts.get(tenant)?.balance)
    }

    /// Changes a balance in the store, without the API; caches are not touched. `false` if there is no such account.
    pub fn set_balance(&mut self, tenant: &str, balance: BalanceValues) -> bool {
        let reinstates = self.deviation.change_reinstates;
        self.with(tenant, |account| {
            account.balance = balance;
            if reinstates {
                account.credential = CredentialState::Valid;
            }
        })
    }

    /// Sets the state of a tenant's credential. `false` if there is no such account.
    pub fn set_credential(&mut self, tenant: &str, state: CredentialState) -> bool {
        self.with(tenant, |account| account.credential = state)
    }

    /// Makes the store fail or work again, for one tenant or for all. `false` if there is no such account.
    pub fn set_down(&mut self, tenant: Option<&str>, down: bool) -> bool {
        // Failures that outlast the outage are a deviation.
        self.counts.failures += u64::from(down);
        let lingers_ms = (self.deviation.failure_lingers_ms)(self.counts.failures);
        let until_ms = if down { 0 } else { self.now_ms.saturating_add(lingers_ms) };
        if let Some(tenant) = tenant {
            return self.with(tenant, |account| account.set_down(down, until_ms));
        }
        self.all_down = down;
        self.accounts.values_mut().for_each(|account| account.set_down(false, until_ms));
        true
    }

    /// Sets the amount that the operation shows which limits the balance too. `false` if there is no such account.
    pub fn set_cap(&mut self, tenant: &str, amount: rust_decimal::Decimal) -> bool {
        self.with(tenant, |account| account.cap = Some(amount))
    }

    /// Starts or ends rate limiting, for one tenant or for all. `false` if there is no such account.
    pub fn set_limited(&mut self, tenant: Option<&str>, retry_after_s: Option<u64>) -> bool {
        let Some(tenant) = tenant else {
            self.all_limited = retry_after_s;
            return true;
        };
        self.with(tenant, |account| account.limited = retry_after_s)
    }

    /// Drops the cached balance of a tenant.
    pub fn drop_cached(&mut self, tenant: &str) {
        self.cache.remove(&(self.deviation.cache_key)(tenant));
    }

    /// Moves time forward, in milliseconds.
    pub fn advance(&mut self, ms: u64) {
        self.now_ms = self.now_ms.saturating_add(ms);
    }

    /// The time of a tenant's next reset, in milliseconds of the model.
    #[must_use]
    pub fn next_reset_ms(&self, tenant: &str) -> Option<u64> {
        Some(self.accounts.get(tenant)?.reset_ms)
    }

    /// Gives back what a tenant has used, if the time has come.
    fn reset(&mut self, tenant: &str) {
        let resets = |operation: &std::sync::Arc<crate::contract::Operation>| operation.fields.resets.is_some();
        let (now, never) = (self.now_ms, self.deviation.never_resets);
        if never || !self.contract.operations.iter().any(resets) {
            return;
        }
        self.with(tenant, |account| {
            while account.reset_ms <= now {
                account.reset_ms += RESET_PERIOD_MS;
                if let (Some(left), Some(total)) = (&mut account.balance.remaining, account.balance.total) {
                    *left = total;
                }
            }
        });
    }

    fn with(&mut self, tenant: &str, change: impl FnOnce(&mut AccountState)) -> bool {
        self.accounts.get_mut(tenant).map(change).is_some()
    }

    fn is_down(&self, tenant: &str) -> bool {
        let lingers =
            self.accounts.get(tenant).is_some_and(|account| account.down || self.now_ms < account.down_until_ms);
        lingers || self.all_down
    }

    fn stored(&self, tenant: &str) -> BalanceValues {
        self.accounts.get(tenant).map(|account| account.balance).unwrap_or_default()
    }

    /// The TTL of the server's cache in milliseconds; 0 if there is no cache.
    fn ttl_ms(&self) -> u64 {
        if let Some(ms) = self.deviation.keep_anyway_ms {
            return ms;
        }
        match &self.contract.caching.server {
            Some(rule) if rule.kind == CacheKind::Cached => rule.max_ttl_ms.or(rule.min_ttl_ms).unwrap_or(0),
            _ => 0,
        }
    }
}
