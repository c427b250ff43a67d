//! How long a member of a world waits for its clock.

use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::Instant;

use crate::subject::state_handler::StateError;

/// Time that has passed because the clock was moved.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Passed {
    /// By how much the clock was moved, in milliseconds.
    pub ms: u64,
    /// In how many moves.
    pub moves: u64,
}

impl Passed {
    /// The time since an earlier moment.
    #[must_use]
    pub fn since(self, earlier: Self) -> Self {
        Self { ms: self.ms - earlier.ms, moves: self.moves - earlier.moves }
    }

    /// The moves of the clock other than the one that a single sleep needs. Each may be wrong by [`rounding_ms`].
    #[must_use]
    pub fn extra_moves(self) -> u64 {
        self.moves.saturating_sub(1)
    }
}

/// By how much a move of the clock may be wrong, for a sleep of this length.
#[must_use]
pub fn rounding_ms(sleep_ms: u64) -> u64 {
    (sleep_ms / 4).min(1000)
}

/// How long a member sleeps, in milliseconds.
#[derive(Debug, Clone, Copy)]
pub enum Sleep {
    /// At least for the first time, whatever the handler rounds, and for the second time if others do not make it longer.
    AtLeast(u64, u64),
    /// As long as possible, but not longer than this, whatever the handler rounds.
    AtMost(u64),
}

/// A member that waits for the clock.
#[derive(Debug)]
pub(super) struct Sleeper {
    pub(super) since: Passed,
    /// When it may wake.
    pub(super) from_ms: u64,
    /// When it must wake.
    pub(super) until_ms: u64,
    pub(super) sleep: Sleep,
    pub(super) begun: Instant,
    pub(super) wake: oneshot::Sender<Result<Passed, StateError>>,
}

/// Real time up to this is within the tolerance of every TTL.
const NEGLIGIBLE: Duration = Duration::from_millis(250);

impl Sleeper {
    /// Allows for the real time that has passed, and for as much time until the next request is answered.
    pub(super) fn shorten(&mut self, now: Instant) {
        let waited = now - self.begun;
        if let Sleep::AtMost(most_ms) = self.sleep
            && waited > NEGLIGIBLE
        {
            let by_ms = u64::try_from(waited.as_millis() * 2).unwrap_or(u64::MAX).next_multiple_of(1000);
            let latest_ms = self.since.ms + most_ms.saturating_sub(by_ms);
            self.until_ms = self.until_ms.min(latest_ms);
            self.from_ms = self.until_ms;
        }
    }

    /// Allows for what a move may be wrong that did not end the sleep.
    pub(super) fn moved_on(&mut self, now_ms: u64) {
        match self.sleep {
            Sleep::AtLeast(least_ms, _) => {
                self.from_ms += rounding_ms(least_ms);
                self.until_ms = self.until_ms.max(self.from_ms);
            }
            Sleep::AtMost(most_ms) => {
                self.until_ms = self.until_ms.saturating_sub(rounding_ms(most_ms)).max(now_ms);
                self.from_ms = self.until_ms;
            }
        }
    }
}
