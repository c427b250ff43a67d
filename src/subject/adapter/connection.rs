//! The line to an adapter: requests go out, answers come back to whoever waits for them.
//!
//! Whatever breaks the protocol breaks it for good: the first to notice is told what happened, and all others that it is over.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::process::ChildStdin;
use tokio::sync::{mpsc, oneshot};

use super::AdapterError;
use super::process::{AdapterCommand, Lines, Process, Tail, write_line};
use crate::subject::session::SessionError;
use crate::subject::timeout::lenient_timeout;
use crate::sync::lock;

/// How long it may take to end after the end of its input.
const END: Duration = Duration::from_secs(2);
/// So much of a stray line is quoted.
const QUOTED: usize = 200;

/// An answer: the request's `ok`, or why there is none.
#[derive(Debug, Clone)]
pub(crate) enum AdapterReply {
    Ok(Value),
    Unsupported(String),
    Error(String),
}

/// The line to an adapter, which may break.
#[derive(Debug)]
pub(crate) struct Connection {
    outbox: mpsc::UnboundedSender<String>,
    state: Mutex<State>,
    next: AtomicU64,
    /// Whether somebody was told that it is broken.
    told: AtomicBool,
    process: tokio::sync::Mutex<Option<Process>>,
}

#[derive(Debug, Default)]
struct State {
    pending: HashMap<u64, oneshot::Sender<AdapterReply>>,
    /// Requests that nobody waits for any more; their answers may still come, once.
    abandoned: HashSet<u64>,
    answered: HashSet<u64>,
    broken: Option<String>,
    ending: bool,
}

impl Connection {
    pub(crate) fn open(command: &AdapterCommand) -> Result<Arc<Self>, AdapterError> {
        let started = Process::start(command);
        let (process, stdin, lines, tail) =
            started.map_err(|error| AdapterError::Start(command.to_string(), error.to_string()))?;
        let (outbox, inbox) = mpsc::unbounded_channel();
        let line = Arc::new(Self {
            outbox,
            state: Mutex::default(),
            next: AtomicU64::new(0),
            told: AtomicBool::new(false),
            process: tokio::sync::Mutex::new(Some(process)),
        });
        tokio::spawn(write(stdin, inbox, Arc::downgrade(&line)));
        tokio::spawn(read(lines, tail, Arc::downgrade(&line)));
        Ok(line)
    }

    /// Asks, and waits for the answer.
    pub(crate) async fn ask(&self, request: Value, patience: Duration) -> Result<AdapterReply, SessionError> {
        let (sender, receiver) = oneshot::channel();
        let id = self.send(request, Some(sender))?;
        match lenient_timeout(patience, receiver).await {
            Some(Ok(answer)) => Ok(answer),
            Some(Err(_)) => Err(self.gone()),
            None => {
                let mut state = self.state();
                if state.pending.remove(&id).is_some() {
                    state.abandoned.insert(id);
                }
                Err(SessionError::TimedOut(patience))
            }
        }
    }

    /// Sends a request whose answer nobody waits for.
    pub(super) fn tell(&self, request: Value) {
        // If the line is broken, those who wait are told.
        let _ = self.send(request, None);
    }

    fn send(&self, mut request: Value, waiting: Option<oneshot::Sender<AdapterReply>>) -> Result<u64, SessionError> {
        let id = self.next.fetch_add(1, Ordering::Relaxed) + 1;
        let mut message = json!({ "id": id });
        if let (Value::Object(message), Value::Object(request)) = (&mut message, &mut request) {
            message.append(request);
        }
        {
            let mut state = self.state();
            if state.broken.is_some() {
                drop(state);
                return Err(self.gone());
            }
            match waiting {
                Some(waiting) => drop(state.pending.insert(id, waiting)),
                None => drop(state.abandoned.insert(id)),
            }
        }
        // A writer that is gone has left a reason behind.
        let _ = self.outbox.send(message.to_string());
        Ok(id)
    }

    /// Ends the input, and waits for the process to end by itself.
    pub(crate) async fn end(&self) -> Result<(), AdapterError> {
        let broken = {
            let mut state = self.state();
            state.ending = true;
            state.broken.is_some()
        };
        let Some(mut process) = self.process.lock().await.take() else { return Ok(()) };
        let _ = self.outbox.send(String::new());
        let ended = tokio::time::timeout(END, process.wait()).await;
        process.kill();
        match ended {
            _ if broken => Ok(()),
            Err(_) => Err(AdapterError::Lingers(END)),
            Ok(Ok(status)) if !status.success() => Err(AdapterError::Exit(status.to_string())),
            Ok(_) => Ok(()),
        }
    }

