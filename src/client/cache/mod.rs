//! The cache: entries found by tenant and credential, read without a lock.
//!
//! All entries stand in a concurrent map. A copy of what those with a name and a key of the usual length keep stands on
//! a shelf besides, where a hit is one hash, one look at the word of a group, one comparison and one sequence-locked read.
//! What is not found there is looked for in the map.

mod entry;
mod key;
mod label;
#[cfg(test)]
mod samples;
mod shelf;
mod slot;
mod table;

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex};

use foldhash::fast::RandomState;

pub(super) use entry::{CacheEntry, EntryRef, Flight, Ticket};

use super::hit::Hit;
use key::{Asked, Key};
use label::PackedKey;
use shelf::Index;

use crate::sync::lock;

/// Tenants that a cache keeps unless told otherwise.
const CAPACITY: usize = 1 << 18;

/// What clients keep, shared by as many of them as hold it.
///
/// It is bounded. When a new tenant would exceed the capacity, the quarter that was filled longest ago is dropped;
/// tenants that a living client or handle refers to, or that a `Retry-After` holds back, are never dropped.
///
/// Looking takes no lock and allocates nothing, but for a thread's first look at a tenant of whom nothing is kept, or
/// whose name or credential is shorter than 16 or longer than 32 bytes; such names and credentials take up to twice as
/// long. Keeping a balance takes a few locks for moments; for some ten milliseconds when the number of tenants has
/// doubled to more than a hundred thousand, and several times as long for the one that happens to do the work.
pub struct Cache {
    entries: papaya::HashMap<Key, Arc<CacheEntry>, RandomState>,
    shelf: Arc<Index>,
    hasher: RandomState,
    /// Held by whoever adds or drops entries; how many there may be before some are dropped.
    limit: Mutex<usize>,
    scopes: Mutex<HashMap<String, u32>>,
    capacity: usize,
}

impl Cache {
    /// A cache for about 260,000 tenants.
    #[must_use]
    pub fn new() -> Self {
        Self::with_capacity(CAPACITY)
    }

    /// A cache for so many tenants.
    #[must_use]
    pub fn with_capacity(tenants: usize) -> Self {
        Self {
            entries: papaya::HashMap::with_hasher(RandomState::default()),
            shelf: Arc::new(Index::new()),
            hasher: RandomState::default(),
            limit: Mutex::new(tenants.max(1)),
            scopes: Mutex::default(),
            capacity: tenants.max(1),
        }
    }

    /// How many tenants there are, kept answer or not.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A small number for a contract at a base URL, so that the hit path need not compare those texts.
    pub(super) fn scope(&self, text: &str) -> u32 {
        let mut scopes = lock(&self.scopes);
        if let Some(scope) = scopes.get(text) {
            return *scope;
        }
        let next = u32::try_from(scopes.len()).unwrap_or(u32::MAX);
        scopes.insert(text.to_owned(), next);
        next
    }

    /// The balance of that tenant with that credential, if its age at `now` is below `ttl`; both in nanoseconds.
    #[inline]
    pub(super) fn read(&self, scope: u32, tenant: &str, credential: &str, now: u64, ttl: u64) -> Option<Hit> {
        if let Some(label) = PackedKey::new(&self.hasher, scope, tenant, credential)
            && let Some(hit) = self.shelf.glance(&label, now, ttl)
        {
            return Some(hit);
        }
        let mut found = None;
        self.search(Asked { scope, tenant, credential }, now, ttl, &mut found);
        found
    }

    /// Apart from the hit path, so that the compiler spends its registers on that; with a place of its own for what is
    /// found, because the place for what is returned would be used by the hit path, too, and that goes through memory.
    #[cold]
    #[inline(never)]
    fn search(&self, asked: Asked<'_>, now: u64, ttl: u64, found: &mut Option<Hit>) {
        *found = PackedKey::new(&self.hasher, asked.scope, asked.tenant, asked.credential)
            .and_then(|label| self.shelf.read(&label, now, ttl))
            .or_else(|| self.entries.pin().get(&asked)?.read(now, ttl));
    }

    /// The entry of that tenant and credential; a new one if there is none.
    pub(super) fn entry(&self, scope: u32, tenant: &str, credential: &str, now: u64) -> EntryRef {
        let asked = Asked { scope, tenant, credential };
        // Found and taken under the lock, so that no entry is handed out while it is being dropped.
        let mut limit = lock(&self.limit);
        let entries = self.entries.pin();
        if let Some(entry) = entries.get(&asked) {
            return EntryRef::new(Arc::clone(entry));
        }
        if entries.len() >= *limit {
            self.drop_oldest(now);
            // Where most are in use and stay, the next attempt waits until it can be worth its while.
            *limit = self.capacity.max(entries.len() + entries.len() / 4);
        }
        let label = PackedKey::new(&self.hasher, scope, tenant, credential);
        let entry = Arc::new(CacheEntry::new(label.map(|label| (Arc::downgrade(&self.shelf), label))));
        entries.insert(asked.into(), Arc::clone(&entry));
        EntryRef::new(entry)
    }

    /// Drops the quarter that was filled longest ago, as far as nobody refers to it.
    fn drop_oldest(&self, now: u64) {
        let entries = self.entries.pin();
        let mut oldest: Vec<(&Key, &Arc<CacheEntry>)> = entries.iter().collect();
        oldest.sort_by_cached_key(|(_, entry)| entry.filled());
        let excess = oldest.len().div_ceil(4);
        for (key, entry) in oldest.into_iter().filter(|(_, entry)| !entry.in_use(now)).take(excess) {
            entries.remove(key);
            entry.unshelve();
        }
    }
}

impl Default for Cache {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Cache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cache").field("tenants", &self.len()).finish_non_exhaustive()
    }
}
