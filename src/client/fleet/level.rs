//! The link between the first level of a process and the store of its fleet.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use super::decisions::FleetDecisions;
use super::key::FleetKey;
use super::store::{FleetListener, FleetStore};
use crate::client::behaviour::InvalidationReason;
use crate::client::cache::{CacheEntry, EntryRef};
use crate::client::config::ClientAccount;
use crate::sync::lock;

/// The second cache level of the clients that share one configuration.
pub(in crate::client) struct SecondLevel {
    pub(super) store: Arc<dyn FleetStore>,
    pub(super) decisions: FleetDecisions,
    /// Stands for the contract at the base URL.
    scope: String,
    entries: Mutex<Entries>,
    /// Invalidations that the store has not confirmed, each with a number of its own.
    pending: Mutex<HashMap<FleetKey, u64>>,
    last_invalidation: AtomicU64,
    /// Whether a task repeats what the store has not confirmed.
    repeating: AtomicBool,
    this: Weak<Self>,
}

/// The entries of the first level, by their keys in the store.
#[derive(Default)]
struct Entries {
    by_key: HashMap<FleetKey, Weak<CacheEntry>>,
    /// The number of keys at which those of evicted entries are removed.
    limit: usize,
}

/// The time between two attempts to have the store confirm invalidations.
const REPEAT: Duration = Duration::from_millis(500);

/// The least number of keys at which those of evicted entries are removed.
const MIN_LIMIT: usize = 1024;

impl SecondLevel {
    pub(in crate::client) fn new(store: Arc<dyn FleetStore>, decisions: FleetDecisions, scope: String) -> Arc<Self> {
        let level = Arc::new_cyclic(|this| Self {
            store,
            decisions,
            scope,
            entries: Mutex::default(),
            pending: Mutex::default(),
            last_invalidation: AtomicU64::new(0),
            repeating: AtomicBool::new(false),
            this: this.clone(),
        });
        let listener: Arc<dyn FleetListener> = level.clone();
        level.store.add_listener(Arc::downgrade(&listener));
        level
    }

    /// The key of an account. Its entry is dropped from now on when another process invalidates it.
    pub(super) fn register(&self, account: ClientAccount, entry: &EntryRef) -> FleetKey {
        let account = (self.decisions.key)(account);
        let key = FleetKey::new(&self.scope, account.tenant_text(), account.key_text());
        let mut entries = lock(&self.entries);
        entries.by_key.insert(key, entry.downgrade());
        if entries.by_key.len() > entries.limit.max(MIN_LIMIT) {
            entries.by_key.retain(|_, entry| entry.strong_count() > 0);
            entries.limit = entries.by_key.len() * 2;
        }
        key
    }

    /// Notes that the balance must be removed from the store, before it is used again.
    pub(super) fn note_invalidation(&self, key: FleetKey, reason: InvalidationReason) {
        if (self.decisions.shares_invalidation)(reason) {
            let number = self.last_invalidation.fetch_add(1, Ordering::Relaxed);
            lock(&self.pending).insert(key, number);
        }
    }

    /// Removes the balance from the store, if that is still to be done. Returns whether the store may be used for this key.
    pub(super) async fn settle_invalidation(&self, key: &FleetKey) -> bool {
        let Some(number) = lock(&self.pending).get(key).copied() else { return true };
        if self.store.invalidate(key).await.is_err() {
            self.repeat_later();
            return false;
        }
        let mut pending = lock(&self.pending);
        // Another invalidation may have been noted meanwhile.
        if pending.get(key) == Some(&number) {
            pending.remove(key);
            return true;
        }
        false
    }

    /// Repeats invalidations in the background until the store has confirmed all, because other processes may still have
    /// the old balances. Without a runtime, the next check of the account does it.
    fn repeat_later(&self) {
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        if self.repeating.swap(true, Ordering::AcqRel) {
            return;
        }
        let this = self.this.clone();
        runtime.spawn(async move {
            loop {
                tokio::time::sleep(REPEAT).await;
                let Some(level) = this.upgrade() else { return };
                if level.repeat().await {
                    return;
                }
            }
        });
    }

    /// Repeats invalidations until one fails; returns whether all are confirmed.
    async fn repeat(&self) -> bool {
        let keys: Vec<FleetKey> = lock(&self.pending).keys().copied().collect();
        for key in keys {
            // If this fails, `repeat_later` has no effect, because this task is running.
            if !self.settle_invalidation(&key).await {
                return false;
            }
        }
        // Before the last look, so that what is noted afterwards starts a task.
        self.repeating.store(false, Ordering::Release);
        lock(&self.pending).is_empty() || self.repeating.swap(true, Ordering::AcqRel)
    }
}

impl FleetListener for SecondLevel {
    fn invalidated(&self, key: &FleetKey) {
        let entry = lock(&self.entries).by_key.get(key).and_then(Weak::upgrade);
        if let Some(entry) = entry.filter(|_| self.decisions.listens) {
            entry.invalidate();
        }
    }

    fn disconnected(&self) {
        let entries: Vec<_> = lock(&self.entries).by_key.values().filter_map(Weak::upgrade).collect();
        entries.iter().for_each(|entry| entry.invalidate());
    }

    fn connected(&self) {
        // Balances that were filled before the connection was there are not known to be valid.
        self.disconnected();
    }
}
