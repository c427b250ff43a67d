//! How long a call may go on before it is stopped.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::checks::client_session::ClientSession;
use crate::mock::RecordingServer;
use crate::subject::step;

/// How long a call is awaited that has a longer time-out: a response of the recording server takes no time.
const USUAL_TIMEOUT: Duration = Duration::from_secs(5);
/// The time that a call may take in addition to the client's own deadline.
const SLACK: Duration = Duration::from_secs(10);
/// More requests than any client makes for one call.
const MANY: usize = 10;

/// The attempts that a client makes as a rule: one, and two more.
const ATTEMPTS: u32 = 3;
/// The waits between them, in all, of the SDKs that wait longest.
const PAUSES: Duration = Duration::from_secs(4);
/// The longest wait before the second attempt.
const FIRST_PAUSE: Duration = Duration::from_millis(2500);
/// The longest wait before any further attempt.
const LATER_PAUSE: Duration = Duration::from_millis(8500);
/// The longest time after which an end is awaited.
const VERY_LONG: Duration = Duration::from_secs(20);
/// For a busy machine.
const MARGIN: Duration = Duration::from_millis(500);

/// How long a call may go on.
///
/// Time is counted in steps, of which each may end late, so that the delays of a busy machine are not held against the client.
#[derive(Debug, Clone, Copy)]
pub(in crate::checks) struct Patience {
    /// How long it may take in all.
    total: Duration,
    /// How long nothing may happen after the start and after each request; the last one holds for all that follow.
    quiet: [Duration; 2],
    /// How many requests it may make.
    requests: usize,
}

impl Patience {
    /// For a call that gets its answers at once, and goes on for this long at most.
    pub(in crate::checks) fn usual(session: &ClientSession, longest: Duration) -> Self {
        Self::until((session.timeout.min(USUAL_TIMEOUT) + SLACK).min(longest))
    }

    /// For a call of which the end is not awaited for longer than this.
    pub(in crate::checks) fn until(total: Duration) -> Self {
        Self { total, quiet: [total; 2], requests: MANY }
    }

    /// For a client that waits for so long for an answer, and tries again.
    pub(in crate::checks) fn for_attempts(deadline: Duration) -> Self {
        let quiet = [FIRST_PAUSE, LATER_PAUSE].map(|pause| deadline + pause + MARGIN);
        Self { total: VERY_LONG + deadline, quiet, requests: MANY }
    }

    /// The time that three attempts take with the usual waits between them.
    pub(in crate::checks) fn room(deadline: Duration) -> Duration {
        deadline * ATTEMPTS + PAUSES + MARGIN
    }

    /// This, with another number of requests.
    pub(in crate::checks) fn with_requests(self, requests: usize) -> Self {
        Self { requests, ..self }
    }

    /// Waits until a call has gone on for too long, and returns for how long it has. `waited` tells that in milliseconds
    /// at any time.
    pub(super) async fn run_out(
        self,
        recorder: &RecordingServer,
        before: usize,
        session: &ClientSession,
        waited: &AtomicU64,
    ) -> Duration {
        let (mut seen, mut requests, mut quiet, mut total) = (before, 0, Duration::ZERO, Duration::ZERO);
        loop {
            let step = step().await;
            total += step;
            quiet += step;
            waited.store(u64::try_from(total.as_millis()).unwrap_or(u64::MAX), Ordering::Relaxed);
            let count = recorder.count();
            if count > seen {
                let new = recorder.received_since(seen);
                seen += new.len();
                let own = new.iter().filter(|request| request.is_at(&session.endpoint)).count();
                if own > 0 {
                    (requests, quiet) = (requests + own, Duration::ZERO);
                }
            }
            let longest = self.quiet[usize::from(requests > 1)];
            if requests > self.requests || quiet >= longest || total >= self.total {
                return total;
            }
        }
    }
}
