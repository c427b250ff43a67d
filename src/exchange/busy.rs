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
        let mut intervals = lock(&self.0);
        intervals.in_flight += 1;
        intervals.since.get_or_insert_with(Instant::now);
        drop(intervals);
        InFlight(self.clone())
    }

    /// For how long at least one request was in flight.
    #[must_use]
    pub fn total(&self) -> Duration {
        let intervals = lock(&self.0);
        intervals.total + intervals.since.map(|since| since.elapsed()).unwrap_or_default()
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        let mut intervals = lock(&self.0.0);
        intervals.in_flight -= 1;
        if intervals.in_flight == 0
            && let Some(since) = intervals.since.take()
        {
            intervals.total += since.elapsed();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn time_counts_once_however_many_requests_are_in_flight() {
        let clock = Arc::new(BusyClock::default());
        let second = Duration::from_secs(1);
        let first = clock.start();
        tokio::time::advance(second).await;
        let other = clock.start();
        tokio::time::advance(second).await;
        drop(first);
        assert_eq!(clock.total(), second * 2);
        drop(other);
        tokio::time::advance(second).await;
        assert_eq!(clock.total(), second * 2, "nothing is in flight");
    }
}
