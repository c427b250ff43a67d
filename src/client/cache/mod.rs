//! The cache: entries found by tenant and credential, read without a lock.
//!
//! A hit is: one hash, one look at the directory at hand, one comparison, one sequence-locked read. The directory is
//! immutable and replaced as a whole when a tenant is new; each thread keeps the one that it last saw at hand. It is cut
//! into segments, so that this costs a copy of one segment, some hundred pointers, however many tenants there are.

mod directory;
mod entry;
mod key;
mod near;
mod slot;

use std::collections::HashMap;
use std::fmt;
use std::hash::{BuildHasher, Hasher};
use std::sync::{Arc, Mutex, PoisonError};

use foldhash::fast::RandomState;

pub(super) use entry::{Entry, Flight, Lease, Ticket};

use super::hit::Hit;
use directory::{CROWDED, Directory};
use key::{Key, edges};
use near::Published;

/// Tenants that a cache keeps unless told otherwise.
const CAPACITY: usize = 1 << 18;

/// What clients keep, shared by as many of them as hold it.
///
/// It is bounded. When a new tenant would exceed the capacity, the quarter that was filled longest ago is dropped;
/// tenants that a living client or handle refers to, or that a `Retry-After` holds back, are never dropped.
///
/// A thread that looked something up keeps the list of tenants as it saw it until it looks again, or ends. Looking for
/// the first time after a tenant was added takes a little longer, without a lock all the same.
pub struct Cache {
    directory: Published,
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
            directory: Published::new(Directory::of(1)),
            limit: Mutex::new(tenants.max(1)),
            hasher: RandomState::default(),
            scopes: Mutex::default(),
            capacity: tenants.max(1),
        }
    }

    /// How many tenants there are, kept answer or not.
    #[must_use]
    pub fn len(&self) -> usize {
        self.directory.with(|directory| directory.entries)
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
        let look = LookUp { hash, scope, tenant, credential, now, ttl };
        self.directory.at_hand(|directory| look.find(directory)).unwrap_or_else(|| self.read_anew(&look))
    }

    /// Where something was published since the thread last looked.
    #[cold]
    #[inline(never)]
    fn read_anew(&self, look: &LookUp<'_>) -> Option<Hit> {
        // By way of a pointer: a comparison that has one place in the code alone is compiled into the hit path.
        let is: &dyn Fn(&Entry) -> bool = &|entry| look.is(entry);
        self.directory.renewed(|directory| directory.find(look.hash, is)?.read(look.now, look.ttl))
    }

    /// The entry of that tenant and credential; a new one if there is none.
    pub(super) fn entry(&self, scope: u32, tenant: &str, credential: &str, now: u64) -> Lease {
        let hash = self.hash(tenant.as_bytes(), credential.as_bytes());
        // Found and taken under the writer's lock, so that no entry is handed out while it is being dropped.
        let mut limit = self.limit.lock().unwrap_or_else(PoisonError::into_inner);
        let found = |directory: &Directory| {
            directory
                .find(hash, |entry| entry.key.is(scope, tenant, credential))
                .map(|entry| Lease::new(Arc::clone(entry)))
        };
        if let Some(lease) = self.directory.with(found) {
            return lease;
        }
        let entry = Arc::new(Entry::new(hash, Key::new(scope, tenant, credential)));
        let lease = Lease::new(Arc::clone(&entry));
        let next = self.directory.with(|directory| {
            if directory.entries >= *limit {
                let next = directory.survivors(now);
                // Where most are in use and stay, the next attempt waits until it can be worth its while.
                *limit = self.capacity.max(next.entries + next.entries / 4);
                next.with(entry)
            } else if directory.entries >= directory.segments.len() * CROWDED {
                Directory::built(directory.segments.len() * 2, directory.all()).with(entry)
            } else {
                directory.with(entry)
            }
        });
        self.directory.publish(next);
        lease
    }

    /// The scope is left to the comparison: few tenants have the same credential in several.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "a call costs a tenth of a hit")]
    fn hash(&self, tenant: &[u8], credential: &[u8]) -> u64 {
        // Two at once, because neither waits for the other.
        let (mut first, mut second) = (self.hasher.build_hasher(), self.hasher.build_hasher());
        mix(&mut first, tenant);
        mix(&mut second, credential);
        // The lengths, because the edges of a text may overlap; and because they make the two halves unlike.
        first.write_u64((tenant.len() as u64).rotate_left(32) ^ credential.len() as u64);
        first.write_u64(second.finish());
        first.finish()
    }
}

/// Whose balance is wanted, and how old it may be: nanoseconds on the client's clock.
struct LookUp<'t> {
    hash: u64,
    scope: u32,
    tenant: &'t str,
    credential: &'t str,
    now: u64,
    ttl: u64,
}

impl LookUp<'_> {
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "a call costs a tenth of a hit")]
    fn find(&self, directory: &Directory) -> Option<Hit> {
        directory.find(self.hash, |entry| self.is(entry))?.read(self.now, self.ttl)
    }

    #[inline]
    fn is(&self, entry: &Entry) -> bool {
        entry.key.is(self.scope, self.tenant, self.credential)
    }
}

/// Texts of the usual length go in as numbers, which is done in place; others by way of a call.
#[inline]
fn mix(hasher: &mut impl Hasher, text: &[u8]) {
    match edges(text) {
        Some((first, last)) => {
            hasher.write_u128(u128::from_ne_bytes(*first));
            hasher.write_u128(u128::from_ne_bytes(*last));
        }
        None => hasher.write(text),
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
