//! What one session of a client may tell, and what it may ask for.

use super::cache_model::{CacheModel, VirtualInstant};
use super::{BalanceRange, BalanceValues};

/// For how long a client that met a failure may go on telling it without asking, in milliseconds.
const BREATH_MS: u64 = 60 * 60 * 1000;

/// What has happened in one session of a client, and what a check may therefore come to.
///
/// It is told of every event that the harness causes or sees, in order, with the time between them. What arrived at the
/// server is one witness, what the client said the other.
#[derive(Debug, Clone)]
pub struct SessionExpectations {
    kept: CacheModel,
    now: VirtualInstant,
    /// When a check failed last, if none has succeeded since.
    failed_ms: Option<u64>,
}

/// What the server gave to the last request of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Observed {
    /// There was no request.
    Nothing,
    /// This balance.
    Balance(BalanceValues),
    /// A failure or a refusal, or what is no answer.
    Failure,
}

/// How a check differs from all that it may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Violation {
    /// A kept answer had to be given, and a request was made.
    AskedAgain,
    /// No request was made, and what was told is nothing that may be kept.
    NotKept,
    /// A balance was given, and something else was told.
    Mistold,
    /// A failure was given, and a balance was told that nobody has said.
    MadeUp,
    /// No request was made, and a failure told that never was, or was long ago.
    Unasked,
}

impl SessionExpectations {
    /// A session in which nothing has been asked for. Answers must be kept for the shortest of the times, in milliseconds,
    /// and no longer than the longest.
    #[must_use]
    pub fn opened(shortest_ms: u64, longest_ms: u64) -> Self {
        Self { kept: CacheModel::new(shortest_ms, longest_ms), now: VirtualInstant::default(), failed_ms: None }
    }

    /// The session's clock moved forward by so many milliseconds.
    pub fn advanced(&mut self, ms: u64) {
        self.now.moved_ms = self.now.moved_ms.saturating_add(ms);
    }

    /// So many milliseconds passed besides, which the session's clock may count or not.
    pub fn elapsed(&mut self, ms: u64) {
        self.now.real_ms = self.now.real_ms.saturating_add(ms);
    }

    /// Something drops what is kept for sure.
    pub fn dropped(&mut self) {
        self.kept.emptied();
    }

    /// Something may have dropped what is kept, or have put this balance in its place.
    pub fn maybe_dropped(&mut self, balance: BalanceValues) {
        self.kept.maybe_dropped(BalanceRange::exactly(balance), self.now);
    }

    /// Whether no request may be made.
    #[must_use]
    pub fn must_keep(&self) -> bool {
        self.kept.must_serve(self.now)
    }

    /// A check was made. `tells` says whether a balance is the one that was told; `excuse`, whether what was told is what
    /// the contract has a client say if there is none.
    ///
    /// # Errors
    /// How it differs from all that it may be.
    pub fn checked(
        &mut self,
        given: Observed,
        tells: impl Fn(&BalanceValues) -> bool,
        excuse: bool,
    ) -> Result<(), Violation> {
        if given != Observed::Nothing && self.must_keep() {
            return Err(Violation::AskedAgain);
        }
        match given {
            // Told because of the failure, or because it is kept: who cannot tell which has learnt nothing of what is kept.
            Observed::Nothing if excuse && self.takes_breath() => Ok(()),
            Observed::Nothing if self.kept.served(&tells, self.now) => Ok(()),
            Observed::Nothing => Err(if excuse { Violation::Unasked } else { Violation::NotKept }),
            Observed::Balance(balance) if tells(&balance) => {
                self.kept.filled(balance, self.now);
                self.failed_ms = None;
                Ok(())
            }
            Observed::Balance(_) => Err(Violation::Mistold),
            Observed::Failure => {
                self.failed_ms = Some(self.now.moved_ms);
                if excuse || self.kept.served(&tells, self.now) { Ok(()) } else { Err(Violation::MadeUp) }
            }
        }
    }

    fn takes_breath(&self) -> bool {
        self.failed_ms.is_some_and(|at_ms| self.now.moved_ms.saturating_sub(at_ms) < BREATH_MS)
    }
}
