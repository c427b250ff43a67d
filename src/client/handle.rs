//! Direct access to one cache entry.

use std::fmt;

use super::cache::EntryRef;
use super::clock::Clock;
use super::hit::Hit;

/// A reference to the cache entry of one account, which saves the lookup.
///
/// Reading takes no lock, allocates nothing and hashes nothing. An account is never evicted while a handle to it exists.
///
/// ```
/// # fn example(client: &ringtrue::client::ReferenceClient) {
/// let handle = client.handle();
/// if let Some(hit) = handle.get() {
///     println!("{:?} credits left", hit.remaining());
/// }
/// # }
/// ```
#[derive(Clone)]
pub struct Handle {
    entry: EntryRef,
    clock: Clock,
    ttl: u64,
}

impl Handle {
    pub(super) fn new(entry: EntryRef, clock: Clock, ttl: u64) -> Self {
        Self { entry, clock, ttl }
    }

    /// The cached balance, if it is younger than the TTL.
    #[inline]
    #[must_use]
    pub fn get(&self) -> Option<Hit> {
        self.entry.read(self.clock.now(), self.ttl)
    }

    pub(super) fn entry(&self) -> &EntryRef {
        &self.entry
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle").field("balance", &self.get()).finish_non_exhaustive()
    }
}
