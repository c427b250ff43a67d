//! The connection to an adapter: sends requests, and assigns each response to the request with the same `id`.
//!
//! A violation of the protocol breaks the connection for good. The first caller afterwards gets an error with `first` set,
//! so that it is reported once.

use std::collections::{HashMap, HashSet};
use std::future::Future;
use std::process::ExitStatus;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, Weak};
use std::time::Duration;

use serde_json::{Map, Value, json};
use tokio::process::ChildStdin;
use tokio::sync::{mpsc, oneshot};

use super::AdapterError;
use super::process::{AdapterCommand, Lines, Process, StderrTail, write_line};
use crate::exchange::{quote, quote_message};
use crate::subject::process_group::ProcessGroup;
use crate::subject::session::SessionError;
use crate::subject::timeout::lenient_timeout;
use crate::sync::lock;

/// The time that the process has to exit after the end of its input.
const EXIT_TIMEOUT: Duration = Duration::from_secs(2);
/// How often it is looked whether the process has ended.
const EXIT_POLL: Duration = Duration::from_millis(200);

/// A response of the adapter.
#[derive(Debug, Clone)]
pub(crate) enum AdapterReply {
    Ok(Value),
    Unsupported(String),
    Error(String),
}

/// A connection to an adapter process. It may break, and stays broken then.
#[derive(Debug)]
pub(crate) struct Connection {
    outbox: mpsc::UnboundedSender<String>,
    state: Mutex<ConnectionState>,
    last_id: AtomicU64,
    /// Whether a caller has been told that the connection is broken.
    break_reported: AtomicBool,
    /// Whether a call was given up: the process may be blocked by it, and gets no new sessions.
    retired: AtomicBool,
    process: tokio::sync::Mutex<Option<Process>>,
    group: ProcessGroup,
}

#[derive(Debug, Default)]
struct ConnectionState {
    pending: HashMap<u64, oneshot::Sender<AdapterReply>>,
    /// Requests whose response is no longer awaited. It may still arrive, once.
    abandoned: HashSet<u64>,
    answered: HashSet<u64>,
    broken: Option<String>,
    ending: bool,
}

impl Connection {
    /// Starts the process.
    pub(crate) fn open(command: &AdapterCommand) -> Result<Arc<Self>, AdapterError> {
        let started = Process::start(command);
        let (process, stdin, lines, stderr) =
            started.map_err(|error| AdapterError::Start { command: command.to_string(), reason: error.to_string() })?;
        let (outbox, inbox) = mpsc::unbounded_channel();
        let connection = Arc::new(Self {
            outbox,
            state: Mutex::default(),
            last_id: AtomicU64::new(0),
            break_reported: AtomicBool::new(false),
            retired: AtomicBool::new(false),
            group: process.group(),
            process: tokio::sync::Mutex::new(Some(process)),
        });
        tokio::spawn(write(stdin, inbox, Arc::downgrade(&connection)));
        tokio::spawn(read(lines, stderr, Arc::downgrade(&connection)));
        Ok(connection)
    }

    /// Sends a request, and waits for its response.
    pub(crate) async fn request(&self, request: Value, limit: Duration) -> Result<AdapterReply, SessionError> {
        let (id, receiver) = self.send(request)?;
        match lenient_timeout(limit, receiver).await {
            Some(reply) => reply.map_err(|_| self.disconnected()),
            None => {
                self.abandon(id);
                Err(SessionError::TimedOut(limit))
            }
        }
    }

    /// Sends a request, and waits for its response until `give_up` ends. A process whose response is not awaited any
    /// more is retired, and `gave_up` is set.
    pub(super) async fn request_until(
        &self,
        request: Value,
        give_up: impl Future<Output = Duration>,
        gave_up: &AtomicBool,
    ) -> Result<AdapterReply, SessionError> {
        let (id, receiver) = self.send(request)?;
        let awaited = Awaited { connection: self, id, gave_up, ended: false };
        tokio::select! {
            biased;
            reply = receiver => {
                awaited.end();
                reply.map_err(|_| self.disconnected())
            }
            after = give_up => Err(SessionError::TimedOut(after)),
        }
    }

    fn send(&self, request: Value) -> Result<(u64, oneshot::Receiver<AdapterReply>), SessionError> {
        let (sender, receiver) = oneshot::channel();
        Ok((self.enqueue(request, Some(sender))?, receiver))
    }

    /// Stops waiting for a response. It may still arrive, once.
    fn abandon(&self, id: u64) {
        let mut state = self.state();
        if state.pending.remove(&id).is_some() {
            state.abandoned.insert(id);
        }
    }

