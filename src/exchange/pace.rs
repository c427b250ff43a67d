//! Retry and backoff of the harness: when the next request may be sent, how long the run waits after a response that limits the
//! rate of requests, and how much slower it goes on.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use tokio::time::Instant;

use crate::sync::lock;

/// The wait after the first response that limits the rate without saying for how long; each repetition doubles it.
const FIRST_BACKOFF: Duration = Duration::from_millis(500);
/// The wait of the last repetition.
const MAX_BACKOFF: Duration = Duration::from_secs(8);
/// The part of the measured rate that is used afterwards, so that the limit is not met again at once.
const SHARE: f64 = 0.8;
/// The slowest pace, in requests per second.
const SLOWEST: f64 = 0.2;

/// Decides when requests are sent.
#[derive(Debug)]
pub(super) struct Pace {
    /// Whether the pace follows the subject's limit. A rate that the user gave is kept.
    adapts: bool,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Requests per second; `None` for no limit.
    rate: Option<f64>,
    /// When the next request may be sent.
    next: Option<Instant>,
    /// The times of the requests of the last second that were not limited.
    passed: VecDeque<Instant>,
    /// The start of the present phase, and the requests that were not limited in it.
    phase: Option<(Instant, u32)>,
    /// The time until which a limit paused the run.
    paused_until: Option<Instant>,
    limited: u32,
    waited: Duration,
}

/// What the subject's rate limit did to the run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Slowdown {
    /// How many responses limited the rate.
    pub responses: u32,
    /// For how long the run paused.
    pub waited: Duration,
    /// The pace afterwards, in requests per second, if it is limited.
    pub rate: Option<f64>,
}

impl Pace {
    /// A pace of `rate` requests per second. Without a rate there is no limit until the subject shows one.
    pub(super) fn new(rate: Option<f64>) -> Self {
        let rate = rate.filter(|rate| *rate > 0.0);
        Self { adapts: rate.is_none(), state: Mutex::new(State { rate, ..State::default() }) }
    }

    /// Takes the next time at which a request may be sent.
    pub(super) fn turn(&self, now: Instant) -> Instant {
        let mut state = self.state();
        let turn = state.next.unwrap_or(now).max(now);
        state.next = match state.rate {
            Some(rate) => Some(turn + Duration::from_secs_f64(1.0 / rate)),
            // A pause ends for all requests at once.
            None => state.next,
        };
        turn
    }

    /// Records a response that did not limit the rate.
    pub(super) fn passed(&self, now: Instant) {
        let mut state = self.state();
        state.passed.push_back(now);
        while state.passed.front().is_some_and(|at| now.duration_since(*at) > Duration::from_secs(1)) {
            state.passed.pop_front();
        }
        let (_, count) = state.phase.get_or_insert((now, 0));
        *count += 1;
    }

    /// Records a response that limits the rate, to a request that was sent at `sent`. All requests pause: as long as the
    /// response requests, or else longer with each repetition. `slows` says whether the run is slower afterwards.
    pub(super) fn limited(
        &self,
        sent: Instant,
        now: Instant,
        requested: Option<Duration>,
        repetition: u32,
        slows: bool,
    ) {
        let wait = requested.unwrap_or_else(|| (FIRST_BACKOFF * 2_u32.saturating_pow(repetition)).min(MAX_BACKOFF));
        let mut state = self.state();
        state.limited += 1;
        let until = now + wait;
        // Requests that were under way together meet the same limit: only the first of them changes the pace.
        let is_new = state.paused_until.is_none_or(|paused| sent >= paused);
        if is_new {
            if self.adapts && slows {
                state.slow_down(now, wait);
            }
            state.phase = Some((until, 0));
            state.passed.clear();
        }
        let before = state.paused_until.map_or(now, |paused| paused.max(now));
        state.waited += until.saturating_duration_since(before);
        state.paused_until = Some(state.paused_until.map_or(until, |paused| paused.max(until)));
        state.next = Some(state.next.map_or(until, |next| next.max(until)));
    }

