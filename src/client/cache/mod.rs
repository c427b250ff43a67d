//! The cache of balances, keyed by account and read without a lock.
//!
//! There are two structures, and each cached balance is in both:
//!
//! - `entries`, a concurrent hash map (papaya), owns every entry. An entry contains the balance and what the slow path
//!   needs: the request in flight, the backoff of a `Retry-After`, a generation counter. A [`Handle`](super::Handle)
//!   refers to an entry directly.
//! - `index` ([`Index`]) is a hash table for lookups by key, with a copy of the balance of each account whose tenant and
//!   credential have a usual length ([`PackedKey`]). Its layout follows SwissTable: groups of eight records, and beside
//!   each group one word with a tag byte per record. A hit computes one hash, reads one word of tags, compares one key
//!   and reads one seqlock slot ([`slot::BalanceSlot`]).
//!
//! A lookup that the index cannot answer falls back to `entries`. The index is a copy, so it may omit an account.

mod entry;
mod index;
mod key;
mod packed_key;
mod slot;
mod table;
#[cfg(test)]
mod test_data;

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex};

use foldhash::fast::RandomState;

pub(super) use entry::{CacheEntry, EntryRef, Flight, Ticket};

use super::hit::Hit;
use index::Index;
use key::{CacheKey, CacheKeyRef};
use packed_key::PackedKey;

use crate::sync::lock;

/// The default capacity, in accounts.
const DEFAULT_CAPACITY: usize = 1 << 18;

/// A cache of balances that any number of clients can share.
///
/// It is bounded. If a new account exceeds the capacity, the quarter of the accounts whose balances are oldest is evicted.
/// An account is never evicted while a client or a handle refers to it, or while a `Retry-After` delays it.
///
/// # Cost
/// Reads take no lock and allocate nothing. There are two exceptions, which use the fallback map: the first read by a
/// thread of an account without a balance, and accounts whose tenant or credential is shorter than 16 or longer than
/// 32 bytes. The latter take up to twice as long.
///
/// Writes take short locks. Growing beyond 100,000 accounts blocks writers for about 10 ms (several times that for the
/// thread that grows the index).
///
/// ```
/// use ringtrue::client::Cache;
///
/// let cache = Cache::with_capacity(1_000);
/// assert!(cache.is_empty());
/// ```
pub struct Cache {
    entries: papaya::HashMap<CacheKey, Arc<CacheEntry>, RandomState>,
    index: Arc<Index>,
    hasher: RandomState,
    /// The number of entries that triggers eviction. The lock serialises adding and evicting entries.
    limit: Mutex<usize>,
    scopes: Mutex<HashMap<String, u32>>,
    capacity: usize,
}

impl Cache {
    /// Creates a cache for 262,144 accounts.
    #[must_use]
    pub fn new() -> Self {
        Self::with_capacity(DEFAULT_CAPACITY)
    }

    /// Creates a cache for a number of accounts, at least one.
    #[must_use]
    pub fn with_capacity(accounts: usize) -> Self {
        Self {
            entries: papaya::HashMap::with_hasher(RandomState::default()),
            index: Arc::new(Index::new()),
            hasher: RandomState::default(),
            limit: Mutex::new(accounts.max(1)),
            scopes: Mutex::default(),
            capacity: accounts.max(1),
        }
    }

    /// The number of accounts, including those without a cached balance.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are no accounts.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A small number that stands for a contract at a base URL, so that the hit path compares no long texts.
    pub(super) fn scope(&self, text: &str) -> u32 {
        let mut scopes = lock(&self.scopes);
        if let Some(scope) = scopes.get(text) {
            return *scope;
        }
        let next = u32::try_from(scopes.len()).unwrap_or(u32::MAX);
        scopes.insert(text.to_owned(), next);
        next
    }

    /// The balance of an account, if its age at `now` is below `ttl`; both in nanoseconds.
    #[inline]
    pub(super) fn read(&self, scope: u32, tenant: &str, credential: &str, now: u64, ttl: u64) -> Option<Hit> {
        if let Some(key) = PackedKey::new(&self.hasher, scope, tenant, credential)
            && let Some(hit) = self.index.probe(&key, now, ttl)
        {
            return Some(hit);
        }
        let mut found = None;
        self.read_slowly(CacheKeyRef { scope, tenant, credential }, now, ttl, &mut found);
        found
    }

    /// The rest of [`Cache::read`], after a probe without success.
    ///
    /// It is a separate cold function, so that the compiler assigns registers for the hit path alone. It returns its
    /// result through `found`: with a return value, the hit path would share its stack slot and go through memory.
    #[cold]
    #[inline(never)]
    fn read_slowly(&self, key: CacheKeyRef<'_>, now: u64, ttl: u64, found: &mut Option<Hit>) {
        *found = PackedKey::new(&self.hasher, key.scope, key.tenant, key.credential)
            .and_then(|packed| self.index.read(&packed, now, ttl))
            .or_else(|| self.entries.pin().get(&key)?.read(now, ttl));
    }

    /// The entry of an account; created if it does not exist.
    pub(super) fn entry(&self, scope: u32, tenant: &str, credential: &str, now: u64) -> EntryRef {
        let key = CacheKeyRef { scope, tenant, credential };
        // The lookup is under the lock, so that no entry is returned while it is being evicted.
        let mut limit = lock(&self.limit);
        let entries = self.entries.pin();
        if let Some(entry) = entries.get(&key) {
            return EntryRef::new(Arc::clone(entry));
        }
        if entries.len() >= *limit {
            self.evict_oldest(now);
            // If most entries are in use and stay, the next eviction waits until a quarter more have been added.
            *limit = self.capacity.max(entries.len() + entries.len() / 4);
        }
        let packed = PackedKey::new(&self.hasher, scope, tenant, credential);
        let entry = Arc::new(CacheEntry::new(packed.map(|packed| (Arc::downgrade(&self.index), packed))));
        entries.insert(key.into(), Arc::clone(&entry));
        EntryRef::new(entry)
    }

    /// Evicts the quarter of the entries whose balances are oldest, except those in use.
    fn evict_oldest(&self, now: u64) {
        let entries = self.entries.pin();
        let mut oldest: Vec<(&CacheKey, &Arc<CacheEntry>)> = entries.iter().collect();
        oldest.sort_by_cached_key(|(_, entry)| entry.filled());
        let excess = oldest.len().div_ceil(4);
        for (key, entry) in oldest.into_iter().filter(|(_, entry)| !entry.in_use(now)).take(excess) {
            entries.remove(key);
            entry.remove_from_index();
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
        f.debug_struct("Cache").field("accounts", &self.len()).finish_non_exhaustive()
    }
}
