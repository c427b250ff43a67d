//! One course that a contract allows: accounts, spending, the server's cache per tenant, the failure policy.

mod decide;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::{BalanceValues, Deviation, History};
use crate::contract::{CacheKind, Contract};

pub use decide::Decision;

/// The state of a provider: accounts over virtual time.
#[derive(Debug)]
pub struct Model {
    contract: Arc<Contract>,
    deviation: Deviation,
    now_ms: u64,
    accounts: HashMap<String, AccountState>,
    kept: HashMap<String, CacheModel>,
    everything_down: bool,
    everyone_limited: Option<u64>,
    counts: Counts,
}

/// Whether a credential is good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CredentialState {
    /// It is.
    Valid,
    /// It was withdrawn.
    Revoked,
    /// Its time is over.
    Expired,
}

#[derive(Debug)]
struct AccountState {
    balance: BalanceValues,
    credential: CredentialState,
    down: bool,
    down_until_ms: u64,
    limited: Option<u64>,
    seen: Seen,
}

/// What only deviations look at.
#[derive(Debug, Default)]
struct Seen {
    /// The balance before the last spend, if nothing was read since.
    stale: Option<BalanceValues>,
    /// The same, until the next check.
    lag: Option<BalanceValues>,
    /// What the last check said about being allowed.
    last_check: Option<bool>,
    /// The balance that the last check showed.
    shown: Option<BalanceValues>,
    was_exhausted: bool,
    history: History,
    /// The balance that the first of several spends left, if nothing was read since.
    first_rest: Option<BalanceValues>,
    /// How many failures of others this tenant was told of.
    heard: u64,
}

/// How often what happened; only deviations look at it.
#[derive(Debug, Default)]
struct Counts {
    checks: u64,
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
struct CacheModel {
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
            kept: HashMap::new(),
            everything_down: false,
            everyone_limited: None,
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
            limited: None,
            // What happened to others before is none of its business.
            seen: Seen { heard: self.counts.failures, ..Seen::default() },
        };
        self.accounts.insert(tenant.to_owned(), account);
    }

    /// Closes an account.
    pub fn close(&mut self, tenant: &str) {
        self.accounts.remove(tenant);
        self.kept.remove(&(self.deviation.cache_key)(tenant));
    }

    /// Whether there is such an account.
    #[must_use]
    pub fn knows(&self, tenant: &str) -> bool {
        self.accounts.contains_key(tenant)
    }

    /// The tenants with an account.
    #[must_use]
    pub fn tenants(&self) -> BTreeSet<String> {
        self.accounts.keys().cloned().collect()
    }

    /// The balance as it is in the store.
    #[must_use]
    pub fn balance(&self, tenant: &str) -> Option<BalanceValues> {
        Some(self.accounts.get(tenant)?.balance)
    }

    /// Changes a balance behind the API's back; caches stay as they are. `false` if there is no such account.
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
        // Only a deviation lets a failure last beyond its end.
        self.counts.failures += u64::from(down);
        let lingers_ms = (self.deviation.failure_lingers_ms)(self.counts.failures);
        let until_ms = if down { 0 } else { self.now_ms.saturating_add(lingers_ms) };
        if let Some(tenant) = tenant {
            return self.with(tenant, |account| account.set_down(down, until_ms));
        }
        self.everything_down = down;
        self.accounts.values_mut().for_each(|account| account.set_down(false, until_ms));
        true
    }

    /// Puts calls over the limit, or under it again, for one tenant or for all. `false` if there is no such account.
    pub fn set_limited(&mut self, tenant: Option<&str>, retry_after_s: Option<u64>) -> bool {
        let Some(tenant) = tenant else {
            self.everyone_limited = retry_after_s;
            return true;
        };
        self.with(tenant, |account| account.limited = retry_after_s)
    }

    /// Moves time forward, in milliseconds.
    pub fn advance(&mut self, ms: u64) {
        self.now_ms = self.now_ms.saturating_add(ms);
    }

    fn with(&mut self, tenant: &str, change: impl FnOnce(&mut AccountState)) -> bool {
        self.accounts.get_mut(tenant).map(change).is_some()
    }

    fn is_down(&self, tenant: &str) -> bool {
        let lingers =
            self.accounts.get(tenant).is_some_and(|account| account.down || self.now_ms < account.down_until_ms);
        lingers || self.everything_down
    }

    fn truth(&self, tenant: &str) -> BalanceValues {
        self.accounts.get(tenant).map(|account| account.balance).unwrap_or_default()
    }

    /// How long the server keeps an answer, in milliseconds; 0 is not at all.
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
