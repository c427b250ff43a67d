//! An adapter: a process that drives a client in any language, and speaks JSON Lines.

mod connection;
mod message;
mod process;
mod self_check;

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::Mutex;

pub use connection::receive_line;
pub(crate) use connection::{AdapterReply, Connection};
pub use message::{Hello, Implementation};
pub use process::AdapterCommand;
pub(super) use process::{StderrTail, drain};
pub use self_check::{SelfCheckStep, self_check};

use super::session::{ClientReply, FleetMember, Function, SessionError};
use crate::client::Config;
use crate::exchange::{Redactor, quote, quote_message};

/// The time limit for the start of an adapter and its answer to `hello`.
const START_TIMEOUT: Duration = Duration::from_secs(30);
/// The time limit for requests that need no network.
const LOCAL_TIMEOUT: Duration = Duration::from_secs(10);

/// The reason why an adapter cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AdapterError {
    /// The command cannot be started.
    #[error("the adapter `{command}` cannot be started: {reason}")]
    Start {
        /// The command.
        command: String,
        /// The error of the operating system.
        reason: String,
    },
    /// The adapter does not speak the protocol.
    #[error("the adapter does not speak the protocol: {0}")]
    Protocol(String),
    /// The process continued after the end of its input, and was killed.
    #[error("the adapter did not exit within {} s after the end of its input, and was killed with its process group", .0.as_secs())]
    StillRunning(Duration),
    /// The process exited with an error.
    #[error("the adapter ended with {0}")]
    Exit(String),
}

/// Sends `hello`, and reads the answer. The error is a violation of the protocol.
async fn greet(connection: &Connection) -> Result<Hello, String> {
    let request = json!({ "op": "hello", "protocol": message::PROTOCOL });
    let reply = tokio::select! {
        reply = connection.request(request, START_TIMEOUT) => reply.map_err(|error| error.to_string())?,
        status = connection.ended_with_open_output() => {
            return Err(format!("it ended with {status} before it answered `hello`, and a process that it started keeps its output open"));
        }
    };
    match reply {
        AdapterReply::Ok(ok) => Hello::parse(&ok)
            .map_err(|error| format!("its `hello` cannot be read: {error}: {}", quote(ok.to_string().as_bytes()))),
        AdapterReply::Unsupported(why) | AdapterReply::Error(why) => {
            Err(format!("it answered `hello` with: {}", quote_message(&why)))
        }
    }
}

/// Whether two processes belong to one fleet. The error is a violation of the protocol.
fn same_fleet(first: &Hello, second: &Hello) -> Result<(), String> {
    let name = |hello: &Hello| hello.fleet.as_deref().map_or_else(|| "none".to_owned(), |name| quote(name.as_bytes()));
    if first.fleet.is_some() && first.fleet == second.fleet {
        return Ok(());
    }
    let (first, second) = (name(first), name(second));
    Err(format!("both processes must name the same `fleet` in `hello`, and they name {first} and {second}"))
}

/// What is wrong with an adapter, for the reader. It was told no secret yet.
fn shown(text: &str) -> String {
    Redactor::default().text(text)
}

/// A running adapter. Clones share one process, whose process group is killed with the last clone.
///
/// A call that is given up may block the process, so that it gets no new sessions. The command is started again for them.
#[derive(Debug, Clone)]
pub struct Adapter(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    command: AdapterCommand,
    hello: Hello,
    first: Mutex<Current>,
    /// The second process of a fleet.
    second: Mutex<Current>,
}

/// The process for new sessions.
#[derive(Debug)]
enum Current {
    Process(AdapterProcess),
    /// The command has not been started yet.
    NotStarted,
    /// The command could not be started.
    Failed(String),
}

/// A process of an adapter. It is killed with the last session that uses it.
#[derive(Debug, Clone)]
pub(super) struct AdapterProcess(Arc<Connection>);

impl Adapter {
    /// Starts the command, and waits for its answer to `hello`.
    ///
    /// # Errors
    /// If it does not start, or does not answer `hello` as the protocol requires.
    pub async fn start(command: AdapterCommand) -> Result<Self, AdapterError> {
        let (process, hello) = AdapterProcess::start(&command).await?;
        let first = Mutex::new(Current::Process(process));
        Ok(Self(Arc::new(Inner { command, hello, first, second: Mutex::new(Current::NotStarted) })))
    }

    /// The adapter's answer to `hello`.
    #[must_use]
    pub fn hello(&self) -> &Hello {
        &self.0.hello
    }