    /// Breaks the line for the given reason, unless it is broken already.
    pub(super) fn broken(&self, reason: String) -> SessionError {
        self.state().break_off(reason);
        if let Ok(mut process) = self.process.try_lock()
            && let Some(process) = process.as_mut()
        {
            process.kill();
        }
        self.gone()
    }

    /// Whoever notices next that it is broken is told as if nobody had been.
    pub(super) fn rearm_exit_report(&self) {
        self.told.store(false, Ordering::Release);
    }

    fn gone(&self) -> SessionError {
        let reason = self.state().broken.clone().unwrap_or_else(|| "the adapter is gone".to_owned());
        SessionError::Disconnected { first: !self.told.swap(true, Ordering::AcqRel), reason }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

impl State {
    fn break_off(&mut self, reason: String) {
        if self.broken.is_none() && !self.ending {
            self.broken = Some(reason);
        }
        // Whoever waits is woken by the sender's end.
        self.pending.clear();
    }

    /// Hands an answer to whoever waits for it.
    fn hear(&mut self, line: &[u8]) -> Result<(), String> {
        let stray = |what: &str| format!("{what}: {}", quoted(line));
        let Ok(Value::Object(mut message)) = serde_json::from_slice(line) else {
            return Err(stray(
                "it printed a line that is not a JSON object (standard output is for messages, standard error for the rest)",
            ));
        };
        let Some(id) = message.get("id").and_then(Value::as_u64) else {
            return Err(stray("it printed a message without an `id`"));
        };
        let text = |value: Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        // A serializer that writes out what is absent says nothing by it; `ok` may be null where nothing is to be told.
        message.retain(|kind, value| kind == "ok" || !value.is_null());
        if message.contains_key("unsupported") || message.contains_key("adapter_error") {
            message.retain(|kind, value| kind != "ok" || !value.is_null());
        }
        let kinds = ["ok", "unsupported", "adapter_error"].map(|kind| message.remove(kind));
        let answer = match kinds {
            [Some(ok), None, None] => AdapterReply::Ok(ok),
            [None, Some(why), None] => AdapterReply::Unsupported(text(why)),
            [None, None, Some(why)] => AdapterReply::Error(text(why)),
            _ => {
                return Err(stray(
                    "it printed a message with none or several of `ok`, `unsupported` and `adapter_error`",
                ));
            }
        };
        if let Some(waiting) = self.pending.remove(&id) {
            self.answered.insert(id);
            // Whoever asked may have gone; the answer was due nevertheless.
            let _ = waiting.send(answer);
            return Ok(());
        }
        if self.abandoned.remove(&id) {
            self.answered.insert(id);
            return Ok(());
        }
        let what = if self.answered.contains(&id) { "it answered twice" } else { "it answered what nobody asked" };
        Err(stray(what))
    }
}

fn quoted(line: &[u8]) -> String {
    let text = String::from_utf8_lossy(line.get(..QUOTED.min(line.len())).unwrap_or_default()).into_owned();
    let more = line.len().saturating_sub(QUOTED);
    if more == 0 { format!("{text:?}") } else { format!("{text:?} and {more} more bytes") }
}

async fn write(mut stdin: ChildStdin, mut inbox: mpsc::UnboundedReceiver<String>, line: std::sync::Weak<Connection>) {
    while let Some(message) = inbox.recv().await {
        if message.is_empty() {
            return;
        }
        if let Err(error) = write_line(&mut stdin, message).await {
            // The reader sees the end of output, which says more, a moment later.
            tokio::time::sleep(Duration::from_millis(50)).await;
            if let Some(line) = line.upgrade() {
                line.state().break_off(format!("it takes no input: {error}"));
            }
            return;
        }
    }
}

async fn read(mut lines: Lines, tail: Tail, line: std::sync::Weak<Connection>) {
    loop {
        let next = lines.next().await;
        let Some(line) = line.upgrade() else { return };
        match next {
            Ok(Some(bytes)) => {
                let heard = line.state().hear(&bytes);
                if let Err(reason) = heard {
                    line.state().break_off(reason);
                    if let Some(process) = line.process.lock().await.as_mut() {
                        process.kill();
                    }
                    return;
                }
            }
            Ok(None) | Err(_) => {
                let status = match line.process.lock().await.as_mut() {
                    Some(process) => tokio::time::timeout(END, process.wait()).await.ok().and_then(Result::ok),
                    None => None,
                };
                // What it wrote last may still be on its way.
                tokio::time::sleep(Duration::from_millis(20)).await;
                let ended =
                    status.map_or("it closed its output".to_owned(), |status| format!("it ended with {status}"));
                let said = tail.text();
                let said = if said.is_empty() { String::new() } else { format!("; its last words: {said}") };
                line.state().break_off(format!("{ended} before it was told to{said}"));
                return;
            }
        }
    }
}
