//! Loading documents: bounded in time, and stopped by an interrupt.

use std::sync::Arc;
use std::time::Duration;

use ringtrue::__cli::contract::Contract;

use super::error::CliError;
use super::interrupt::Interrupt;

/// How long documents may take to load, if a run has no limit of its own.
const LIMIT: Duration = Duration::from_mins(2);
/// How long documents may take to load in any case. `--max-time` limits the run, which begins afterwards.
const LEAST: Duration = Duration::from_secs(10);

/// Loads the contract of a run.
///
/// # Errors
/// If the contract is unusable, or takes too long to load, or the interrupt occurs.
pub(crate) async fn contract(
    name: &str,
    interrupt: &Interrupt,
    max_time: Option<Duration>,
) -> Result<Arc<Contract>, CliError> {
    let limit = max_time.map_or(LIMIT, |limit| limit.max(LEAST));
    let load = {
        let name = name.to_owned();
        move || Contract::load(&name)
    };
    Ok(Arc::new(within(name, limit, interrupt, load).await??))
}

/// Reads documents on a thread of its own, for commands that an interrupt ends in the normal way.
///
/// # Errors
/// If it takes too long.
pub(crate) async fn document<T: Send + 'static>(
    name: &str,
    read: impl FnOnce() -> T + Send + 'static,
) -> Result<T, CliError> {
    within(name, LIMIT, &Interrupt::absent(), read).await
}

/// What does not end in time is left behind: the program ends soon.
async fn within<T: Send + 'static>(
    name: &str,
    limit: Duration,
    interrupt: &Interrupt,
    read: impl FnOnce() -> T + Send + 'static,
) -> Result<T, CliError> {
    let reading = tokio::task::spawn_blocking(read);
    tokio::select! {
        read = reading => Ok(read.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))),
        () = interrupt.wait() => Err(CliError::Interrupted),
        () = tokio::time::sleep(limit) => Err(CliError::LoadTime { name: name.to_owned(), limit }),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;
    use std::time::Duration;

    use super::within;
    use crate::error::CliError;
    use crate::interrupt::Interrupt;

    #[tokio::test]
    async fn document_that_never_ends_ends_with_an_error() {
        let (release, wait) = channel::<()>();
        let read = move || wait.recv().is_ok();
        let ended = within("big.json", Duration::ZERO, &Interrupt::absent(), read).await;
        let Err(error @ CliError::LoadTime { .. }) = ended else { panic!("it was read: {ended:?}") };
        assert!(error.to_string().contains("big.json"), "{error}");
        drop(release);
    }

    #[tokio::test]
    async fn interrupt_ends_loading() {
        let (release, wait) = channel::<()>();
        let interrupt = Interrupt::absent();
        interrupt.raise();
        let read = move || wait.recv().is_ok();
        let ended = within("big.json", Duration::MAX, &interrupt, read).await;
        assert!(matches!(ended, Err(CliError::Interrupted)), "{ended:?}");
        drop(release);
    }
}
