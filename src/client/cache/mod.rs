//! The cache: entries found by tenant and credential, read without a lock.
//!
//! A hit is: one hash, one load of the directory, one comparison, one sequence-locked read. The directory is immutable
//! and replaced as a whole when a tenant is new. It is cut into segments, so that this costs a copy of one segment, some
//! hundred pointers, however many tenants there are.

mod directory;
mod entry;
mod key;
mod slot;

use std::collections::HashMap;
use std::fmt;
use std::hash::{BuildHasher, Hasher};
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use foldhash::fast::RandomState;

pub(super) use entry::{Entry, Flight, Lease, Ticket};

use super::hit::Hit;
use directory::{CROWDED, Directory};
use key::Key;

/// Tenants that a cache keeps unless told otherwise.
const CAPACITY: usize = 1 << 18;

/// What clients keep, shared by as many of them as hold it.
///
/// It is bounded. When a new tenant would exceed the capacity, the quarter that was filled longest ago is dropped;
/// tenants that a living client or handle refers to, or that a `Retry-After` holds back, are never dropped.
pub struct Cache {
    directory: ArcSwap<Directory>,
    /// Held by whoever changes the directory; how many tenants there may be before some are dropped.
    limit: Mutex<usize>,
    hasher: RandomState,
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
            directory: ArcSwap::from_pointee(Directory::of(1)),
            limit: Mutex::new(tenants.max(1)),
            hasher: RandomState::default(),
            scopes: Mutex::default(),
            capacity: tenants.max(1),
        }
    }

    /// How many tenants there are, kept answer or not.
    #[must_use]
    pub fn len(&self) -> usize {
        self.directory.load().entries
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
        let hash = self.hash(tenant.as_bytes(), credential.as_bytes());
        let directory = self.directory.load();
        directory.segment(hash)?.find(hash, |entry| entry.key.is(scope, tenant, credential))?.read(now, ttl)
    }

    /// The entry of that tenant and credential; a new one if there is none.
    pub(super) fn entry(&self, scope: u32, tenant: &str, credential: &str, now: u64) -> Lease {
        let hash = self.hash(tenant.as_bytes(), credential.as_bytes());
        // Found and taken under the writer's lock, so that no entry is handed out while it is being dropped.
        let mut limit = self.limit.lock().unwrap_or_else(PoisonError::into_inner);
        let directory = self.directory.load_full();
        let found = directory.segment(hash);
        if let Some(entry) = found.and_then(|found| found.find(hash, |entry| entry.key.is(scope, tenant, credential))) {
            return Lease::new(Arc::clone(entry));
        }
        let entry = Arc::new(Entry::new(Key::new(scope, tenant, credential)));
        let rehash = |entry: &Arc<Entry>| self.rehash(entry);
        let next = if directory.entries >= *limit {
            let next = directory.survivors(rehash, now);
            // Where most are in use and stay, the next attempt waits until it can be worth its while.
            *limit = self.capacity.max(next.entries + next.entries / 4);
            next
        } else if directory.entries >= directory.segments.len() * CROWDED {
            Directory::built(directory.segments.len() * 2, directory.all(), rehash)
        } else {
            Directory { segments: directory.segments.clone(), entries: directory.entries }
        };
        let lease = Lease::new(Arc::clone(&entry));
        self.directory.store(Arc::new(next.with(hash, entry, rehash)));
        lease
    }

    fn rehash(&self, entry: &Arc<Entry>) -> u64 {
        let (tenant, credential) = entry.key.parts();
        self.hash(tenant, credential)
    }

    /// The scope is left to the comparison: few tenants have the same credential in several.
    #[inline]
    fn hash(&self, tenant: &[u8], credential: &[u8]) -> u64 {
        let mut hasher = self.hasher.build_hasher();
        hasher.write(tenant);
        hasher.write(credential);
        hasher.finish()
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
