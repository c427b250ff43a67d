//! Notices servers that send the head and the body of a response separately, so that the body waits for an acknowledgement.
//!
//! Such a server waits with the second write until the first one is acknowledged (Nagle's algorithm), and a client on a kept
//! connection acknowledges after 40 ms (delayed acknowledgement). A new connection acknowledges at once.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// The time between head and body that a delayed acknowledgement explains.
const DELAYED: std::ops::RangeInclusive<Duration> = Duration::from_millis(35)..=Duration::from_millis(90);
/// After how many delayed bodies new connections are used.
const ENOUGH: u32 = 3;

/// Counts responses on kept connections whose body came late.
#[derive(Debug, Default)]
pub(super) struct Stalls {
    responses: AtomicU32,
    delayed: AtomicU32,
}

impl Stalls {
    /// Records how long after the head of a response its body began.
    pub(super) fn record(&self, gap: Duration) {
        self.responses.fetch_add(1, Ordering::Relaxed);
        if DELAYED.contains(&gap) {
            self.delayed.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Whether new connections are faster: most responses on kept connections were delayed.
    pub(super) fn are_usual(&self) -> bool {
        let (delayed, responses) = (self.delayed.load(Ordering::Relaxed), self.responses.load(Ordering::Relaxed));
        delayed >= ENOUGH && delayed > responses / 2
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_connections_are_used_only_if_most_bodies_are_delayed() {
        let ms = Duration::from_millis;
        let stalls = Stalls::default();
        (0..2).for_each(|_| stalls.record(ms(40)));
        assert!(!stalls.are_usual(), "two may be an accident");
        stalls.record(ms(41));
        assert!(stalls.are_usual());
        let stalls = Stalls::default();
        (0..20).for_each(|n| stalls.record(ms(if n % 3 == 0 { 40 } else { 1 })));
        assert!(!stalls.are_usual(), "a busy machine is slow now and then");
        (0..20).for_each(|_| stalls.record(ms(150)));
        assert!(!stalls.are_usual(), "a slow body has another reason");
    }
}
