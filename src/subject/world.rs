//! The world of a server under test: its one clock, which all trials share that run side by side.
//!
//! Trials meet only where the clock moves. Each member of the world says for how long it wants to sleep. When all members
//! sleep, so that no request is pending, the clock moves once, to the earliest time at which one of them must wake, and all
//! that may wake by then do. No member notices that there are others: between two of its own steps exactly the time passes
//! that it asked for (discrete-event simulation). Neither the number of requests in flight nor the speed of the server
//! changes by how much the clock moves.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use tokio::runtime::Handle as Runtime;
use tokio::sync::oneshot;

use super::states::{ClockMover, StateError};
use crate::sync::lock;

/// The clock of a server, and those who wait for it.
#[derive(Debug, Default)]
pub struct World {
    state: Mutex<WorldState>,
}

#[derive(Debug, Default)]
struct WorldState {
    /// How many members neither sleep nor pause. The clock stands still while there are any.
    awake: usize,
    /// By how much the clock was moved so far, in milliseconds.
    now_ms: u64,
    moves: bool,
    sleepers: BTreeMap<u64, Sleeper>,
    last_ticket: u64,
    /// Why the clock can never be moved.
    immovable: Option<StateError>,
}

/// A member that waits for the clock.
#[derive(Debug)]
struct Sleeper {
    since_ms: u64,
    /// When it may wake.
    from_ms: u64,
    /// When it must wake.
    until_ms: u64,
    wake: oneshot::Sender<Result<u64, StateError>>,
}

/// A trial, or a generated case of one, in the world of its server. It leaves the world when it is dropped.
#[derive(Debug)]
pub struct Member {
    world: Arc<World>,
    mover: ClockMover,
    has_left: AtomicBool,
}

/// A member that waits for other members, and not for the clock.
#[derive(Debug)]
pub struct Pause(Arc<World>);

/// Removes a sleeper that is no longer interested.
struct Sleeping<'m> {
    member: &'m Member,
    ticket: u64,
}

impl World {
    /// By how much the clock was moved so far, in milliseconds.
    #[must_use]
    pub fn now_ms(&self) -> u64 {
        lock(&self.state).now_ms
    }

    /// How many members wait for the clock.
    #[must_use]
    pub fn sleepers(&self) -> usize {
        lock(&self.state).sleepers.len()
    }

    /// Moves the clock if nobody is awake.
    fn settle(self: &Arc<Self>, state: &mut WorldState, mover: &ClockMover) {
        if state.awake > 0 || state.moves {
            return;
        }
        let Some(target_ms) = state.target_ms() else { return };
        let by_ms = target_ms - state.now_ms;
        if let Some(result) = mover.try_move(by_ms) {
            state.moved(target_ms, result);
            return;
        }
        let Ok(runtime) = Runtime::try_current() else { return };
        state.moves = true;
        // A task of its own, because a move that has begun is completed even if the trial that caused it ends.
        let (world, mover) = (self.clone(), mover.clone());
        runtime.spawn(async move {
            let result = mover.move_by(by_ms).await;
            let mut state = lock(&world.state);
            state.moves = false;
            state.moved(target_ms, result);
            // All that were woken may have ended meanwhile.
            world.settle(&mut state, &mover);
        });
    }
}

impl WorldState {
    /// The time to which the clock moves next: as late as possible, so that many wake at once, but not later than any sleeper
    /// must wake.
    fn target_ms(&self) -> Option<u64> {
        let latest = self.sleepers.values().map(|sleeper| sleeper.until_ms).min()?;
        self.sleepers.values().map(|sleeper| sleeper.from_ms).filter(|from| *from <= latest).max()
    }

    /// Wakes all that may wake after a move.
    fn moved(&mut self, target_ms: u64, result: Result<(), StateError>) {
        let immovable = match &result {
            Err(error @ (StateError::NoHandler | StateError::Unsupported(_))) => Some(error.clone()),
            _ => None,
        };
        if result.is_ok() {
            self.now_ms = target_ms;
        }
        let all = std::mem::take(&mut self.sleepers);
        let (due, waiting) =
            all.into_iter().partition(|(_, sleeper)| immovable.is_some() || sleeper.from_ms <= target_ms);
        self.sleepers = waiting;
        self.awake += BTreeMap::len(&due);
        for sleeper in BTreeMap::into_values(due) {
            let passed = result.clone().map(|()| target_ms - sleeper.since_ms);
            // A sleeper that is gone is counted as awake until its member is dropped.
            let _ = sleeper.wake.send(passed);
        }
        self.immovable = self.immovable.take().or(immovable);
    }
}

impl Member {
    /// Enters a world. The clock stands still until the member sleeps, pauses or is dropped.
    #[must_use]
    pub(super) fn of(world: &Arc<World>, mover: ClockMover) -> Self {
        lock(&world.state).awake += 1;
        Self { world: world.clone(), mover, has_left: AtomicBool::new(false) }
    }

    /// Another member of the same world.
    #[must_use]
    pub fn another(&self) -> Self {
        Self::of(&self.world, self.mover.clone())
    }

    /// Waits until the clock has moved by at least `least_ms`, and at most `most_ms`. Returns by how much it has moved.
    ///
    /// # Errors
    /// If the state handler does not move the clock.
    pub async fn sleep(&self, least_ms: u64, most_ms: u64) -> Result<u64, StateError> {
        let (wake, woken) = oneshot::channel();
        let ticket = {
            let mut state = lock(&self.world.state);
            if let Some(error) = &state.immovable {
                return Err(error.clone());
            }
            let since_ms = state.now_ms;
            let from_ms = since_ms.saturating_add(least_ms);
            let until_ms = since_ms.saturating_add(most_ms).max(from_ms);
            state.last_ticket += 1;
            let ticket = state.last_ticket;
            state.sleepers.insert(ticket, Sleeper { since_ms, from_ms, until_ms, wake });
            state.awake -= 1;
            self.world.settle(&mut state, &self.mover);
            ticket
        };
        let _sleeping = Sleeping { member: self, ticket };
        woken.await.unwrap_or_else(|_| Err(StateError::Failed("the run has ended".to_owned())))
    }

    /// Lets the clock move while this member waits for others.
    #[must_use]
    pub fn pause(&self) -> Pause {
        let mut state = lock(&self.world.state);
        state.awake -= 1;
        self.world.settle(&mut state, &self.mover);
        Pause(self.world.clone())
    }
}

impl Member {
    /// Leaves the world: its clock no longer waits for this member.
    pub fn leave(&self) {
        if self.has_left.swap(true, Ordering::Relaxed) {
            return;
        }
        let mut state = lock(&self.world.state);
        state.awake -= 1;
        self.world.settle(&mut state, &self.mover);
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        self.leave();
    }
}

impl Drop for Pause {
    fn drop(&mut self) {
        lock(&self.0.state).awake += 1;
    }
}

impl Drop for Sleeping<'_> {
    fn drop(&mut self) {
        let mut state = lock(&self.member.world.state);
        // One that was woken is counted as awake already.
        if state.sleepers.remove(&self.ticket).is_some() {
            state.awake += 1;
        }
    }
}
