//! Members of a world: trials, and generated cases.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::oneshot;
use tokio::time::Instant;

use super::World;
use super::sleep::{Passed, Sleep, Sleeper};
use crate::subject::state_handler::StateError;
use crate::subject::states::ClockMover;
use crate::sync::lock;

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

impl Member {
    /// Enters a world. The clock stands still until the member sleeps, pauses or is dropped.
    #[must_use]
    pub(in crate::subject) fn of(world: &Arc<World>, mover: ClockMover) -> Self {
        lock(&world.state).awake += 1;
        Self { world: world.clone(), mover, has_left: AtomicBool::new(false) }
    }

    /// Another member of the same world.
    #[must_use]
    pub fn another(&self) -> Self {
        Self::of(&self.world, self.mover.clone())
    }

    /// Waits until the clock has moved. Returns by how much it has moved.
    ///
    /// # Errors
    /// If the state handler does not move the clock.
    pub async fn sleep(&self, sleep: Sleep) -> Result<Passed, StateError> {
        let (wake, woken) = oneshot::channel();
        let ticket = {
            let mut state = lock(&self.world.state);
            if let Some(error) = &state.immovable {
                return Err(error.clone());
            }
            let since = state.now;
            let (least_ms, most_ms) = match sleep {
                Sleep::AtLeast(least_ms, most_ms) => (least_ms, most_ms.max(least_ms)),
                Sleep::AtMost(most_ms) => (most_ms, most_ms),
            };
            let (from_ms, until_ms) = (since.ms.saturating_add(least_ms), since.ms.saturating_add(most_ms));
            state.last_ticket += 1;
            let ticket = state.last_ticket;
            state.sleepers.insert(ticket, Sleeper { since, from_ms, until_ms, sleep, begun: Instant::now(), wake });
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
