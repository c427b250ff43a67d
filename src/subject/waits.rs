//! What a run waits for at present, so that it can be shown. It decides nothing.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use tokio::time::Instant;

use crate::sync::lock;

/// The waits of a run.
#[derive(Debug, Default)]
pub struct Waits(Mutex<Current>);

#[derive(Debug, Default)]
struct Current {
    last_ticket: u64,
    /// When the waits in real time end.
    ends: BTreeMap<u64, Instant>,
    calls: usize,
}

/// A wait, until it is dropped.
#[derive(Debug)]
#[must_use]
pub struct Wait<'w> {
    waits: &'w Waits,
    /// The ticket of a wait in real time; a call of a client has none.
    ticket: Option<u64>,
}

impl Waits {
    /// A wait in real time.
    pub fn for_time(&self, time: Duration) -> Wait<'_> {
        let mut current = lock(&self.0);
        current.last_ticket += 1;
        let ticket = current.last_ticket;
        current.ends.insert(ticket, Instant::now() + time);
        Wait { waits: self, ticket: Some(ticket) }
    }

    /// A call of a client.
    pub fn for_call(&self) -> Wait<'_> {
        lock(&self.0).calls += 1;
        Wait { waits: self, ticket: None }
    }

    /// How long it takes until the last wait in real time ends; `None` if no wait goes on.
    #[must_use]
    pub fn time_left(&self) -> Option<Duration> {
        let last = lock(&self.0).ends.values().max().copied();
        last.map(|last| last.saturating_duration_since(Instant::now()))
    }

    /// How many calls of the client have not ended.
    #[must_use]
    pub fn calls(&self) -> usize {
        lock(&self.0).calls
    }
}

impl Drop for Wait<'_> {
    fn drop(&mut self) {
        let mut current = lock(&self.waits.0);
        match self.ticket {
            Some(ticket) => drop(current.ends.remove(&ticket)),
            None => current.calls -= 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Waits;

    #[test]
    fn longest_wait_and_pending_calls_are_known_until_they_end() {
        let waits = Waits::default();
        assert_eq!((waits.time_left(), waits.calls()), (None, 0));
        let short = waits.for_time(Duration::ZERO);
        let long = waits.for_time(Duration::from_mins(15));
        let calls = [waits.for_call(), waits.for_call()];
        let left = waits.time_left().unwrap();
        assert!(left > Duration::from_mins(13) && left <= Duration::from_mins(15), "{left:?}");
        assert_eq!(waits.calls(), 2);
        drop(long);
        assert_eq!(waits.time_left(), Some(Duration::ZERO));
        drop((short, calls));
        assert_eq!((waits.time_left(), waits.calls()), (None, 0));
    }
}