    /// The process for new sessions. A new one is started if there is none, or if a call to the last one was given up.
    pub(super) async fn process(&self, member: FleetMember) -> Result<AdapterProcess, SessionError> {
        let mut current = self.member(member).lock().await;
        let why = match &*current {
            Current::Process(process) if process.is_retired() => "again after a call that did not end",
            Current::Process(process) => return Ok(process.clone()),
            Current::NotStarted => "a second time, for the capability `fleet`",
            Current::Failed(reason) => {
                return Err(SessionError::Disconnected { first: false, reason: reason.clone() });
            }
        };
        let started = AdapterProcess::start(&self.0.command).await.map_err(|error| error.to_string());
        let started = match started {
            Ok((process, hello)) if member == FleetMember::Second => {
                same_fleet(&self.0.hello, &hello).map(|()| process).map_err(|why| shown(&why))
            }
            started => started.map(|(process, _)| process),
        };
        match started {
            Ok(process) => {
                *current = Current::Process(process.clone());
                Ok(process)
            }
            Err(error) => {
                let reason = format!("it was started {why}: {error}");
                *current = Current::Failed(reason.clone());
                Err(SessionError::Disconnected { first: true, reason })
            }
        }
    }

    fn member(&self, member: FleetMember) -> &Mutex<Current> {
        match member {
            FleetMember::First => &self.0.first,
            FleetMember::Second => &self.0.second,
        }
    }

    pub(super) async fn end(&self) -> Result<(), AdapterError> {
        let mut ended = Ok(());
        for member in [FleetMember::First, FleetMember::Second] {
            // What a process does that a call blocks says nothing about how it ends otherwise.
            if let Current::Process(process) = &*self.member(member).lock().await
                && !process.is_retired()
            {
                let end = process.0.end().await;
                ended = ended.and(end);
            }
        }
        ended
    }

    pub(super) fn rearm_exit_report(&self) {
        for member in [FleetMember::First, FleetMember::Second] {
            if let Ok(current) = self.member(member).try_lock()
                && let Current::Process(process) = &*current
            {
                process.0.rearm_exit_report();
            }
        }
    }
}

impl AdapterProcess {
    async fn start(command: &AdapterCommand) -> Result<(Self, Hello), AdapterError> {
        let connection = Connection::open(command)?;
        match greet(&connection).await {
            Ok(hello) => Ok((Self(connection), hello)),
            Err(why) => {
                // First, because the waiting task may end the program as soon as it is told.
                connection.kill().await;
                Err(AdapterError::Protocol(shown(&why)))
            }
        }
    }

    /// Whether a call to it was given up.
    pub(super) fn is_retired(&self) -> bool {
        self.0.is_retired()
    }

    pub(super) async fn open(&self, session: &str, config: &Config) -> Result<(), SessionError> {
        let request = json!({ "op": "open", "session": session, "config": message::config(config) });
        self.local_request("open", request).await
    }

    /// Calls the client, until `give_up` ends; `gave_up` is set then.
    pub(super) async fn call(
        &self,
        session: &str,
        function: Function,
        give_up: impl Future<Output = Duration>,
        gave_up: &AtomicBool,
    ) -> Result<ClientReply, SessionError> {
        let request = json!({ "op": "call", "session": session, "fn": function.as_str() });
        let ok = ok(self.0.request_until(request, give_up, gave_up).await?)?;
        if function == Function::Invalidate {
            return Ok(ClientReply { result: Ok(crate::client::Balance::default()), raw: ok.to_string() });
        }
        match message::parse(&ok) {
            Ok(result) => Ok(ClientReply { result, raw: ok.to_string() }),
            Err(why) => {
                let answer = quote(ok.to_string().as_bytes());
                let reason = format!("its answer to `{}` cannot be read: {why}: {answer}", function.as_str());
                Err(self.0.break_off(reason))
            }
        }
    }

    pub(super) async fn rekey(&self, session: &str, key: &str) -> Result<(), SessionError> {
        let request = json!({ "op": "rekey", "session": session, "key": key });
        self.local_request("rekey", request).await
    }

    pub(super) async fn advance(&self, session: &str, by: Duration) -> Result<(), SessionError> {
        let request = json!({ "op": "clock", "session": session, "advance_ms": message::millis(by) });
        self.local_request("clock", request).await
    }

    /// Ends a session, without waiting for the response.
    pub(super) fn close(&self, session: &str) {
        self.0.notify(json!({ "op": "close", "session": session }));
    }

    /// Sends a request that needs no network. An adapter that does not answer it in time is broken, unless a call that was
    /// given up blocks it.
    async fn local_request(&self, op: &str, request: Value) -> Result<(), SessionError> {
        match self.0.request(request, LOCAL_TIMEOUT).await {
            Err(SessionError::TimedOut(after)) if !self.is_retired() => {
                let reason = format!("it did not answer `{op}` within {} s", after.as_secs());
                Err(self.0.break_off(reason))
            }
            reply => ok(reply?).map(drop),
        }
    }
}

fn ok(reply: AdapterReply) -> Result<Value, SessionError> {
    match reply {
        AdapterReply::Ok(ok) => Ok(ok),
        AdapterReply::Unsupported(why) => Err(SessionError::Unsupported(quote_message(&why))),
        AdapterReply::Error(why) => Err(SessionError::Adapter(quote_message(&why))),
    }
}
