//! How late the harness itself was woken while something ran. On a busy machine, an observation of a short time is certain only
//! if that was not long.

use std::pin::pin;
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// How many times longer all times are in each attempt to observe something with certainty.
pub(super) const BUSY_FACTORS: [u32; 6] = [1, 1, 2, 4, 8, 8];

/// The time between two wake-ups.
const TICK: Duration = Duration::from_millis(10);

/// Runs `work`, and returns by how much the harness was woken late at most meanwhile.
pub(super) async fn with_lateness<F: Future>(work: F) -> (F::Output, Duration) {
    let mut work = pin!(work);
    let mut latest = Duration::ZERO;
    loop {
        let due = Instant::now() + TICK;
        let done = tokio::select! {
            biased;
            output = &mut work => Some(output),
            () = sleep_until(due) => None,
        };
        latest = latest.max(Instant::now().saturating_duration_since(due));
        if let Some(output) = done {
            return (output, latest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn work_that_blocks_the_thread_shows_as_lateness() {
        let blocked = async {
            tokio::task::yield_now().await;
            tokio::time::sleep(Duration::from_millis(1)).await;
            // Blocks the thread, so that the wake-ups in between are late.
            let begun = Instant::now();
            while begun.elapsed() < Duration::from_millis(60) {
                std::hint::spin_loop();
            }
        };
        let ((), late) = with_lateness(blocked).await;
        assert!(late >= Duration::from_millis(40), "{late:?}");
    }
}
