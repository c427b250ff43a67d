//! How many requests are in flight at a time: as many as the user permits, and fewer if the subject cannot bear so many.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::task_local;

use crate::sync::lock;

/// A latency below this is never a reason to send less: so much is noise of a busy machine.
const USUAL_LATENCY: Duration = Duration::from_millis(20);
/// How many times the least latency is taken to be the subject's own. Beyond it, requests queue up.
const QUEUEING: u32 = 4;
/// The weight of the last exchange in the mean latency.
const WEIGHT: u32 = 8;

/// Limits the number of requests in flight.
///
/// The limit falls while the latency is a multiple of the least latency seen, because more requests in flight then only wait
/// in the subject, and when the subject refuses connections. It rises again slowly, up to the number that the user permits.
#[derive(Debug)]
pub struct Flight {
    most: usize,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    limit: usize,
    in_flight: usize,
    waiting: VecDeque<oneshot::Sender<()>>,
    /// The least latency that was seen with few requests in flight.
    least: Option<Duration>,
    mean: Option<Duration>,
    /// Exchanges since the limit has changed.
    since_change: usize,
    lowest: usize,
}

/// The right to have a request in flight, until it is dropped.
#[derive(Debug)]
pub struct Permit(Held);

#[derive(Debug)]
enum Held {
    Own(Arc<Flight>),
    Shared(Arc<Group>),
}

task_local! {
    static GROUP: Arc<Group>;
}

/// Requests that one trial sends at the same time on purpose. They count as one, because they would show nothing one after the
/// other: what a check finds must not depend on the limit.
#[derive(Debug, Default)]
struct Group {
    state: Mutex<GroupState>,
    /// Held while the first request of the group waits for its turn.
    first: tokio::sync::Mutex<()>,
}

#[derive(Debug, Default)]
struct GroupState {
    in_flight: usize,
    permit: Option<Permit>,
}

/// Counts requests that the future sends at the same time as one.
pub async fn as_one<F: Future>(work: F) -> F::Output {
    GROUP.scope(Arc::default(), work).await
}

impl Group {
    async fn join(self: Arc<Self>, flight: &Arc<Flight>) -> Permit {
        let _first = self.first.lock().await;
        if lock(&self.state).permit.is_none() {
            let permit = flight.take_own().await;
            lock(&self.state).permit = Some(permit);
        }
        lock(&self.state).in_flight += 1;
        Permit(Held::Shared(self.clone()))
    }

    fn landed(&self) {
        let mut state = lock(&self.state);
        state.in_flight -= 1;
        // Dropped without the lock.
        let permit = if state.in_flight == 0 { state.permit.take() } else { None };
        drop(state);
        drop(permit);
    }
}

impl Flight {
    /// At most this many requests in flight, and at least one.
    #[must_use]
    pub fn new(most: usize) -> Self {
        let limit = most.max(1);
        let state = State {
            limit,
            in_flight: 0,
            waiting: VecDeque::new(),
            least: None,
            mean: None,
            since_change: 0,
            lowest: limit,
        };
        Self { most: limit, state: Mutex::new(state) }
    }

    /// Waits for the right to send a request. Those who wait are served in their order.
    pub async fn take_off(self: &Arc<Self>) -> Permit {
        match GROUP.try_with(Arc::clone) {
            Ok(group) => group.join(self).await,
            Err(_) => self.take_own().await,
        }
    }

    /// As [`Self::take_off`], for a request that may wait for others of its trial, such as a message to a state handler.
    pub async fn take_own(self: &Arc<Self>) -> Permit {
        let turn = {
            let mut state = self.state();
            if state.in_flight < state.limit && state.waiting.is_empty() {
                state.in_flight += 1;
                return Permit(Held::Own(self.clone()));
            }
            let (wake, turn) = oneshot::channel();
            state.waiting.push_back(wake);
            turn
        };
        Turn { flight: self, turn: Some(turn) }.wait().await
    }

    /// Records the latency of an exchange.
    pub fn answered(&self, latency: Duration) {
        let mut state = self.state();
        state.since_change += 1;
        state.least = Some(state.least.map_or(latency, |least| least.min(latency)));
        let mean = state.mean.map_or(latency, |mean| (mean * (WEIGHT - 1) + latency) / WEIGHT);
        state.mean = Some(mean);
        let usual = (state.least.unwrap_or_default() * QUEUEING).max(USUAL_LATENCY);
        let limit = state.limit;
        if mean > usual && state.since_change >= limit {
            state.set_limit(limit - (limit / 4).max(1).min(limit - 1));
        } else if mean <= usual && limit < self.most && state.since_change >= 2 * limit {
            state.set_limit(limit + 1);
        }
        state.wake();
    }

