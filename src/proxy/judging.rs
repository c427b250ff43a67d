//! The thread that judges copies of what passes. It has the lowest priority, and nothing waits for it.

use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::oneshot;

use crate::exchange::{Failure, Request};
use crate::passive::{Ended, Exchanged, Started, TrafficJudge};
use crate::run::{CheckResult, Report};
use crate::sync::lock;

/// How many exchanges may wait to be judged.
const MAX_WAITING: usize = 4096;
/// How many bytes of bodies may wait.
const MAX_WAITING_BYTES: usize = 32 * 1024 * 1024;

/// What the judge is told.
enum Message {
    Started(Exchanged, Request),
    Ended(Box<Ended>),
    Report(oneshot::Sender<Report>),
}

/// The way to the judge.
#[derive(Debug, Clone)]
pub(super) struct Judging {
    sender: SyncSender<Message>,
    shared: Arc<Shared>,
}

/// What both sides know.
#[derive(Debug, Default)]
struct Shared {
    waiting_bytes: AtomicUsize,
    /// Exchanges that were not judged since the last that was.
    missing: AtomicU64,
    /// Whether the judge was not told that a request was sent.
    has_gap: AtomicBool,
    /// Whether the time for judging is over, so that what waits is counted only.
    is_over: AtomicBool,
    exchanges: AtomicU64,
    findings: AtomicUsize,
    /// Requests for other paths of the server.
    elsewhere: AtomicU64,
    /// Requests that the client gave up.
    aborted: AtomicU64,
    /// Responses with a fault put into them.
    injected: AtomicU64,
    /// The last error of the connection to the server.
    last_error: Mutex<Option<String>>,
}

/// Called with each new finding.
pub(super) type OnFinding = Box<dyn Fn(&CheckResult) + Send>;

impl Judging {
    /// Starts the thread.
    pub(super) fn start(judge: TrafficJudge, target: String, on_finding: OnFinding) -> Self {
        let (sender, receiver) = sync_channel(MAX_WAITING);
        let shared = Arc::<Shared>::default();
        let judging = Self { sender, shared: shared.clone() };
        // It ends with the last sender.
        std::thread::spawn(move || {
            yield_to_forwarding();
            run(judge, &receiver, &shared, &target, &on_finding);
        });
        judging
    }

    pub(super) fn started(&self, exchanged: &Exchanged, request: &Request) {
        self.send(Message::Started(exchanged.clone(), request.clone()), 0);
    }

    pub(super) fn ended(&self, ended: Ended) {
        let bytes = size_of_bodies(&ended);
        self.shared.exchanges.fetch_add(1, Ordering::Relaxed);
        self.send(Message::Ended(Box::new(ended)), bytes);
    }

