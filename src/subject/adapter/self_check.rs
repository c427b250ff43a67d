//! The self-check of an adapter: sends every message of the protocol once. No server listens at the base URL.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::message::{self, Hello};
use super::{AdapterCommand, AdapterError, AdapterReply, Connection, LOCAL_TIMEOUT, START_TIMEOUT};
use crate::client::Config;
use crate::exchange::{Redactor, quote, quote_message};
use crate::subject::SessionError;

/// A step of the self-check.
#[derive(Debug, Clone)]
pub struct SelfCheckStep {
    /// What was checked.
    pub what: String,
    /// What is wrong; `None` if nothing is.
    pub fault: Option<String>,
}

/// Checks that a command speaks the adapter protocol. Every call ends in an error of the client, which is a valid response.
///
/// # Errors
/// If the command cannot be started.
pub async fn self_check(command: &AdapterCommand) -> Result<Vec<SelfCheckStep>, AdapterError> {
    let mut check = SelfCheck { connection: Connection::open(command)?, steps: Vec::new() };
    check.run().await;
    let ended = check.connection.end().await.err().map(|error| error.to_string());
    check.add("it ends with its input", ended);
    Ok(check.steps)
}

struct SelfCheck {
    connection: Arc<Connection>,
    steps: Vec<SelfCheckStep>,
}

impl SelfCheck {
    async fn run(&mut self) {
        let hello = self.request(json!({ "op": "hello", "protocol": message::PROTOCOL }), START_TIMEOUT).await;
        let hello = hello.and_then(ok).and_then(|ok| Hello::parse(&ok));
        self.add("`hello` is answered with protocol, capabilities and clocks", hello.as_ref().err().cloned());
        let Ok(hello) = hello else { return };
        let can = hello.capabilities();
        let mut config = Config::new("http://127.0.0.1:1/t/nowhere").key("k_rehearsal").tenant("rehearsal");
        config.timeout = Duration::from_millis(500);
        let open = json!({ "op": "open", "session": "s1", "config": message::config(&config) });
        self.accepted("`open` opens a session", open).await;
        self.call("`check` against a server that is not there is answered", "check").await;
        if can.spend {
            self.call("`spend` is answered, as `spend` is declared", "spend").await;
        }
        if can.invalidate {
            let invalidate = json!({ "op": "call", "session": "s1", "fn": "invalidate" });
            self.accepted("`invalidate` is answered, as it is declared", invalidate).await;
        }
        if can.virtual_clock {
            let clock = json!({ "op": "clock", "session": "s1", "advance_ms": 1000 });
            self.accepted("`clock` is answered, as `virtual` is declared", clock).await;
        }
        self.refused("an unknown operation is `unsupported`", json!({ "op": "juggle", "session": "s1" })).await;
        self.refused(
            "an unknown function is `unsupported` or an `adapter_error`",
            json!({ "op": "call", "session": "s1", "fn": "juggle" }),
        )
        .await;
        self.refused(
            "a session that is not open is an `adapter_error` or `unsupported`",
            json!({ "op": "call", "session": "none", "fn": "check" }),
        )
        .await;
        let two = ["a", "b"].map(|name| json!({ "op": "open", "session": name, "config": message::config(&config) }));
        let both = join_all(two.map(|request| self.connection.request(request, LOCAL_TIMEOUT))).await;
        let fault = both.into_iter().find_map(|reply| reply.map_err(|error| error.to_string()).and_then(ok).err());
        self.add("two requests at a time are both answered", fault);
        self.accepted("`close` closes a session", json!({ "op": "close", "session": "s1" })).await;
    }

    fn add(&mut self, what: &str, fault: Option<String>) {
        let fault = fault.map(|fault| Redactor::default().text(&fault));
        self.steps.push(SelfCheckStep { what: what.to_owned(), fault });
    }

    async fn request(&self, request: Value, limit: Duration) -> Result<AdapterReply, String> {
        self.connection.request(request, limit).await.map_err(|error| match error {
            SessionError::TimedOut(after) => format!("no answer within {} s", after.as_secs()),
            other => other.to_string(),
        })
    }

    /// Expects `ok`.
    async fn accepted(&mut self, what: &str, request: Value) {
        let reply = self.request(request, LOCAL_TIMEOUT).await.and_then(ok);
        self.add(what, reply.err());
    }

    /// Expects the result of a call.
    async fn call(&mut self, what: &str, function: &str) {
        let request = json!({ "op": "call", "session": "s1", "fn": function });
        let reply = self.request(request, LOCAL_TIMEOUT).await.and_then(ok);
        let result = reply.and_then(|ok| {
            message::parse_strictly(&ok).map_err(|why| format!("{why}: {}", quote(ok.to_string().as_bytes())))
        });
        self.add(what, result.err());
    }

    /// Expects a refusal.
    async fn refused(&mut self, what: &str, request: Value) {
        let fault = match self.request(request, LOCAL_TIMEOUT).await {
            Ok(AdapterReply::Ok(ok)) => Some(format!("it was answered with ok: {}", quote(ok.to_string().as_bytes()))),
            Ok(AdapterReply::Unsupported(_) | AdapterReply::Error(_)) => None,
            Err(error) => Some(error),
        };
        self.add(what, fault);
    }
}

fn ok(reply: AdapterReply) -> Result<Value, String> {
    match reply {
        AdapterReply::Ok(ok) => Ok(ok),
        AdapterReply::Unsupported(why) => Err(format!("it is `unsupported`: {}", quote_message(&why))),
        AdapterReply::Error(why) => Err(format!("it is an `adapter_error`: {}", quote_message(&why))),
    }
}