    /// Records that the subject refused a connection. Returns whether other requests were in flight, so that there may have been
    /// too many.
    pub fn refused(&self) -> bool {
        let mut state = self.state();
        let limit = state.limit;
        let crowded = state.in_flight > 1;
        if crowded {
            state.set_limit((limit / 2).max(1));
        }
        crowded
    }

    /// The number of requests in flight, and of those that wait for their turn.
    #[must_use]
    pub fn load(&self) -> (usize, usize) {
        let state = self.state();
        (state.in_flight, state.waiting.len())
    }

    /// The lowest limit so far, if it was lowered.
    #[must_use]
    pub fn lowered(&self) -> Option<usize> {
        let lowest = self.state().lowest;
        (lowest < self.most).then_some(lowest)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    fn landed(&self) {
        let mut state = self.state();
        state.in_flight -= 1;
        state.wake();
    }
}

impl State {
    fn set_limit(&mut self, limit: usize) {
        self.limit = limit;
        self.since_change = 0;
        self.lowest = self.lowest.min(limit);
    }

    /// Gives free places to those who wait.
    fn wake(&mut self) {
        while self.in_flight < self.limit {
            let Some(next) = self.waiting.pop_front() else { return };
            if next.send(()).is_ok() {
                self.in_flight += 1;
            }
        }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        match &self.0 {
            Held::Own(flight) => flight.landed(),
            Held::Shared(group) => group.landed(),
        }
    }
}

/// A place in the queue.
struct Turn<'f> {
    flight: &'f Arc<Flight>,
    turn: Option<oneshot::Receiver<()>>,
}

impl Turn<'_> {
    async fn wait(mut self) -> Permit {
        if let Some(turn) = &mut self.turn {
            // The sender is dropped only together with the limiter.
            let _ = turn.await;
        }
        self.turn = None;
        Permit(Held::Own(self.flight.clone()))
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        // A place that was given and is not used goes to the next.
        if let Some(mut turn) = self.turn.take() {
            turn.close();
            if turn.try_recv().is_ok() {
                self.flight.landed();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(count: u64) -> Duration {
        Duration::from_millis(count)
    }

    #[tokio::test]
    async fn no_more_requests_are_in_flight_than_permitted() {
        let flight = Arc::new(Flight::new(3));
        let mut most = 0;
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..50 {
            let flight = flight.clone();
            tasks.spawn(async move {
                let _permit = flight.take_off().await;
                let (in_flight, _) = flight.load();
                tokio::task::yield_now().await;
                in_flight
            });
        }
        while let Some(seen) = tasks.join_next().await {
            most = most.max(seen.unwrap());
        }
        assert_eq!((most, flight.load()), (3, (0, 0)));
    }

    #[tokio::test]
    async fn place_of_a_request_that_is_given_up_goes_to_the_next() {
        let flight = Arc::new(Flight::new(1));
        let first = flight.take_off().await;
        let (given_up, next) = (Box::pin(flight.take_off()), Box::pin(flight.take_off()));
        let (mut given_up, mut next) = (given_up, next);
        assert!(futures_util::poll!(&mut given_up).is_pending());
        assert!(futures_util::poll!(&mut next).is_pending());
        drop(first);
        drop(given_up);
        assert!(futures_util::poll!(&mut next).is_ready());
    }

    #[tokio::test]
    async fn requests_of_one_group_count_as_one() {
        let flight = Arc::new(Flight::new(1));
        as_one(async {
            let both = (flight.take_off().await, flight.take_off().await);
            assert_eq!(flight.load(), (1, 0));
            drop(both.0);
            assert_eq!(flight.load(), (1, 0));
        })
        .await;
        assert_eq!(flight.load(), (0, 0));
    }

    #[test]
    fn limit_falls_while_requests_queue_up_and_rises_again() {
        let flight = Arc::new(Flight::new(16));
        (0..16).for_each(|_| flight.answered(ms(10)));
        assert_eq!(flight.lowered(), None, "a fast subject gets all of them");
        (0..200).for_each(|_| flight.answered(ms(200)));
        assert_eq!(flight.lowered(), Some(1));
        (0..2000).for_each(|_| flight.answered(ms(10)));
        assert_eq!(lock(&flight.state).limit, 16);
    }

    #[test]
    fn slow_subject_that_does_not_queue_gets_all_requests() {
        let flight = Arc::new(Flight::new(16));
        (0..500).for_each(|n| flight.answered(ms(150 + n % 40)));
        assert_eq!(flight.lowered(), None);
    }
}
