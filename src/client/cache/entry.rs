//! One account in the cache: its balance, its request in flight, its backoff.

use std::fmt;
use std::ops::Deref;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, Weak};

use futures_util::future::{BoxFuture, Shared, WeakShared};

use super::index::Index;
use super::packed_key::PackedKey;
use super::slot::BalanceSlot;
use crate::client::credit_client::CallResult;
use crate::client::error::ClientError;
use crate::client::hit::Hit;
use crate::contract::Role;
use crate::sync::lock;

/// A request in flight, which any number of concurrent checks await (single-flight, request coalescing).
pub(in crate::client) type Flight = Shared<BoxFuture<'static, CallResult>>;

/// One account in the cache.
///
/// With many accounts, the cost of a hit depends on how much memory the hits touch. So what a hit does not read is in a
/// box of its own.
pub(in crate::client) struct CacheEntry {
    /// Read by handles. The index contains a copy for lookups by key.
    slot: BalanceSlot,
    cold: Box<Cold>,
}

/// What only the slow path uses.
struct Cold {
    /// The index and the key of the copy in it. Weak, so that a handle does not keep the index of a dropped cache alive.
    index: Option<(Weak<Index>, PackedKey)>,
    /// The number of [`EntryRef`]s.
    references: AtomicUsize,
    state: Mutex<EntryState>,
}

/// A counted reference to an entry. A referenced entry is never evicted.
pub(in crate::client) struct EntryRef(Arc<CacheEntry>);

#[derive(Default)]
struct EntryState {
    /// The number of invalidations. A response requested before an invalidation must not fill the slot after it.
    generation: u64,
    flights: u64,
    flight: Option<(u64, WeakShared<BoxFuture<'static, CallResult>>)>,
    backoff: Option<Box<Backoff>>,
}

/// A `Retry-After` that has not passed.
struct Backoff {
    until: u64,
    /// The role of the operation whose response required it.
    by: Role,
    error: ClientError,
}

/// Identifies a request in flight, and the generation in which it started.
#[derive(Debug, Clone, Copy)]
pub(in crate::client) struct Ticket {
    generation: u64,
    flight: u64,
}

impl CacheEntry {
    pub(super) fn new(index: Option<(Weak<Index>, PackedKey)>) -> Self {
        let cold = Cold { index, references: AtomicUsize::new(0), state: Mutex::default() };
        Self { slot: BalanceSlot::empty(), cold: Box::new(cold) }
    }

    /// Removes the copy from the index.
    pub(super) fn remove_from_index(&self) {
        self.with_index(Index::remove);
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "as for the slot")]
    pub(in crate::client) fn read(&self, now: u64, ttl: u64) -> Option<Hit> {
        self.slot.read(now, ttl)
    }

    /// When the balance was filled, in nanoseconds; 0 without a balance.
    pub(in crate::client) fn filled(&self) -> u64 {
        self.slot.filled()
    }

    /// Whether a client or a handle refers to the entry, or a `Retry-After` delays it.
    pub(super) fn in_use(&self, now: u64) -> bool {
        self.cold.references.load(Ordering::Acquire) > 0 || self.backoff(now).is_some()
    }

    /// Joins the request in flight if `share` permits it, else starts one. `None` if `is_filled` holds by now.
    pub(in crate::client) fn join_or_start(
        &self,
        share: bool,
        is_filled: impl FnOnce() -> bool,
        start: impl FnOnce(Ticket) -> Flight,
    ) -> Option<Flight> {
        let mut state = lock(&self.cold.state);
        // Read again under the lock: another request may have completed since the caller's miss.
        if is_filled() {
            return None;
        }
        if share && let Some(flight) = state.flight.as_ref().and_then(|(_, flight)| flight.upgrade()) {
            return Some(flight);
        }
        state.flights += 1;
        let ticket = Ticket { generation: state.generation, flight: state.flights };
        let flight = start(ticket);
        state.flight = flight.downgrade().map(|weak| (ticket.flight, weak));
        Some(flight)
    }

