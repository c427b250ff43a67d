//! The state of a run while it goes on: how far it is, how long it takes, and what it waits for.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use tokio::time::Instant;

use super::attempt::SubjectRef;
use super::plan::RunPlan;
use super::report::CheckResult;
use super::shard::expected_requests;
use crate::checks::Check;
use crate::contract::Contract;
use crate::sync::lock;

/// The state of a run at one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RunStatus {
    /// How many requests were sent, or received from the client.
    pub requests: u64,
    /// About how long the run still takes; `None` as long as that cannot be said.
    pub remaining: Option<Duration>,
    /// What the run waits for, the most important first.
    pub waiting: Vec<Waiting>,
}

/// What a run waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Waiting {
    /// The end of a pause that the server's rate limit asks for.
    RateLimit(Duration),
    /// The end of a TTL, in real time.
    Time(Duration),
    /// Checks wait until the server's clock moves, which it does when the others wait too.
    Clock {
        /// How many checks, or generated cases, wait.
        waiting: usize,
    },
    /// A check that runs alone, because it changes what others would see.
    Alone(&'static str),
    /// Responses of the server.
    Responses {
        /// How many requests are in flight.
        in_flight: usize,
    },
    /// The client under test.
    Client {
        /// How many calls have not ended.
        calls: usize,
    },
}

/// What a run has done so far.
#[derive(Debug)]
pub(super) struct RunProgress {
    begun: Instant,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// About how many requests the checks need that have not finished.
    open: HashMap<&'static str, u64>,
    total: u64,
    /// The requests of the finished checks.
    finished_requests: u64,
    alone: Option<&'static str>,
}

/// The least time after which the remaining time is estimated.
const FIRST_ESTIMATE: Duration = Duration::from_secs(1);

impl RunProgress {
    /// Of a run with so many cases per property, which begins now.
    pub(super) fn of(plan: &RunPlan, contract: &Contract, cases: u32) -> Self {
        let requests = |check: &Check| expected_requests(check, contract, cases);
        let open: HashMap<_, _> = plan.entries().map(|entry| (entry.check.id, requests(entry.check))).collect();
        let total = open.values().sum();
        let state = State { open, total, finished_requests: 0, alone: None };
        Self { begun: Instant::now(), state: Mutex::new(state) }
    }

    /// Records that a check runs alone from now on.
    pub(super) fn alone(&self, id: &'static str) {
        lock(&self.state).alone = Some(id);
    }

    /// Records that a check has finished.
    pub(super) fn finished(&self, result: &CheckResult) {
        let mut state = lock(&self.state);
        state.open.remove(result.id.as_str());
        state.finished_requests += result.requests;
        if state.alone == Some(result.id.as_str()) {
            state.alone = None;
        }
    }

    /// The state of the run now.
    pub(super) fn status(&self, subject: SubjectRef<'_>) -> RunStatus {
        let mut waiting = Vec::new();
        let requests = match subject {
            SubjectRef::Server(subject, transport) => {
                waiting.extend(transport.pause_left().map(Waiting::RateLimit));
                waiting.extend(subject.waits.time_left().map(Waiting::Time));
                waiting.extend(lock(&self.state).alone.map(Waiting::Alone));
                let sleepers = subject.world().sleepers();
                waiting.extend((sleepers > 0).then_some(Waiting::Clock { waiting: sleepers }));
                let (in_flight, _) = transport.flight().load();
                waiting.extend((in_flight > 0).then_some(Waiting::Responses { in_flight }));
                transport.sent()
            }
            SubjectRef::Client(subject) => {
                waiting.extend(subject.waits.time_left().map(Waiting::Time));
                let calls = subject.waits.calls();
                waiting.extend((calls > 0).then_some(Waiting::Client { calls }));
                subject.requests()
            }
        };
        // What is waited for in real time takes that long at least.
        let least = waiting.iter().filter_map(|waiting| match waiting {
            Waiting::RateLimit(time) | Waiting::Time(time) => Some(*time),
            _ => None,
        });
        let least = least.max().unwrap_or_default();
        let elapsed = self.begun.elapsed();
        let share = lock(&self.state).done(requests);
        let remaining = share.filter(|_| elapsed >= FIRST_ESTIMATE).map(|share| elapsed.mul_f64((1.0 - share) / share));
        RunStatus { requests, remaining: remaining.map(|remaining| remaining.max(least)), waiting }
    }
}

impl State {
    /// The share of the run that is done, above 0 and at most 1; `None` if that is not known.
    ///
    /// Checks run side by side, so that many finish at the end. Requests show how far they are until then.
    #[expect(clippy::cast_precision_loss, reason = "an estimate")]
    fn done(&self, requests: u64) -> Option<f64> {
        let open: u64 = self.open.values().sum();
        let finished = self.total.saturating_sub(open);
        let under_way = requests.saturating_sub(self.finished_requests) as f64;
        // What runs has not ended, however much more than expected it does.
        let open = open as f64;
        let part = if open > 0.0 { 1.0 - (-under_way / open).exp() } else { 0.0 };
        let done = finished as f64 + open * part;
        let share = done / self.total as f64;
        (share.is_finite() && share > 0.01).then(|| share.min(1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::State;

    #[test]
    fn requests_of_unfinished_checks_count_but_never_finish_them() {
        let state = |open: &[(&'static str, u64)], finished_requests| State {
            open: open.iter().copied().collect(),
            total: 100,
            finished_requests,
            alone: None,
        };
        assert_eq!(state(&[("a", 40), ("b", 60)], 0).done(0), None);
        let half = state(&[("a", 50)], 25).done(25).unwrap();
        assert!((half - 0.5).abs() < 1e-9, "{half}");
        let more = state(&[("a", 50)], 25).done(30).unwrap();
        assert!((0.54..0.55).contains(&more), "{more}");
        let most = state(&[("a", 50)], 25).done(250).unwrap();
        assert!((0.99..1.0).contains(&most), "{most}");
        assert_eq!(State { open: [].into(), total: 0, finished_requests: 0, alone: None }.done(0), None);
    }
}
