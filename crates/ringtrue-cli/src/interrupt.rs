//! Ctrl-C: the first asks the run to end in order, the second ends the program.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Notify;

use super::exit::Exit;
use super::output;

/// Watches for an interrupt from now on.
#[derive(Debug, Clone)]
pub(crate) struct Interrupt {
    came: Arc<AtomicBool>,
    notify: Arc<Notify>,
}

impl Interrupt {
    /// Begins to watch.
    pub(crate) fn watch() -> Self {
        let interrupt = Self { came: Arc::default(), notify: Arc::default() };
        let watched = interrupt.clone();
        tokio::spawn(async move {
            signal().await;
            watched.came.store(true, Ordering::Release);
            watched.notify.notify_waiters();
            watched.notify.notify_one();
            signal().await;
            output::complain("interrupted twice: states may be left set up");
            std::process::exit(Exit::Interrupted as i32);
        });
        interrupt
    }

    /// Whether it came.
    pub(crate) fn came(&self) -> bool {
        self.came.load(Ordering::Acquire)
    }

    /// Ready when it comes.
    pub(crate) fn wait(&self) -> impl Future<Output = ()> + use<> {
        let notify = self.notify.clone();
        async move { notify.notified().await }
    }
}

/// An interrupt, or the polite request to end that service managers send.
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
        // Without a handler an interrupt ends the program at once; there is nothing to wait for.
        std::future::pending::<()>().await;
    }
}
