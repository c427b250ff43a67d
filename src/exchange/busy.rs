//! For how long requests were in flight: the time that a subject took, however long its requests waited for their turn.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::time::Instant;

use crate::sync::lock;

/// Measures the time in which at least one request is in flight.
#[derive(Debug, Default)]
pub struct BusyClock(Mutex<Intervals>);

#[derive(Debug, Default)]
struct Intervals {
    in_flight: usize,
    since: Option<Instant>,
    total: Duration,
}

/// A request in flight, until it is dropped.
#[derive(Debug)]
pub struct InFlight(Arc<BusyClock>);

impl BusyClock {
    /// Counts a request as in flight until the result is dropped.
    #[must_use]
    pub fn start(self: &Arc<Self>) -> InFlight {
        lock(&self.0).begin(Instant::now());
        InFlight(self.clone())
    }

    /// For how long at least one request was in flight.
    #[must_use]
    pub fn total(&self) -> Duration {
        lock(&self.0).total(Instant::now())
    }
}

impl Intervals {
    fn begin(&mut self, now: Instant) {
        self.in_flight += 1;
        self.since.get_or_insert(now);
    }

    fn end(&mut self, now: Instant) {
        self.in_flight -= 1;
        if self.in_flight == 0 {
            self.total = self.total(now);
            self.since = None;
        }
    }

    fn total(&self, now: Instant) -> Duration {
        self.total + self.since.map(|since| now - since).unwrap_or_default()
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        lock(&self.0.0).end(Instant::now());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_counts_once_however_many_requests_are_in_flight() {
        let begun = Instant::now();
        let at = |seconds| begun + Duration::from_secs(seconds);
        let mut intervals = Intervals::default();
        intervals.begin(at(0));
        intervals.begin(at(1));
        intervals.end(at(2));
        assert_eq!(intervals.total(at(3)), Duration::from_secs(3), "one is still in flight");
        intervals.end(at(4));
        assert_eq!(intervals.total(at(9)), Duration::from_secs(4), "nothing is in flight");
    }
}
