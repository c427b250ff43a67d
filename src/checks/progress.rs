//! What a trial has set up so far.

use std::collections::HashSet;
use std::time::Duration;

use crate::mock::State;
use crate::subject::ActiveState;

/// The progress of a trial.
#[derive(Debug, Default)]
pub(super) struct Progress {
    /// The part of the real time that was already reported to the expectations as a move of the clock.
    pub(super) waited: Duration,
    /// How many accounts were opened.
    pub(super) accounts: u32,
    /// What is set up at present.
    pub(super) states: Vec<ActiveState>,
    /// Every state that was set up so far, torn down or not.
    pub(super) set_up: HashSet<State>,
}

impl Progress {
    /// Adds the progress of a generated case that has ended.
    pub(super) fn absorb(&mut self, case: Self) {
        self.states.extend(case.states);
        self.set_up.extend(case.set_up);
        self.accounts = self.accounts.max(case.accounts);
    }
}
