//! A cached balance at hand.

use std::fmt;

use super::cache::EntryRef;
use super::clock::Clock;
use super::hit::Hit;

/// One account's cached balance, found once and read any number of times.
///
/// Reading takes no lock, allocates nothing and hashes nothing. Holding a handle keeps the account in the cache.
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

    /// The balance, if one is kept that is younger than the TTL.
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
