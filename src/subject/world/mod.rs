//! The world of a server under test: its one clock, which all trials share that run side by side.
//!
//! Trials meet only where the clock moves. Each member of the world says for how long it wants to sleep. When all members
//! sleep, so that no request is pending, the clock moves once, to the earliest time at which one of them must wake, and all
//! that may wake by then do. No member notices that there are others: between two of its own steps exactly the time passes
//! that it asked for (discrete-event simulation). Neither the number of requests in flight nor the speed of the server
//! changes by how much the clock moves.
//!
//! A state handler may round each move, for example to whole seconds. A sleep during which the clock moves several times is
//! therefore made longer, or shorter if it must not be too long, by what the additional moves may be wrong. A sleep that must not
//! be too long is also made shorter by the real time for which it waits, because the clock of the server may count it.

mod member;
mod sleep;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use tokio::runtime::Handle as Runtime;
use tokio::sync::Notify;
use tokio::time::Instant;

use super::state_handler::StateError;
use super::states::ClockMover;
use crate::sync::lock;

pub use member::{Member, Pause};
use sleep::Sleeper;
pub use sleep::{Passed, Sleep, rounding_ms};

/// The clock of a server, and those who wait for it.
#[derive(Debug, Default)]
pub struct World {
    state: Mutex<WorldState>,
    /// A move has ended.
    moved: Notify,
}

#[derive(Debug, Default)]
struct WorldState {
    /// How many members neither sleep nor pause. The clock stands still while there are any.
    awake: usize,
    now: Passed,
    is_moving: bool,
    sleepers: BTreeMap<u64, Sleeper>,
    last_ticket: u64,
    /// Why the clock can never be moved.
    immovable: Option<StateError>,
}

impl World {
    /// By how much the clock was moved so far.
    #[must_use]
    pub fn now(&self) -> Passed {
        lock(&self.state).now
    }

    /// Waits until no move of the clock is under way. A member may enter the world, or come back to it after a pause, during a move.
    /// The server could then receive its request before the move or after it.
    pub async fn still(&self) {
        loop {
            let moved = self.moved.notified();
            tokio::pin!(moved);
            // Before the look at the state, so that no end is missed in between.
            moved.as_mut().enable();
            if !lock(&self.state).is_moving {
                return;
            }
            moved.await;
        }
    }

    /// How many members wait for the clock.
    #[must_use]
    pub fn sleepers(&self) -> usize {
        lock(&self.state).sleepers.len()
    }

    /// Moves the clock if no trial is awake.
    fn settle(self: &Arc<Self>, state: &mut WorldState, mover: &ClockMover) {
        if state.awake > 0 || state.is_moving {
            return;
        }
        state.sleepers.values_mut().for_each(|sleeper| sleeper.shorten(Instant::now()));
        let Some(target_ms) = state.target_ms() else { return };
        let by_ms = target_ms - state.now.ms;
        if by_ms == 0 {
            state.wake(target_ms, &Ok(()));
            return;
        }
        if let Some(result) = mover.try_move(by_ms) {
            state.moved(target_ms, result);
            return;
        }
        let Ok(runtime) = Runtime::try_current() else { return };
        state.is_moving = true;
        // A task of its own, because a move that has begun is completed even if the trial that caused it ends.
        let (world, mover) = (self.clone(), mover.clone());
        runtime.spawn(async move {
            let result = mover.move_by(by_ms).await;
            let mut state = lock(&world.state);
            state.is_moving = false;
            state.moved(target_ms, result);
            // All that were woken may have ended meanwhile.
            world.settle(&mut state, &mover);
            drop(state);
            world.moved.notify_waiters();
        });
    }
}

impl WorldState {
    /// The time to which the clock moves next: as late as possible, so that many wake at once, but not later than any sleeper
    /// must wake. By whole seconds if possible, because they are not rounded.
    fn target_ms(&self) -> Option<u64> {
        let latest = self.sleepers.values().map(|sleeper| sleeper.until_ms).min()?.max(self.now.ms);
        let due = self.sleepers.values().map(|sleeper| sleeper.from_ms).filter(|from| *from <= latest).max()?;
        let due = due.max(self.now.ms);
        let whole = self.now.ms + (due - self.now.ms).next_multiple_of(1000);
        Some(if whole <= latest { whole } else { due })
    }

    /// Records a move, and wakes all that may wake then.
    fn moved(&mut self, target_ms: u64, result: Result<(), StateError>) {
        if result.is_ok() {
            self.now = Passed { ms: target_ms, moves: self.now.moves + 1 };
        }
        self.wake(target_ms, &result);
        if result.is_ok() {
            self.sleepers.values_mut().for_each(|sleeper| sleeper.moved_on(target_ms));
        }
        if let Err(error @ (StateError::NoHandler | StateError::Unsupported(_))) = result {
            self.immovable.get_or_insert(error);
        }
    }

    fn wake(&mut self, target_ms: u64, result: &Result<(), StateError>) {
        let all = std::mem::take(&mut self.sleepers);
        let (due, waiting) = all.into_iter().partition(|(_, sleeper)| match result {
            Err(StateError::NoHandler | StateError::Unsupported(_)) => true,
            _ => sleeper.from_ms <= target_ms,
        });
        self.sleepers = waiting;
        self.awake += BTreeMap::len(&due);
        for sleeper in BTreeMap::into_values(due) {
            let passed = result.clone().map(|()| self.now.since(sleeper.since));
            // A sleeper that is gone is counted as awake until its member is dropped.
            let _ = sleeper.wake.send(passed);
        }
    }
}
