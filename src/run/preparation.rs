//! The part of a run before its first check: the subject is started, or awaited.

use std::future::{Future, pending};
use std::pin::Pin;
use std::time::Duration;

use tokio::time::sleep;

use super::error::RunError;

/// Prepares a subject, until the interrupt occurs or the time of the run is over.
///
/// # Errors
/// The error of `work`; or that the subject was not ready in time.
pub(super) async fn prepare<T>(
    work: impl Future<Output = Result<T, RunError>>,
    max_time: Option<Duration>,
    interrupt: Pin<&mut impl Future<Output = ()>>,
) -> Result<T, RunError> {
    let limit = async {
        match max_time {
            Some(limit) => {
                sleep(limit).await;
                limit
            }
            None => pending().await,
        }
    };
    tokio::select! {
        biased;
        done = work => done,
        () = interrupt => Err(RunError::Interrupted),
        limit = limit => Err(RunError::NotReady(limit)),
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};
    use std::pin::pin;
    use std::time::Duration;

    use super::super::error::RunError;
    use super::prepare;

    #[tokio::test]
    async fn subject_that_is_never_ready_is_given_up() {
        let never = pending::<Result<(), RunError>>;
        let ended = prepare(never(), None, pin!(ready(()))).await;
        assert!(matches!(ended, Err(RunError::Interrupted)), "{ended:?}");
        let ended = prepare(never(), Some(Duration::ZERO), pin!(pending())).await;
        assert!(matches!(ended, Err(RunError::NotReady(_))), "{ended:?}");
        let ready_in_time = prepare(ready(Ok(())), Some(Duration::ZERO), pin!(ready(()))).await;
        assert!(ready_in_time.is_ok(), "{ready_in_time:?}");
    }
}
