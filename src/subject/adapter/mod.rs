//! An adapter: a process that drives a client in any language, and speaks JSON Lines.
//!
//! Whatever breaks the protocol breaks it for good: the first to notice is told what happened, and all others that it is over.

mod message;
mod process;
mod rehearsal;

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::process::ChildStdin;
use tokio::sync::{mpsc, oneshot};

pub use message::{Hello, Implementation};
pub use process::Command;
pub use rehearsal::{Step, rehearse};

use super::patience::within;
use super::session::{Function, Said, SessionError};
use crate::client::Config;
use process::{Lines, Process, Tail, write_line};

/// How long an adapter may take to start and to greet.
const START: Duration = Duration::from_secs(30);
/// How long it may take for what needs no network.
const PROMPT: Duration = Duration::from_secs(10);
/// How long it may take to end after the end of its input.
const END: Duration = Duration::from_secs(2);
/// So much of a stray line is quoted.
const QUOTED: usize = 200;

/// Why an adapter cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AdapterError {
    /// The command cannot be started.
    #[error("start the adapter `{0}`: {1}")]
    Start(String, String),
    /// It does not speak the protocol.
    #[error("talk to the adapter: {0}")]
    Broken(String),
    /// It goes on after the end of its input.
    #[error("end the adapter: it did not exit within {} s after the end of its input, and was killed with its process group", .0.as_secs())]
    Lingers(Duration),
    /// It ended with an error.
    #[error("end the adapter: it ended with {0}")]
    Exit(String),
}

/// An answer: the request's `ok`, or why there is none.
#[derive(Debug, Clone)]
pub(crate) enum Answer {
    Ok(Value),
    Unsupported(String),
    Error(String),
}

/// A running adapter; clones are the same. Its process group ends with the last one.
#[derive(Debug, Clone)]
pub struct Adapter(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    hello: Hello,
    line: Arc<Line>,
}

/// The line to an adapter, which may break.
#[derive(Debug)]
pub(crate) struct Line {
    outbox: mpsc::UnboundedSender<String>,
    state: Mutex<State>,
    next: AtomicU64,
    /// Whether somebody was told that it is broken.
    told: AtomicBool,
    process: tokio::sync::Mutex<Option<Process>>,
}

#[derive(Debug, Default)]
struct State {
    pending: HashMap<u64, oneshot::Sender<Answer>>,
    /// Requests that nobody waits for any more; their answers may still come, once.
    abandoned: HashSet<u64>,
    answered: HashSet<u64>,
    broken: Option<String>,
    ending: bool,
}

impl Adapter {
    /// Starts the command and waits for its greeting.
    ///
    /// # Errors
    /// If it does not start, or does not greet as the protocol says.
    pub async fn start(command: Command) -> Result<Self, AdapterError> {
        let line = Line::open(&command)?;
        let request = json!({ "op": "hello", "protocol": message::PROTOCOL });
        let answer = line.ask(request, START).await.map_err(|error| AdapterError::Broken(error.to_string()))?;
        let hello = match answer {
            Answer::Ok(ok) => Hello::parse(&ok).map_err(|error| format!("its `hello` cannot be read: {error}: {ok}")),
            Answer::Unsupported(why) | Answer::Error(why) => Err(format!("it answered `hello` with: {why}")),
        };
        let hello = hello.map_err(AdapterError::Broken)?;
        Ok(Self(Arc::new(Inner { hello, line })))
    }

    /// What it says of itself.
    #[must_use]
    pub fn hello(&self) -> &Hello {
        &self.0.hello
    }

    pub(super) async fn open(&self, session: &str, config: &Config) -> Result<(), SessionError> {
        let request = json!({ "op": "open", "session": session, "config": message::config(config) });
        self.promptly("open", request).await
    }

    pub(super) async fn call(
        &self,
        session: &str,
        function: Function,
        patience: Duration,
    ) -> Result<Said, SessionError> {
        let request = json!({ "op": "call", "session": session, "fn": function.as_str() });
        let ok = match self.ok(request, patience).await {
            Err(SessionError::Silent(after)) => {
                // The call hangs. If the adapter does too, that is another matter.
                self.probe(after).await?;
                return Err(SessionError::Silent(after));
            }
            other => other?,
        };
        if function == Function::Invalidate {
            return Ok(Said { outcome: Ok(crate::client::Balance::default()), words: ok.to_string() });
        }
        match message::outcome(&ok) {
            Ok(outcome) => Ok(Said { outcome, words: ok.to_string() }),
            Err(why) => {
                Err(self.0.line.broken(format!("its answer to `{}` cannot be read: {why}: {ok}", function.as_str())))
            }
        }
    }

