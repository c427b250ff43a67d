//! Ctrl-C: the first stops the run in order, the second ends the program.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Notify;

use super::exit::Exit;
use super::output;

/// Watches for interrupts.
#[derive(Debug, Clone)]
pub(crate) struct Interrupt {
    occurred: Arc<AtomicBool>,
    notify: Arc<Notify>,
}

impl Interrupt {
    /// Starts to watch.
    pub(crate) fn watch() -> Self {
        let interrupt = Self { occurred: Arc::default(), notify: Arc::default() };
        let watched = interrupt.clone();
        tokio::spawn(async move {
            signal().await;
            watched.occurred.store(true, Ordering::Release);
            watched.notify.notify_waiters();
            watched.notify.notify_one();
            signal().await;
            output::error("interrupted twice: states may not be torn down");
            std::process::exit(Exit::Interrupted.code().into());
        });
        interrupt
    }

    /// Returns whether an interrupt occurred.
    pub(crate) fn occurred(&self) -> bool {
        self.occurred.load(Ordering::Acquire)
    }

    /// Waits for an interrupt.
    pub(crate) fn wait(&self) -> impl Future<Output = ()> + use<> {
        let notify = self.notify.clone();
        async move { notify.notified().await }
    }
}

/// Waits for SIGINT or SIGTERM.
async fn signal() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    if tokio::signal::ctrl_c().await.is_err() {
        // Without a handler an interrupt ends the program at once, so there is nothing to wait for.
        std::future::pending::<()>().await;
    }
}