    /// Completes a request, and fills the slot with its balance unless there was an invalidation since it started.
    pub(in crate::client) fn complete(&self, ticket: Ticket, filled: u64, hit: Option<Hit>, even_if_late: bool) {
        let mut state = lock(&self.cold.state);
        if state.flight.as_ref().is_some_and(|(id, _)| *id == ticket.flight) {
            state.flight = None;
        }
        if let Some(hit) = hit
            && (even_if_late || state.generation == ticket.generation)
        {
            self.write(&state, filled, hit);
        }
    }

    /// Fills the slot without a request.
    #[cfg(feature = "bench")]
    pub(in crate::client) fn fill(&self, filled: u64, hit: Hit) {
        self.write(&lock(&self.cold.state), filled, hit);
    }

    /// Drops the balance. A request in flight can no longer be joined, and does not fill the slot.
    pub(in crate::client) fn invalidate(&self) {
        let mut state = lock(&self.cold.state);
        state.generation += 1;
        state.flight = None;
        self.update(&state, BalanceSlot::clear);
    }

    /// Drops the balance, and lets the request in flight fill the slot later; with `alone`, it can no longer be joined.
    pub(in crate::client) fn clear_before_late_response(&self, alone: bool) {
        let mut state = lock(&self.cold.state);
        if alone {
            state.flight = None;
        }
        self.update(&state, BalanceSlot::clear);
    }

    /// Sets the fill time of the balance.
    pub(in crate::client) fn renew(&self, filled: u64) {
        self.update(&lock(&self.cold.state), |slot| slot.renew(filled));
    }

    /// Delays all requests of this entry until the given time, in nanoseconds.
    pub(in crate::client) fn start_backoff(&self, until: u64, by: Role, error: &ClientError) {
        lock(&self.cold.state).backoff = Some(Box::new(Backoff { until, by, error: error.clone() }));
    }

    /// The backoff in effect at `now`: the role of the operation that caused it, its error, the nanoseconds left.
    pub(in crate::client) fn backoff(&self, now: u64) -> Option<(Role, ClientError, u64)> {
        let state = lock(&self.cold.state);
        let backoff = state.backoff.as_ref().filter(|backoff| backoff.until > now)?;
        Some((backoff.by, backoff.error.clone(), backoff.until - now))
    }

    /// Writes the slot and its copy in the index. The guard proves that there is no other writer of this entry.
    fn write(&self, _guard: &MutexGuard<'_, EntryState>, filled: u64, hit: Hit) {
        self.slot.write(filled, hit);
        self.with_index(|index, key| index.insert(key, filled, hit));
    }

    /// Updates the slot and its copy in the index.
    fn update(&self, _guard: &MutexGuard<'_, EntryState>, update: impl Fn(&BalanceSlot)) {
        update(&self.slot);
        self.with_index(|index, key| index.update(key, update));
    }

    fn with_index(&self, action: impl FnOnce(&Index, &PackedKey)) {
        if let Some((index, key)) = &self.cold.index
            && let Some(index) = index.upgrade()
        {
            action(&index, key);
        }
    }
}

impl EntryRef {
    /// The first reference to an entry must be created under the lock of the cache, which also excludes eviction.
    pub(super) fn new(entry: Arc<CacheEntry>) -> Self {
        entry.cold.references.fetch_add(1, Ordering::AcqRel);
        Self(entry)
    }
}

impl EntryRef {
    /// A reference that keeps neither the entry nor its place in the cache.
    pub(in crate::client) fn downgrade(&self) -> Weak<CacheEntry> {
        Arc::downgrade(&self.0)
    }
}

impl Clone for EntryRef {
    fn clone(&self) -> Self {
        Self::new(Arc::clone(&self.0))
    }
}

impl Drop for EntryRef {
    fn drop(&mut self) {
        self.0.cold.references.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Deref for EntryRef {
    type Target = CacheEntry;

    #[inline]
    fn deref(&self) -> &CacheEntry {
        &self.0
    }
}

impl fmt::Debug for CacheEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CacheEntry").field("slot", &self.slot).finish_non_exhaustive()
    }
}
