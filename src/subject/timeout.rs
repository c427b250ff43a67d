//! A time-out that stretches when the machine is too busy to wake the task in time.

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use tokio::time::{sleep, timeout};

/// The length of one step of waiting.
const STEP: Duration = Duration::from_millis(20);

/// Runs `work`; `None` if it takes longer than `limit`.
///
/// The time limit is divided into small steps. On a busy machine each step ends late, so the work gets more time in all. A
/// single timer would blame the work for the delay of the machine.
pub(super) async fn lenient_timeout<F: Future>(limit: Duration, work: F) -> Option<F::Output> {
    let mut work = pin!(work);
    let mut left = limit;
    while !left.is_zero() {
        let step = left.min(STEP);
        if let Ok(done) = timeout(step, &mut work).await {
            return Some(done);
        }
        left -= step;
    }
    None
}

/// Waits for one step, and returns its length. A step that ends late still counts as one.
pub(crate) async fn step() -> Duration {
    sleep(STEP).await;
    STEP
}
