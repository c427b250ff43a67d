//! The results that one session of a client may report, and when it may send a request.

use super::cache_model::{CacheModel, VirtualInstant};
use super::{BalanceRange, BalanceValues};

/// The longest time for which a client may report an earlier failure without a new request, in milliseconds.
const MAX_BACKOFF_MS: u64 = 60 * 60 * 1000;

/// The events of one session of a client, and the results of a check that they allow.
///
/// The harness reports every event in order, with the time between them. A check is judged by two observations: the
/// requests that the server received, and the result that the client reported.
#[derive(Debug, Clone)]
pub struct SessionExpectations {
    cache: CacheModel,
    now: VirtualInstant,
    /// The time of the last failed check, if none has succeeded since.
    failed_ms: Option<u64>,
}

/// The server's response to the last request of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Observed {
    /// The client sent no request.
    Nothing,
    /// The response shows this balance.
    Balance(BalanceValues),
    /// The response is a failure or a refusal, or there is no usable response.
    Failure,
}

/// The way in which a check differs from all allowed results.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Violation {
    /// The cached balance had to be reported, but the client sent a request.
    UnexpectedRequest,
    /// The client sent no request, and the cache cannot contain the reported balance.
    NotCached,
    /// The response showed a balance, and the client reported something else.
    WrongBalance,
    /// The response was a failure, and the client reported a balance that no response showed.
    InventedBalance,
    /// The client sent no request, and reported a failure that did not happen, or happened long ago.
    InventedFailure,
}

impl SessionExpectations {
    /// Creates a session without requests. A balance must be cached for the shortest time and at most for the longest, in
    /// milliseconds.
    #[must_use]
    pub fn opened(min_ttl_ms: u64, max_ttl_ms: u64) -> Self {
        Self { cache: CacheModel::new(min_ttl_ms, max_ttl_ms), now: VirtualInstant::default(), failed_ms: None }
    }

    /// Records that the session's clock was moved forward.
    pub fn advanced(&mut self, ms: u64) {
        self.now.moved_ms = self.now.moved_ms.saturating_add(ms);
    }

    /// Records that real time passed, which the session's clock may or may not count.
    pub fn elapsed(&mut self, ms: u64) {
        self.now.real_ms = self.now.real_ms.saturating_add(ms);
    }

    /// Records an event that certainly invalidates the cache.
    pub fn dropped(&mut self) {
        self.cache.emptied();
    }

    /// Records an event that may have invalidated the cache, or replaced its entry by this balance.
    pub fn maybe_dropped(&mut self, balance: BalanceValues) {
        self.cache.maybe_dropped(BalanceRange::exactly(balance), self.now);
    }

    /// Whether the cached balance must be reported without a request.
    #[must_use]
    pub fn must_keep(&self) -> bool {
        self.cache.must_serve(self.now)
    }

    /// Judges a check. `matches` compares a balance with the reported one; `excuse` states whether the report is what the
    /// contract prescribes when no balance is available.
    ///
    /// # Errors
    /// The way in which it differs from all allowed results.
    pub fn checked(
        &mut self,
        given: Observed,
        matches: impl Fn(&BalanceValues) -> bool,
        excuse: bool,
    ) -> Result<(), Violation> {
        if given != Observed::Nothing && self.must_keep() {
            return Err(Violation::UnexpectedRequest);
        }
        match given {
            // The failure explains this report as well as the cache does, so it says nothing about the cache.
            Observed::Nothing if excuse && self.is_backing_off() => Ok(()),
            Observed::Nothing if self.cache.served(&matches, self.now) => Ok(()),
            Observed::Nothing => Err(if excuse { Violation::InventedFailure } else { Violation::NotCached }),
            Observed::Balance(balance) if matches(&balance) => {
                self.cache.filled(balance, self.now);
                self.failed_ms = None;
                Ok(())
            }
            Observed::Balance(_) => Err(Violation::WrongBalance),
            Observed::Failure => {
                self.failed_ms = Some(self.now.moved_ms);
                if excuse || self.cache.served(&matches, self.now) { Ok(()) } else { Err(Violation::InventedBalance) }
            }
        }
    }

    fn is_backing_off(&self) -> bool {
        self.failed_ms.is_some_and(|at_ms| self.now.moved_ms.saturating_sub(at_ms) < MAX_BACKOFF_MS)
    }
}