    /// Whether the process may be blocked by a call that was given up.
    pub(super) fn is_retired(&self) -> bool {
        self.retired.load(Ordering::Acquire)
    }

    /// Sends a request whose response is not awaited.
    pub(super) fn notify(&self, request: Value) {
        // If the connection is broken, the callers that wait for a response report it.
        let _ = self.enqueue(request, None);
    }

    fn enqueue(&self, mut request: Value, waiting: Option<oneshot::Sender<AdapterReply>>) -> Result<u64, SessionError> {
        let id = self.last_id.fetch_add(1, Ordering::Relaxed) + 1;
        let mut message = json!({ "id": id });
        if let (Value::Object(message), Value::Object(request)) = (&mut message, &mut request) {
            message.append(request);
        }
        {
            let mut state = self.state();
            if state.broken.is_some() {
                drop(state);
                return Err(self.disconnected());
            }
            match waiting {
                Some(waiting) => drop(state.pending.insert(id, waiting)),
                None => drop(state.abandoned.insert(id)),
            }
        }
        // If the writer has ended, it has recorded the reason.
        let _ = self.outbox.send(message.to_string());
        Ok(id)
    }

    /// Ends the input, and waits until the process exits by itself.
    pub(crate) async fn end(&self) -> Result<(), AdapterError> {
        let broken = {
            let mut state = self.state();
            state.ending = true;
            state.broken.is_some()
        };
        let Some(mut process) = self.process.lock().await.take() else { return Ok(()) };
        let _ = self.outbox.send(String::new());
        let exit = tokio::time::timeout(EXIT_TIMEOUT, process.wait()).await;
        self.group.kill();
        match exit {
            _ if broken => Ok(()),
            Err(_) => Err(AdapterError::StillRunning(EXIT_TIMEOUT)),
            Ok(Ok(status)) if !status.success() => Err(AdapterError::Exit(status.to_string())),
            Ok(_) => Ok(()),
        }
    }

    /// Breaks the connection for this reason, unless it is broken already, and kills the process.
    pub(super) fn break_off(&self, reason: String) -> SessionError {
        self.group.kill();
        self.state().break_off(reason);
        self.disconnected()
    }

    /// Waits until the process has ended although its output stays open, as it does if another process that it started holds it.
    pub(super) async fn ended_with_open_output(&self) -> ExitStatus {
        loop {
            tokio::time::sleep(EXIT_POLL).await;
            // The lock is not held while waiting: the end of the output is reported under it, with more detail.
            let ended = self.process.lock().await.as_mut().and_then(Process::ended);
            if let Some(status) = ended {
                tokio::time::sleep(EXIT_TIMEOUT).await;
                return status;
            }
        }
    }

    /// Kills the process with all that it started, and waits until it is gone.
    pub(super) async fn kill(&self) {
        self.group.kill();
        let gone = async {
            if let Some(process) = self.process.lock().await.as_mut() {
                // That it cannot be waited for changes nothing.
                let _ = process.wait().await;
            }
        };
        let _ = tokio::time::timeout(EXIT_TIMEOUT, gone).await;
    }

    /// Makes the next caller the first again that is told of the break.
    pub(super) fn rearm_exit_report(&self) {
        self.break_reported.store(false, Ordering::Release);
    }

    fn disconnected(&self) -> SessionError {
        let reason = self.state().broken.clone().unwrap_or_else(|| "the adapter is gone".to_owned());
        SessionError::Disconnected { first: !self.break_reported.swap(true, Ordering::AcqRel), reason }
    }

    fn state(&self) -> MutexGuard<'_, ConnectionState> {
        lock(&self.state)
    }
}

impl ConnectionState {
    fn break_off(&mut self, reason: String) {
        if self.broken.is_none() && !self.ending {
            self.broken = Some(reason);
        }
        // Dropping the senders wakes the callers that wait.
        self.pending.clear();
    }

