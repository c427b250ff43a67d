//! The cache: entries found by tenant and credential, read without a lock.
//!
//! A hit is: one hash, one load of a shard's table, one comparison, one sequence-locked read. Tables are immutable and
//! replaced as a whole when a tenant is new, which costs a copy of one shard, some hundred pointers.

mod entry;
mod key;
mod slot;

use std::collections::HashMap;
use std::fmt;
use std::hash::{BuildHasher, Hasher};
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use foldhash::fast::RandomState;
use hashbrown::HashTable;

pub(super) use entry::{Entry, Flight, Ticket};

use super::hit::Hit;
use key::Key;

const SHARDS: usize = 256;

/// Tenants that a cache keeps unless told otherwise.
const CAPACITY: usize = 1 << 18;

type Table = HashTable<Arc<Entry>>;

/// What clients keep, shared by as many of them as hold it.
///
/// It is bounded. When a new tenant would exceed the capacity, the quarter of its shard that was filled longest ago is
/// dropped; tenants that a living client or handle refers to, or that a `Retry-After` holds back, are never dropped.
pub struct Cache {
    shards: Box<[Shard]>,
    hasher: RandomState,
    scopes: Mutex<HashMap<String, u32>>,
    per_shard: usize,
}

struct Shard {
    table: ArcSwap<Table>,
    writer: Mutex<()>,
}

impl Cache {
    /// A cache for about 260,000 tenants.
    #[must_use]
    pub fn new() -> Self {
        Self::with_capacity(CAPACITY)
    }

    /// A cache for about so many tenants.
    #[must_use]
    pub fn with_capacity(tenants: usize) -> Self {
        let empty = Arc::new(Table::new());
        let shard = || Shard { table: ArcSwap::new(Arc::clone(&empty)), writer: Mutex::default() };
        Self {
            shards: (0..SHARDS).map(|_| shard()).collect(),
            hasher: RandomState::default(),
            scopes: Mutex::default(),
            // Half as much again, because tenants do not spread evenly.
            per_shard: (tenants / SHARDS * 3 / 2).max(4),
        }
    }

    /// How many tenants there are, kept answer or not.
    #[must_use]
    pub fn len(&self) -> usize {
        self.shards.iter().map(|shard| shard.table.load().len()).sum()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A small number for a contract at a base URL, so that the hit path need not compare those texts.
    pub(super) fn scope(&self, text: &str) -> u32 {
        let mut scopes = self.scopes.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(scope) = scopes.get(text) {
            return *scope;
        }
        let next = u32::try_from(scopes.len()).unwrap_or(u32::MAX);
        scopes.insert(text.to_owned(), next);
        next
    }

    #[inline]
    pub(super) fn read(&self, scope: u32, tenant: &str, credential: &str, now: u64, ttl: u64) -> Option<Hit> {
        let hash = self.hash(scope, tenant.as_bytes(), credential.as_bytes());
        let table = self.shard(hash).table.load();
        table.find(hash, |entry| entry.key.is(scope, tenant, credential))?.read(now, ttl)
    }

    /// The entry of that tenant and credential; a new one if there is none.
    pub(super) fn entry(&self, scope: u32, tenant: &str, credential: &str, now: u64) -> Arc<Entry> {
        let hash = self.hash(scope, tenant.as_bytes(), credential.as_bytes());
        let shard = self.shard(hash);
        // Found and taken under the writer's lock, so that no entry is handed out while it is being dropped.
        let _writer = shard.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let table = shard.table.load_full();
        if let Some(entry) = table.find(hash, |entry| entry.key.is(scope, tenant, credential)) {
            return Arc::clone(entry);
        }
        let entry = Arc::new(Entry::new(Key::new(scope, tenant, credential)));
        let rehash = |entry: &Arc<Entry>| {
            let (scope, tenant, credential) = entry.key.parts();
            self.hash(scope, tenant, credential)
        };
        let mut next =
            if table.len() < self.per_shard { Table::clone(&table) } else { survivors(&table, rehash, now) };
        next.insert_unique(hash, Arc::clone(&entry), rehash);
        shard.table.store(Arc::new(next));
        entry
    }

    #[inline]
    fn hash(&self, scope: u32, tenant: &[u8], credential: &[u8]) -> u64 {
        let mut hasher = self.hasher.build_hasher();
        hasher.write_u32(scope);
        hasher.write(tenant);
        hasher.write(credential);
        hasher.finish()
    }

    #[inline]
    fn shard(&self, hash: u64) -> &Shard {
        // From the middle: the table itself takes its bucket from the low bits and its tag from the high ones.
        &self.shards[(hash >> 32) as usize % SHARDS]
    }
}

/// The table without the quarter of its entries that was filled longest ago, as far as nobody refers to them.
fn survivors(table: &Table, rehash: impl Fn(&Arc<Entry>) -> u64, now: u64) -> Table {
    let mut entries: Vec<&Arc<Entry>> = table.iter().collect();
    entries.sort_by_key(|entry| entry.filled());
    let mut excess = entries.len().div_ceil(4);
    let mut next = Table::with_capacity(entries.len());
    for entry in entries {
        // One reference is the table's own.
        if excess > 0 && Arc::strong_count(entry) == 1 && entry.held(now).is_none() {
            excess -= 1;
        } else {
            next.insert_unique(rehash(entry), Arc::clone(entry), &rehash);
        }
    }
    next
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
