//! A rehearsal: the whole protocol once, message by message, against a server that is not there.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::message::{self, Hello};
use super::{AdapterCommand, AdapterError, AdapterReply, Connection, PROMPT, START};
use crate::client::Config;
use crate::subject::SessionError;

/// A step of a rehearsal.
#[derive(Debug, Clone)]
pub struct SelfCheckStep {
    /// What was tried.
    pub what: String,
    /// What went wrong, if anything did.
    pub fault: Option<String>,
}

/// Checks that a command speaks the protocol. The sessions lead nowhere, so that every call ends in an error of the client,
/// which is an answer.
///
/// # Errors
/// If the command cannot be started.
pub async fn self_check(command: &AdapterCommand) -> Result<Vec<SelfCheckStep>, AdapterError> {
    let mut rehearsal = Rehearsal { line: Connection::open(command)?, steps: Vec::new() };
    rehearsal.run().await;
    let ended = rehearsal.line.end().await.err().map(|error| error.to_string());
    rehearsal.note("it ends with its input", ended);
    Ok(rehearsal.steps)
}

struct Rehearsal {
    line: std::sync::Arc<Connection>,
    steps: Vec<SelfCheckStep>,
}

impl Rehearsal {
    async fn run(&mut self) {
        let greeting = self.ask(json!({ "op": "hello", "protocol": message::PROTOCOL }), START).await;
        let hello = greeting.and_then(ok).and_then(|ok| Hello::parse(&ok));
        self.note("`hello` is answered with protocol, capabilities and clocks", hello.as_ref().err().cloned());
        let Ok(hello) = hello else { return };
        let can = hello.capabilities();
        let mut config = Config::new("http://127.0.0.1:1/t/nowhere").key("k_rehearsal").tenant("rehearsal");
        config.timeout = Duration::from_millis(500);
        let open = json!({ "op": "open", "session": "s1", "config": message::config(&config) });
        self.step("`open` opens a session", open).await;
        self.call("`check` against a server that is not there is answered", "check").await;
        if can.spend {
            self.call("`spend` is answered, as `spend` is declared", "spend").await;
        }
        if can.invalidate {
            self.step(
                "`invalidate` is answered, as it is declared",
                json!({ "op": "call", "session": "s1", "fn": "invalidate" }),
            )
            .await;
        }
        if can.virtual_clock {
            self.step(
                "`clock` is answered, as `virtual` is declared",
                json!({ "op": "clock", "session": "s1", "advance_ms": 1000 }),
            )
            .await;
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
        let both = join_all(two.map(|request| self.line.ask(request, PROMPT))).await;
        let fault = both.into_iter().find_map(|answer| answer.map_err(|error| error.to_string()).and_then(ok).err());
        self.note("two requests at a time are both answered", fault);
        self.step("`close` closes a session", json!({ "op": "close", "session": "s1" })).await;
    }

    fn note(&mut self, what: &str, fault: Option<String>) {
        self.steps.push(SelfCheckStep { what: what.to_owned(), fault });
    }

    async fn ask(&self, request: Value, patience: Duration) -> Result<AdapterReply, String> {
        self.line.ask(request, patience).await.map_err(|error| match error {
            SessionError::TimedOut(after) => format!("no answer within {} s", after.as_secs()),
            other => other.to_string(),
        })
    }

    async fn step(&mut self, what: &str, request: Value) {
        let answer = self.ask(request, PROMPT).await.and_then(ok);
        self.note(what, answer.err());
    }

    async fn call(&mut self, what: &str, function: &str) {
        let request = json!({ "op": "call", "session": "s1", "fn": function });
        let answer = self.ask(request, PROMPT).await.and_then(ok);
        let read = answer.and_then(|ok| message::exact(&ok).map_err(|why| format!("{why}: {ok}")));
        self.note(what, read.err());
    }

    async fn refused(&mut self, what: &str, request: Value) {
        let fault = match self.ask(request, PROMPT).await {
            Ok(AdapterReply::Ok(ok)) => Some(format!("it was answered with ok: {ok}")),
            Ok(AdapterReply::Unsupported(_) | AdapterReply::Error(_)) => None,
            Err(error) => Some(error),
        };
        self.note(what, fault);
    }
}

fn ok(answer: AdapterReply) -> Result<Value, String> {
    match answer {
        AdapterReply::Ok(ok) => Ok(ok),
        AdapterReply::Unsupported(why) => Err(format!("it is `unsupported`: {why}")),
        AdapterReply::Error(why) => Err(format!("it is an `adapter_error`: {why}")),
    }
}
