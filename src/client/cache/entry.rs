//! Everything that is remembered about one tenant with one credential at one base URL.

use std::fmt;
use std::ops::Deref;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, Weak};

use futures_util::future::{BoxFuture, Shared, WeakShared};

use super::label::PackedKey;
use super::shelf::Index;
use super::slot::Slot;
use crate::client::api::{CallResult, ClientError};
use crate::client::hit::Hit;
use crate::contract::Role;
use crate::sync::lock;

/// A fetch that several checks wait for.
pub(in crate::client) type Flight = Shared<BoxFuture<'static, CallResult>>;

/// What a handle reads stands here, and once more on the shelf, for those who have none.
///
/// Among many tenants what counts is how much memory they spread over: what a hit does not read lies elsewhere.
pub(in crate::client) struct CacheEntry {
    slot: Slot,
    cold: Box<Cold>,
}

/// What only the slow path touches.
struct Cold {
    /// Where the shelf has it, if it can. A handle that outlives the cache keeps no shelf.
    place: Option<(Weak<Index>, PackedKey)>,
    leases: AtomicUsize,
    state: Mutex<State>,
}

/// An entry in use, which is never dropped from the cache.
pub(in crate::client) struct EntryRef(Arc<CacheEntry>);

#[derive(Default)]
struct State {
    /// Counts invalidations: what was asked for before one must not fill the slot after it.
    generation: u64,
    flights: u64,
    flight: Option<(u64, WeakShared<BoxFuture<'static, CallResult>>)>,
    hold: Option<Box<Hold>>,
}

/// No request until then, because the server said so.
struct Hold {
    until: u64,
    by: Role,
    error: ClientError,
}

/// A fetch that may fill the slot, unless something was invalidated since.
#[derive(Debug, Clone, Copy)]
pub(in crate::client) struct Ticket {
    generation: u64,
    flight: u64,
}

impl CacheEntry {
    pub(super) fn new(place: Option<(Weak<Index>, PackedKey)>) -> Self {
        let cold = Cold { place, leases: AtomicUsize::new(0), state: Mutex::default() };
        Self { slot: Slot::empty(), cold: Box::new(cold) }
    }

    /// Takes the copy off the shelf.
    pub(super) fn unshelve(&self) {
        self.with_shelf(Index::remove);
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "as the slot's")]
    pub(in crate::client) fn read(&self, now: u64, ttl: u64) -> Option<Hit> {
        self.slot.read(now, ttl)
    }

    pub(in crate::client) fn filled(&self) -> u64 {
        self.slot.filled()
    }

    /// Whether a client or a handle refers to it, or a `Retry-After` holds it back.
    pub(super) fn in_use(&self, now: u64) -> bool {
        self.cold.leases.load(Ordering::Acquire) > 0 || self.held(now).is_some()
    }

    /// Joins the fetch under way, or starts one with `start`. `None` if there is something to be read by now.
    pub(in crate::client) fn fly(
        &self,
        share: bool,
        landed: impl FnOnce() -> bool,
        start: impl FnOnce(Ticket) -> Flight,
    ) -> Option<Flight> {
        let mut state = self.lock();
        // One more look under the lock: a flight may have landed since the caller's.
        if landed() {
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

    /// Ends a flight, and fills the slot with what it brought unless that was invalidated meanwhile.
    pub(in crate::client) fn land(&self, ticket: Ticket, filled: u64, hit: Option<Hit>, even_if_late: bool) {
        let mut state = self.lock();
        if state.flight.as_ref().is_some_and(|(id, _)| *id == ticket.flight) {
            state.flight = None;
        }
        if let Some(hit) = hit
            && (even_if_late || state.generation == ticket.generation)
        {
            self.write(&state, filled, hit);
        }
    }

    /// Fills the slot with what was known beforehand.
    #[cfg(feature = "bench")]
    pub(in crate::client) fn fill(&self, filled: u64, hit: Hit) {
        self.write(&self.lock(), filled, hit);
    }

    /// Drops what is kept, and makes sure that no fetch under way brings it back or is joined.
    pub(in crate::client) fn invalidate(&self) {
        let mut state = self.lock();
        state.generation += 1;
        state.flight = None;
        self.change(&state, Slot::clear);
    }

    pub(in crate::client) fn renew(&self, filled: u64) {
        self.change(&self.lock(), |slot| slot.renew(filled));
    }

    /// Lets no request out until then.
    pub(in crate::client) fn hold(&self, until: u64, by: Role, error: &ClientError) {
        self.lock().hold = Some(Box::new(Hold { until, by, error: error.clone() }));
    }

    /// The operation whose answer holds requests back, the error it gave, and how many nanoseconds are left.
    pub(in crate::client) fn held(&self, now: u64) -> Option<(Role, ClientError, u64)> {
        let state = self.lock();
        let hold = state.hold.as_ref().filter(|hold| hold.until > now)?;
        Some((hold.by, hold.error.clone(), hold.until - now))
    }

    /// Writes both here and on the shelf. Writers take turns by the state, which they hold.
    fn write(&self, _held: &MutexGuard<'_, State>, filled: u64, hit: Hit) {
        self.slot.write(filled, hit);
        self.with_shelf(|shelf, label| shelf.keep(label, filled, hit));
    }

    /// Changes what is kept, here and on the shelf.
    fn change(&self, _held: &MutexGuard<'_, State>, change: impl Fn(&Slot)) {
        change(&self.slot);
        self.with_shelf(|shelf, label| shelf.change(label, change));
    }

    fn with_shelf(&self, tell: impl FnOnce(&Index, &PackedKey)) {
        if let Some((shelf, label)) = &self.cold.place
            && let Some(shelf) = shelf.upgrade()
        {
            tell(&shelf, label);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.cold.state)
    }
}

impl EntryRef {
    /// The first of an entry is taken under the cache's lock, so that the entry is not dropped at the same time.
    pub(super) fn new(entry: Arc<CacheEntry>) -> Self {
        entry.cold.leases.fetch_add(1, Ordering::AcqRel);
        Self(entry)
    }
}

impl Clone for EntryRef {
    fn clone(&self) -> Self {
        Self::new(Arc::clone(&self.0))
    }
}

impl Drop for EntryRef {
    fn drop(&mut self) {
        self.0.cold.leases.fetch_sub(1, Ordering::AcqRel);
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
        f.debug_struct("Entry").field("slot", &self.slot).finish_non_exhaustive()
    }
}
