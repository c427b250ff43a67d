//! An adapter: a process that drives a client in any language, and speaks JSON Lines.

mod connection;
mod message;
mod process;
mod restarting;
mod self_check;

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

pub use connection::receive_line;
pub(crate) use connection::{AdapterReply, Connection};
pub use message::{Hello, Implementation};
pub use process::AdapterCommand;
pub(super) use process::{StderrTail, drain};
pub(super) use restarting::RestartingAdapter;
pub use self_check::{SelfCheckStep, self_check};

use super::session::{ClientReply, Function, SessionError};
use crate::client::Config;
use crate::exchange::{Redactor, quote, quote_message};

/// The time limit for the start of an adapter and its answer to `hello`.
const START_TIMEOUT: Duration = Duration::from_secs(30);
/// The time limit for a request that shows whether an adapter still answers.
const PROBE_TIMEOUT: Duration = Duration::from_secs(3);
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
    match connection.request(request, START_TIMEOUT).await.map_err(|error| error.to_string())? {
        AdapterReply::Ok(ok) => Hello::parse(&ok)
            .map_err(|error| format!("its `hello` cannot be read: {error}: {}", quote(ok.to_string().as_bytes()))),
        AdapterReply::Unsupported(why) | AdapterReply::Error(why) => {
            Err(format!("it answered `hello` with: {}", quote_message(&why)))
        }
    }
}

/// What is wrong with an adapter, for the reader. It was told no secret yet.
fn shown(text: &str) -> String {
    Redactor::default().text(text)
}

/// A running adapter. Clones share one process, whose process group is killed with the last clone.
#[derive(Debug, Clone)]
pub struct Adapter(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    hello: Hello,
    connection: Arc<Connection>,
}

impl Adapter {
    /// Starts the command, and waits for its answer to `hello`.
    ///
    /// # Errors
    /// If it does not start, or does not answer `hello` as the protocol requires.
    pub async fn start(command: AdapterCommand) -> Result<Self, AdapterError> {
        let connection = Connection::open(&command)?;
        let hello = match greet(&connection).await {
            Ok(hello) => hello,
            Err(why) => {
                // First, because whoever waits may end the program as soon as it is told.
                connection.kill().await;
                return Err(AdapterError::Protocol(shown(&why)));
            }
        };
        Ok(Self(Arc::new(Inner { hello, connection })))
    }

    /// The adapter's answer to `hello`.
    #[must_use]
    pub fn hello(&self) -> &Hello {
        &self.0.hello
    }

    pub(super) async fn open(&self, session: &str, config: &Config) -> Result<(), SessionError> {
        let request = json!({ "op": "open", "session": session, "config": message::config(config) });
        self.local_request("open", request).await
    }

    pub(super) async fn call(
        &self,
        session: &str,
        function: Function,
        limit: Duration,
    ) -> Result<ClientReply, SessionError> {
        let request = json!({ "op": "call", "session": session, "fn": function.as_str() });
        let ok = match self.request(request, limit).await {
            Err(SessionError::TimedOut(after)) => {
                // The call hangs, which is a matter of the client. If it blocks the adapter, another process takes over.
                if !self.answers().await? {
                    self.0.connection.give_up(after);
                }
                return Err(SessionError::TimedOut(after));
            }
            other => other?,
        };
        if function == Function::Invalidate {
            return Ok(ClientReply { result: Ok(crate::client::Balance::default()), raw: ok.to_string() });
        }
        match message::parse(&ok) {
            Ok(result) => Ok(ClientReply { result, raw: ok.to_string() }),
            Err(why) => {
                let reason = format!(
                    "its answer to `{}` cannot be read: {why}: {}",
                    function.as_str(),
                    quote(ok.to_string().as_bytes())
                );
                Err(self.0.connection.break_off(reason))
            }
        }
    }

    pub(super) async fn advance(&self, session: &str, by: Duration) -> Result<(), SessionError> {
        let request = json!({ "op": "clock", "session": session, "advance_ms": message::millis(by) });
        self.local_request("clock", request).await
    }

    /// Ends a session, without waiting for the response.
    pub(super) fn close(&self, session: &str) {
        self.0.connection.notify(json!({ "op": "close", "session": session }));
    }

    pub(super) async fn end(&self) -> Result<(), AdapterError> {
        self.0.connection.end().await
    }

    pub(super) fn rearm_exit_report(&self) {
        self.0.connection.rearm_exit_report();
    }

    /// Sends a request that needs no network. An adapter that does not answer it in time is broken.
    async fn local_request(&self, op: &str, request: Value) -> Result<(), SessionError> {
        match self.request(request, LOCAL_TIMEOUT).await {
            Err(SessionError::TimedOut(after)) => {
                let reason = format!("it did not answer `{op}` within {} s", after.as_secs());
                Err(self.0.connection.break_off(reason))
            }
            other => other.map(drop),
        }
    }

    /// Whether the adapter answers while a call does not end.
    async fn answers(&self) -> Result<bool, SessionError> {
        // An adapter that takes one call at a time need not.
        if self.0.hello.parallel < 2 {
            return Ok(false);
        }
        let request = json!({ "op": "close", "session": "none" });
        match self.0.connection.request(request, PROBE_TIMEOUT).await {
            Err(SessionError::TimedOut(_)) => Ok(false),
            Err(error) => Err(error),
            Ok(_) => Ok(true),
        }
    }

    /// Whether the process was stopped because a call never ended.
    pub(super) fn was_given_up(&self) -> bool {
        self.0.connection.was_given_up()
    }

    async fn request(&self, request: Value, limit: Duration) -> Result<Value, SessionError> {
        match self.0.connection.request(request, limit).await? {
            AdapterReply::Ok(ok) => Ok(ok),
            AdapterReply::Unsupported(why) => Err(SessionError::Unsupported(quote_message(&why))),
            AdapterReply::Error(why) => Err(SessionError::Adapter(quote_message(&why))),
        }
    }
}
