//! An adapter: a process that drives a client in any language, and speaks JSON Lines.

mod connection;
mod message;
mod process;
mod self_check;

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

pub(crate) use connection::{AdapterReply, Connection};
pub use message::{Hello, Implementation};
pub use process::AdapterCommand;
pub use self_check::{SelfCheckStep, self_check};

use super::session::{ClientReply, Function, SessionError};
use crate::client::Config;

/// How long an adapter may take to start and to greet.
const START: Duration = Duration::from_secs(30);
/// How long it may take for what needs no network.
const PROMPT: Duration = Duration::from_secs(10);
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

/// A running adapter; clones are the same. Its process group ends with the last one.
#[derive(Debug, Clone)]
pub struct Adapter(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    hello: Hello,
    line: Arc<Connection>,
}

impl Adapter {
    /// Starts the command and waits for its greeting.
    ///
    /// # Errors
    /// If it does not start, or does not greet as the protocol says.
    pub async fn start(command: AdapterCommand) -> Result<Self, AdapterError> {
        let line = Connection::open(&command)?;
        let request = json!({ "op": "hello", "protocol": message::PROTOCOL });
        let answer = line.ask(request, START).await.map_err(|error| AdapterError::Broken(error.to_string()))?;
        let hello = match answer {
            AdapterReply::Ok(ok) => {
                Hello::parse(&ok).map_err(|error| format!("its `hello` cannot be read: {error}: {ok}"))
            }
            AdapterReply::Unsupported(why) | AdapterReply::Error(why) => {
                Err(format!("it answered `hello` with: {why}"))
            }
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
    ) -> Result<ClientReply, SessionError> {
        let request = json!({ "op": "call", "session": session, "fn": function.as_str() });
        let ok = match self.ok(request, patience).await {
            Err(SessionError::TimedOut(after)) => {
                // The call hangs. If the adapter does too, that is another matter.
                self.probe(after).await?;
                return Err(SessionError::TimedOut(after));
            }
            other => other?,
        };
        if function == Function::Invalidate {
            return Ok(ClientReply { result: Ok(crate::client::Balance::default()), raw: ok.to_string() });
        }
        match message::outcome(&ok) {
            Ok(outcome) => Ok(ClientReply { result: outcome, raw: ok.to_string() }),
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
            Err(SessionError::TimedOut(after)) => {
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
            Err(SessionError::TimedOut(_)) => {
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
            AdapterReply::Ok(ok) => Ok(ok),
            AdapterReply::Unsupported(why) => Err(SessionError::Unsupported(why)),
            AdapterReply::Error(why) => Err(SessionError::Adapter(why)),
        }
    }

    pub(super) async fn end(&self) -> Result<(), AdapterError> {
        self.0.line.end().await
    }

    /// Whoever notices next that the line is broken is told as if nobody had been.
    pub(super) fn rearm_exit_report(&self) {
        self.0.line.rearm_exit_report();
    }
}
