//! Interrupts: the first stops the run in order, the second ends the program at once.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use ringtrue::__cli::subject::kill_all;
use tokio::sync::Notify;

use super::exit::Exit;
use super::output;

/// How long a run may take to end after an interrupt. Teardown takes ten seconds at most.
const LAST: Duration = Duration::from_secs(30);

/// Watches for interrupts.
#[derive(Debug, Clone)]
pub(crate) struct Interrupt {
    occurred: Arc<AtomicBool>,
    notify: Arc<Notify>,
}

impl Interrupt {
    /// Starts to watch.
    ///
    /// The watcher has a thread of its own, so that a run that computes for long does not delay the end of the program. It watches before
    /// this function returns.
    pub(crate) fn watch() -> Self {
        let interrupt = Self { occurred: Arc::default(), notify: Arc::default() };
        let watched = interrupt.clone();
        let (ready, is_ready) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let Ok(runtime) = runtime else { return };
            runtime.block_on(async {
                // Listened to all the time: a second signal may follow the first at once.
                let Some(mut signals) = Signals::listen() else { return };
                let _ = ready.send(());
                signals.next().await;
                watched.raise();
                let why = tokio::select! {
                    () = signals.next() => "interrupted twice",
                    () = tokio::time::sleep(LAST) => "interrupted, and what is computed did not end",
                };
                kill_all();
                output::error(&format!("{why}: states may not be torn down"));
                std::process::exit(Exit::Interrupted.code().into());
            });
        });
        // Fails if nothing can be watched: then a signal ends the program at once.
        let _ = is_ready.recv();
        interrupt
    }

    /// An interrupt that does not occur, for programs that an interrupt ends in the normal way.
    pub(crate) fn absent() -> Self {
        Self { occurred: Arc::default(), notify: Arc::default() }
    }

    /// Ends the program if a run with this limit computes on for long after it, so that its timers do not work.
    pub(crate) fn limit(max_time: Option<Duration>) {
        let Some(max_time) = max_time else { return };
        std::thread::spawn(move || {
            std::thread::sleep(max_time + LAST);
            kill_all();
            output::error(
                "the run did not end in the time that --max-time gives: a document is too large for the generator",
            );
            std::process::exit(Exit::Unusable.code().into());
        });
    }

    /// Tells all who wait, and the next one who will.
    pub(crate) fn raise(&self) {
        self.occurred.store(true, Ordering::Release);
        self.notify.notify_waiters();
        self.notify.notify_one();
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

/// The signals that end the program: Ctrl-C, the end of the session, and SIGTERM.
#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
    /// `None` if it is ignored, as under `nohup`.
    hangup: Option<tokio::signal::unix::Signal>,
}

#[cfg(unix)]
impl Signals {
    fn listen() -> Option<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let listen = |kind| signal(kind).ok();
        let kinds = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()];
        let [interrupt, terminate, hangup] =
            kinds.map(|kind| (kind != SignalKind::hangup() || !ignores_hangup()).then(|| listen(kind)).flatten());
        Some(Self { interrupt: interrupt?, terminate: terminate?, hangup })
    }

    async fn next(&mut self) {
        let hangup = async {
            match &mut self.hangup {
                Some(hangup) => drop(hangup.recv().await),
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
            () = hangup => {}
        }
    }
}

/// Whether the program was started so that SIGHUP does not end it, as by `nohup`. Known on Linux only.
#[cfg(unix)]
fn ignores_hangup() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_some_and(|mask| mask & 1 == 1)
}

/// Ctrl-C.
#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn listen() -> Option<Self> {
        Some(Self)
    }

    async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