    /// Reads a line, and passes the reply to the caller that waits for it. The error is a violation of the protocol.
    fn receive(&mut self, line: &[u8]) -> Result<(), String> {
        let violation = |what: &str| format!("{what}: {}", quoted(line));
        let Ok(Value::Object(mut message)) = serde_json::from_slice(line) else {
            return Err(violation(
                "it printed a line that is not a JSON object (standard output is for messages, standard error for the rest)",
            ));
        };
        let Some(id) = message.get("id").and_then(Value::as_u64) else {
            return Err(violation("it printed a message without an `id`"));
        };
        let Some(reply) = take_reply(&mut message) else {
            return Err(violation(
                "it printed a message with none or several of `ok`, `unsupported` and `adapter_error`",
            ));
        };
        if let Some(waiting) = self.pending.remove(&id) {
            self.answered.insert(id);
            // The caller may have stopped waiting. The response was due nevertheless.
            let _ = waiting.send(reply);
            return Ok(());
        }
        if self.abandoned.remove(&id) {
            self.answered.insert(id);
            return Ok(());
        }
        let what = if self.answered.contains(&id) { "it answered twice" } else { "it answered an unknown `id`" };
        Err(violation(what))
    }
}

/// A call whose response is awaited. If the wait ends early, the process is retired.
struct Awaited<'c> {
    connection: &'c Connection,
    id: u64,
    gave_up: &'c AtomicBool,
    ended: bool,
}

impl Awaited<'_> {
    fn end(mut self) {
        self.ended = true;
    }
}

impl Drop for Awaited<'_> {
    fn drop(&mut self) {
        if !self.ended {
            self.connection.abandon(self.id);
            self.connection.retired.store(true, Ordering::Release);
            self.gave_up.store(true, Ordering::Release);
        }
    }
}

/// Reads a line that nothing waits for. The error is the violation of the protocol.
///
/// # Errors
/// Always: no request is open.
pub fn receive_line(line: &[u8]) -> Result<(), String> {
    ConnectionState::default().receive(line)
}

/// The reply in a message; `None` unless it has exactly one of `ok`, `unsupported` and `adapter_error`.
fn take_reply(message: &mut Map<String, Value>) -> Option<AdapterReply> {
    // Some serializers write absent members as null. Only `ok` may be null, where it has no content.
    message.retain(|kind, value| kind == "ok" || !value.is_null());
    if message.contains_key("unsupported") || message.contains_key("adapter_error") {
        message.retain(|kind, value| kind != "ok" || !value.is_null());
    }
    let text = |value: Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match ["ok", "unsupported", "adapter_error"].map(|kind| message.remove(kind)) {
        [Some(ok), None, None] => Some(AdapterReply::Ok(ok)),
        [None, Some(why), None] => Some(AdapterReply::Unsupported(text(why))),
        [None, None, Some(why)] => Some(AdapterReply::Error(text(why))),
        _ => None,
    }
}

fn quoted(line: &[u8]) -> String {
    // Escaped for the reader later; secrets are redacted where they are known.
    quote(line)
}

/// Writes requests to the process, until an empty one asks for the end of its input.
async fn write(mut stdin: ChildStdin, mut inbox: mpsc::UnboundedReceiver<String>, connection: Weak<Connection>) {
    while let Some(message) = inbox.recv().await {
        if message.is_empty() {
            return;
        }
        if let Err(error) = write_line(&mut stdin, message).await {
            // The reader soon sees the end of output, which explains more.
            tokio::time::sleep(Duration::from_millis(50)).await;
            if let Some(connection) = connection.upgrade() {
                connection.state().break_off(format!("it takes no input: {error}"));
            }
            return;
        }
    }
}

/// Reads responses from the process, until its output ends or it violates the protocol.
async fn read(mut lines: Lines, stderr: StderrTail, connection: Weak<Connection>) {
    loop {
        let next = lines.next().await;
        let Some(connection) = connection.upgrade() else { return };
        if let Ok(Some(line)) = next {
            let received = connection.state().receive(&line);
            if let Err(violation) = received {
                // First, because the waiting task may end the program as soon as it is told.
                connection.kill().await;
                connection.state().break_off(violation);
                return;
            }
        } else {
            let reason = exit_reason(&connection, &stderr).await;
            connection.group.kill();
            connection.state().break_off(reason);
            return;
        }
    }
}

/// Describes how the process ended, with the end of its standard error.
async fn exit_reason(connection: &Connection, stderr: &StderrTail) -> String {
    let status = match connection.process.lock().await.as_mut() {
        Some(process) => tokio::time::timeout(EXIT_TIMEOUT, process.wait()).await.ok().and_then(Result::ok),
        None => None,
    };
    // The last bytes of standard error may still be in the pipe.
    tokio::time::sleep(Duration::from_millis(20)).await;
    let end = status.map_or("it closed its output".to_owned(), |status| format!("it ended with {status}"));
    let text = stderr.text();
    let text = if text.is_empty() {
        String::new()
    } else {
        format!("; its standard error ends with: {}", quote_message(&text))
    };
    format!("{end} before the end of its input{text}")
}