    /// For how long a limit still delays the requests that wait for their turn; `None` if it does not.
    pub(super) fn pause_left(&self, now: Instant) -> Option<Duration> {
        let state = self.state();
        let until = state.paused_until.max(state.next)?;
        Some(until.saturating_duration_since(now)).filter(|left| !left.is_zero())
    }

    /// What the subject's rate limit did to the run; `None` if no response limited the rate.
    pub(super) fn slowdown(&self) -> Option<Slowdown> {
        let state = self.state();
        (state.limited > 0).then_some(Slowdown { responses: state.limited, waited: state.waited, rate: state.rate })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

impl State {
    /// Sets the pace to somewhat less than what the subject has let through: at first within the last second, later since the
    /// end of the last pause.
    fn slow_down(&mut self, now: Instant, wait: Duration) {
        let measured = match (self.rate, self.phase) {
            (Some(_), Some((since, count))) => {
                let time = now.saturating_duration_since(since) + wait;
                f64::from(count) / time.as_secs_f64().max(1.0)
            }
            _ => f64::from(u32::try_from(self.passed.len()).unwrap_or(u32::MAX)),
        };
        let rate = (measured * SHARE).max(SLOWEST);
        self.rate = Some(self.rate.map_or(rate, |before| before.min(rate)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(count: u64) -> Duration {
        Duration::from_millis(count)
    }

    #[test]
    fn requests_wait_for_a_limit_and_are_slower_afterwards() {
        let (pace, start) = (Pace::new(None), Instant::now());
        for n in 0..20 {
            assert_eq!(pace.turn(start + ms(n)), start + ms(n), "without a limit nothing waits");
            pace.passed(start + ms(n));
        }
        pace.limited(start + ms(20), start + ms(21), Some(ms(1000)), 0, true);
        // Of those under way, none changes the pace again.
        pace.limited(start + ms(20), start + ms(22), Some(ms(1000)), 0, true);
        let first = pace.turn(start + ms(30));
        assert_eq!(first, start + ms(1022));
        assert_eq!(
            pace.pause_left(start + ms(500)).map(|left| left > ms(522)),
            Some(true),
            "and the next turn after it"
        );
        let gap = pace.turn(start + ms(30)).duration_since(first);
        assert!((ms(62)..=ms(63)).contains(&gap), "16 requests a second: {gap:?}");
        let slowdown = pace.slowdown().unwrap();
        assert_eq!((slowdown.responses, slowdown.waited), (2, ms(1001)));
    }

    #[test]
    fn second_limit_takes_the_rate_of_the_whole_phase() {
        let (pace, start) = (Pace::new(None), Instant::now());
        (0..100).for_each(|n| pace.passed(start + ms(n)));
        pace.limited(start + ms(100), start + ms(100), Some(ms(59_000)), 0, true);
        let resumed = start + ms(59_100);
        (0..100).for_each(|n| pace.passed(resumed + ms(10 * n)));
        pace.limited(resumed + ms(1000), resumed + ms(1000), Some(ms(59_000)), 0, true);
        let rate = pace.slowdown().unwrap().rate.unwrap();
        assert!((1.0..1.7).contains(&rate), "100 requests a minute: {rate}");
    }

    #[test]
    fn limit_without_a_wait_backs_off_further_each_time() {
        let (pace, start) = (Pace::new(None), Instant::now());
        pace.limited(start, start, None, 0, true);
        assert_eq!(pace.turn(start), start + ms(500));
        pace.limited(start + ms(500), start + ms(500), None, 1, true);
        assert!(pace.turn(start) >= start + ms(1500));
        pace.limited(start + ms(9000), start + ms(9000), None, 30, true);
        assert!(pace.turn(start) <= start + ms(17_000) + Duration::from_secs(6), "bounded");
    }

    #[test]
    fn rate_of_the_user_is_kept() {
        let (pace, start) = (Pace::new(Some(10.0)), Instant::now());
        pace.limited(start, start, Some(ms(1000)), 0, true);
        assert_eq!(pace.slowdown().unwrap().rate, Some(10.0));
    }
}
