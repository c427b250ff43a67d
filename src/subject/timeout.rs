//! Waiting for what may never come, without blaming it for a busy machine.

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use tokio::time::timeout;

/// One step of waiting.
const STEP: Duration = Duration::from_millis(20);

/// What comes of some work, or `None` if that takes longer than `patience`.
///
/// It is waited for in small steps. Where the machine is too busy to wake this task on time, each step takes longer, and so
/// the work, which is woken no sooner, gets more time in all.
pub(super) async fn lenient_timeout<F: Future>(patience: Duration, work: F) -> Option<F::Output> {
    let mut work = pin!(work);
    let mut left = patience;
    while !left.is_zero() {
        let step = left.min(STEP);
        if let Ok(done) = timeout(step, &mut work).await {
            return Some(done);
        }
        left -= step;
    }
    None
}