    pub(super) async fn advance(&self, session: &str, by: Duration) -> Result<(), SessionError> {
        let request = json!({ "op": "clock", "session": session, "advance_ms": message::millis(by) });
        self.promptly("clock", request).await
    }

    /// Asks for what needs no network. Whoever does not answer that answers nothing any more.
    async fn promptly(&self, op: &str, request: Value) -> Result<(), SessionError> {
        match self.ok(request, PROMPT).await {
            Err(SessionError::Silent(after)) => {
                Err(self.0.line.broken(format!("it did not answer `{op}` within {} s", after.as_secs())))
            }
            other => other.map(drop),
        }
    }

    /// Ends a session; nobody waits for the answer.
    pub(super) fn close(&self, session: &str) {
        self.0.line.tell(json!({ "op": "close", "session": session }));
    }

    /// Whether it still answers at all.
    async fn probe(&self, after: Duration) -> Result<(), SessionError> {
        let request = json!({ "op": "close", "session": "nobody" });
        match self.0.line.ask(request, PROMPT).await {
            Err(SessionError::Silent(_)) => {
                let reason = format!(
                    "it answers nothing any more, after a call that came to no end within {} ms",
                    after.as_millis()
                );
                Err(self.0.line.broken(reason))
            }
            Err(error) => Err(error),
            Ok(_) => Ok(()),
        }
    }

    async fn ok(&self, request: Value, patience: Duration) -> Result<Value, SessionError> {
        match self.0.line.ask(request, patience).await? {
            Answer::Ok(ok) => Ok(ok),
            Answer::Unsupported(why) => Err(SessionError::Unsupported(why)),
            Answer::Error(why) => Err(SessionError::Adapter(why)),
        }
    }

    pub(super) async fn end(&self) -> Result<(), AdapterError> {
        self.0.line.end().await
    }

    /// Whoever notices next that the line is broken is told as if nobody had been.
    pub(super) fn tell_again(&self) {
        self.0.line.told.store(false, Ordering::Release);
    }
}

impl Line {
    pub(crate) fn open(command: &Command) -> Result<Arc<Self>, AdapterError> {
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
    pub(crate) async fn ask(&self, request: Value, patience: Duration) -> Result<Answer, SessionError> {
        let (sender, receiver) = oneshot::channel();
        let id = self.send(request, Some(sender))?;
        match within(patience, receiver).await {
            Some(Ok(answer)) => Ok(answer),
            Some(Err(_)) => Err(self.gone()),
            None => {
                let mut state = self.state();
                if state.pending.remove(&id).is_some() {
                    state.abandoned.insert(id);
                }
                Err(SessionError::Silent(patience))
            }
        }
    }

    /// Sends a request whose answer nobody waits for.
    fn tell(&self, request: Value) {
        // If the line is broken, those who wait are told.
        let _ = self.send(request, None);
    }

    fn send(&self, mut request: Value, waiting: Option<oneshot::Sender<Answer>>) -> Result<u64, SessionError> {
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
    fn broken(&self, reason: String) -> SessionError {
        self.state().break_off(reason);
        if let Ok(mut process) = self.process.try_lock()
            && let Some(process) = process.as_mut()
        {
            process.kill();
        }
        self.gone()
    }

    fn gone(&self) -> SessionError {
        let reason = self.state().broken.clone().unwrap_or_else(|| "the adapter is gone".to_owned());
        SessionError::Gone { first: !self.told.swap(true, Ordering::AcqRel), reason }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
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
            [Some(ok), None, None] => Answer::Ok(ok),
            [None, Some(why), None] => Answer::Unsupported(text(why)),
            [None, None, Some(why)] => Answer::Error(text(why)),
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

async fn write(mut stdin: ChildStdin, mut inbox: mpsc::UnboundedReceiver<String>, line: std::sync::Weak<Line>) {
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

async fn read(mut lines: Lines, tail: Tail, line: std::sync::Weak<Line>) {
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