    pub(super) fn count_elsewhere(&self) {
        self.shared.elsewhere.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn count_aborted(&self) {
        self.shared.aborted.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn count_injected(&self) {
        self.shared.injected.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn upstream_failed(&self, error: &std::io::Error) {
        *lock(&self.shared.last_error) = Some(error.to_string());
    }

    /// How many exchanges there were, and how many checks have found something.
    pub(super) fn counts(&self) -> (u64, usize) {
        (self.shared.exchanges.load(Ordering::Relaxed), self.shared.findings.load(Ordering::Relaxed))
    }

    /// The report on everything so far. `None` if the judge has ended.
    pub(super) async fn report(&self) -> Option<Report> {
        let (sender, receiver) = oneshot::channel();
        let mut message = Message::Report(sender);
        // The judge may have much to do.
        loop {
            match self.sender.try_send(message) {
                Ok(()) => return receiver.await.ok(),
                Err(std::sync::mpsc::TrySendError::Full(back)) => message = back,
                Err(std::sync::mpsc::TrySendError::Disconnected(_)) => return None,
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// The report on everything that is judged within this time. What is left then is counted in it. `None` if the judge has ended.
    pub(super) async fn last_report(&self, limit: Duration) -> Option<Report> {
        let mut report = pin!(self.report());
        tokio::select! {
            report = &mut report => return report,
            () = tokio::time::sleep(limit) => self.shared.is_over.store(true, Ordering::Relaxed),
        }
        report.await
    }

    fn send(&self, message: Message, bytes: usize) {
        let waiting = self.shared.waiting_bytes.fetch_add(bytes, Ordering::Relaxed);
        let ends = matches!(message, Message::Ended(_));
        if waiting + bytes > MAX_WAITING_BYTES || self.sender.try_send(message).is_err() {
            self.shared.waiting_bytes.fetch_sub(bytes, Ordering::Relaxed);
            self.shared.missing.fetch_add(ends.into(), Ordering::Relaxed);
            self.shared.has_gap.store(true, Ordering::Relaxed);
        }
    }
}

fn run(mut judge: TrafficJudge, receiver: &Receiver<Message>, shared: &Shared, target: &str, on_finding: &OnFinding) {
    while let Ok(message) = receiver.recv() {
        if shared.has_gap.swap(false, Ordering::Relaxed) {
            judge.gap(shared.missing.swap(0, Ordering::Relaxed));
        }
        match message {
            Message::Started(..) if shared.is_over.load(Ordering::Relaxed) => {}
            Message::Ended(_) if shared.is_over.load(Ordering::Relaxed) => judge.gap(1),
            Message::Started(exchanged, request) => {
                judge.started(&Started { exchanged: &exchanged, request: &request });
            }
            Message::Ended(ended) => {
                shared.waiting_bytes.fetch_sub(size_of_bodies(&ended), Ordering::Relaxed);
                let new = judge.ended(decoded(*ended));
                shared.findings.store(judge.findings(), Ordering::Relaxed);
                new.iter().for_each(on_finding);
            }
            Message::Report(sender) => {
                // Who asked may be gone.
                let _ = sender.send(judge.report(target, notes(shared)));
            }
        }
    }
}

/// Decodes the content of a response.
fn decoded(mut ended: Ended) -> Ended {
    if let Ok(response) = &mut ended.result {
        match response.decode_content() {
            Ok(()) => {}
            Err(Failure::UnsupportedCoding(_)) => ended.known.response_body = false,
            Err(_) if !ended.known.response_body => {}
            Err(failure) => ended.result = Err(failure),
        }
    }
    ended
}

fn size_of_bodies(ended: &Ended) -> usize {
    let request = ended.request.body.as_ref().map_or(0, bytes::Bytes::len);
    request + ended.result.as_ref().map_or(0, |response| response.body.len())
}

fn notes(shared: &Shared) -> Vec<String> {
    let mut notes = Vec::new();
    let count = |counter: &AtomicU64| Some(counter.load(Ordering::Relaxed)).filter(|count| *count > 0);
    if let Some(count) = count(&shared.elsewhere) {
        notes.push(format!("requests forwarded to other paths of the server, and not judged: {count}"));
    }
    if let Some(count) = count(&shared.aborted) {
        notes.push(format!("requests that the client gave up: {count}"));
    }
    if let Some(count) = count(&shared.injected) {
        notes.push(format!("responses with an injected fault: {count}"));
    }
    if let Some(error) = lock(&shared.last_error).as_ref() {
        notes.push(format!("the server could not be reached, the last time because: {error}"));
    }
    notes
}

/// Gives the thread the lowest priority, so that judging takes only time that is left. On Linux the priority is that of the thread; on
/// other systems it would be that of the process.
fn yield_to_forwarding() {
    #[cfg(target_os = "linux")]
    let _ = rustix::process::nice(19);
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;
    use crate::checks::Known;
    use crate::contract::{Contract, Operation, Role, bundled};
    use crate::exchange::Response;
    use crate::passive::{Connection, TrafficOptions};

    /// A balance that is not JSON.
    fn exchange(n: u64, operation: &Operation) -> (Exchanged, Ended) {
        let connection = Connection { peer: "client".into(), number: Some(1), page: None };
        let exchanged = Exchanged { n, base: "http://localhost".into(), connection, at_ms: Some(n) };
        let request = operation.example_request();
        let headers = vec![("content-type".to_owned(), b"application/json".to_vec())];
        let ended = Ended {
            exchanged: exchanged.clone(),
            request,
            result: Ok(Response { status: 200, headers, body: "{".into() }),
            altered: None,
            elapsed: Duration::from_millis(1),
            known: Known { request_body: true, response_body: true, from_server: true },
        };
        (exchanged, ended)
    }

    #[tokio::test]
    async fn exchanges_that_wait_when_the_time_is_over_are_counted_and_not_judged() {
        let contract = Arc::new(Contract::load(&bundled()[0]).unwrap());
        let options = TrafficOptions::default();
        let judge = TrafficJudge::new(contract.clone(), &options).unwrap();
        // The judge is busy with its first finding until the test has given it more to do.
        let (release, wait) = channel::<()>();
        let (begin, has_begun) = channel();
        let on_finding = move |_: &CheckResult| {
            let _ = begin.send(());
            let _ = wait.recv();
        };
        let judging = Judging::start(judge, "x".to_owned(), Box::new(on_finding));
        for n in 1..=3 {
            let (exchanged, ended) = exchange(n, contract.operation(Role::Balance).unwrap());
            judging.started(&exchanged, &ended.request);
            judging.ended(ended);
        }
        has_begun.recv().unwrap();
        let over = async {
            while !judging.shared.is_over.load(Ordering::Relaxed) {
                tokio::task::yield_now().await;
            }
            drop(release);
        };
        let (report, ()) = tokio::join!(judging.last_report(Duration::ZERO), over);
        let report = report.unwrap();
        assert!(report.notes.iter().any(|note| note.starts_with("2 more exchanges were not judged")), "{report:?}");
        assert!(judging.counts().1 > 0, "what was found before counts");
        assert!(report.counts.fail > 0);
    }
}
