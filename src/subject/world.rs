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

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::runtime::Handle as Runtime;
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::state_handler::StateError;
use super::states::ClockMover;
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
    now: Passed,
    is_moving: bool,
    sleepers: BTreeMap<u64, Sleeper>,
    last_ticket: u64,
    /// Why the clock can never be moved.
    immovable: Option<StateError>,
}

/// Time that has passed because the clock was moved.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Passed {
    /// By how much the clock was moved, in milliseconds.
    pub ms: u64,
    /// In how many moves.
    pub moves: u64,
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
struct Sleeper {
    since: Passed,
    /// When it may wake.
    from_ms: u64,
    /// When it must wake.
    until_ms: u64,
    sleep: Sleep,
    begun: Instant,
    wake: oneshot::Sender<Result<Passed, StateError>>,
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

impl World {
    /// By how much the clock was moved so far.
    #[must_use]
    pub fn now(&self) -> Passed {
        lock(&self.state).now
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

/// Real time up to this is within the tolerance of every TTL.
const NEGLIGIBLE: Duration = Duration::from_millis(250);

impl Sleeper {
    /// Allows for the real time that has passed, and for as much time until the next request is answered.
    fn shorten(&mut self, now: Instant) {
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
    fn moved_on(&mut self, now_ms: u64) {
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{Member, Passed, Sleep, World};
    use crate::contract::{Contract, bundled};
    use crate::mock::Provider;
    use crate::subject::States;
    use crate::subject::state_handler::Handler;

    fn world() -> (Arc<World>, States) {
        let contract = Contract::load(&bundled()[0]).unwrap();
        (Arc::default(), States::new(Handler::Embedded(Arc::new(Provider::new(Arc::new(contract))))))
    }

    fn members<const N: usize>(world: &Arc<World>, states: &States) -> [Member; N] {
        std::array::from_fn(|_| Member::of(world, states.clock()))
    }

    #[tokio::test]
    async fn sleepers_with_overlapping_times_share_one_move() {
        let (world, states) = world();
        let [a, b, c] = members(&world, &states);
        let (a, b, c) = tokio::join!(
            a.sleep(Sleep::AtLeast(1_000, 12_000)),
            b.sleep(Sleep::AtLeast(10_000, 90_000)),
            c.sleep(Sleep::AtMost(11_000))
        );
        let all = Ok(Passed { ms: 11_000, moves: 1 });
        assert_eq!((a, b, c), (all.clone(), all.clone(), all));
    }

    #[tokio::test]
    async fn clock_stands_still_while_a_member_is_awake() {
        let (world, states) = world();
        let [awake, asleep] = members(&world, &states);
        let mut sleeping = Box::pin(asleep.sleep(Sleep::AtMost(5_000)));
        assert!(futures_util::poll!(&mut sleeping).is_pending());
        assert_eq!((world.now(), world.sleepers()), (Passed::default(), 1));
        drop(awake);
        assert_eq!(sleeping.await, Ok(Passed { ms: 5_000, moves: 1 }));
    }

    #[tokio::test]
    async fn sleep_during_other_moves_keeps_its_distance_from_the_limit() {
        let (world, states) = world();
        let [short, least, most] = members(&world, &states);
        let naps = async {
            for _ in 0..3 {
                short.sleep(Sleep::AtMost(4_000)).await.unwrap();
            }
            drop(short);
        };
        let least = async {
            let passed = least.sleep(Sleep::AtLeast(100_000, 100_000)).await;
            drop(least);
            passed
        };
        let most = async {
            let passed = most.sleep(Sleep::AtMost(60_000)).await;
            drop(most);
            passed
        };
        let ((), least, most) = tokio::join!(naps, least, most);
        assert_eq!(most, Ok(Passed { ms: 57_000, moves: 4 }), "three moves may each be wrong by a second");
        assert_eq!(least, Ok(Passed { ms: 104_000, moves: 5 }), "four moves may each be wrong by a second");
    }

    #[tokio::test]
    async fn clock_that_cannot_be_moved_wakes_everybody_with_the_reason() {
        let (world, states) = (Arc::default(), States::new(Handler::Absent));
        let [a, b] = members(&world, &states);
        let (a, b) = tokio::join!(a.sleep(Sleep::AtMost(1_000)), b.sleep(Sleep::AtLeast(9_000, 9_000)));
        assert!(a.is_err() && a == b, "{a:?} {b:?}");
    }

    #[tokio::test]
    async fn sleeper_that_gives_up_does_not_hold_the_clock() {
        let (world, states) = world();
        let [gone, other] = members(&world, &states);
        {
            let mut sleeping = Box::pin(gone.sleep(Sleep::AtMost(1_000)));
            assert!(futures_util::poll!(&mut sleeping).is_pending());
        }
        drop(gone);
        assert_eq!(other.sleep(Sleep::AtMost(3_000)).await, Ok(Passed { ms: 3_000, moves: 1 }));
    }
}
