//! The connection to a state handler: over HTTP, or by running a command for each message.

use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::adapter::{StderrTail, drain};
use super::process_group::ProcessGroup;
use crate::exchange::{Addresses, Failure, Flight, Http, Request, quote, quote_message};
use crate::mock::{Provider, State};

/// The time limit for one message to a handler.
const HANDLER_TIMEOUT: Duration = Duration::from_secs(10);

/// How many messages in a row a handler may leave without a response before it gets no more. Each one costs its time limit.
const MAX_SILENT: u32 = 3;
/// The longest response of a handler, in bytes.
const LARGEST_RESPONSE: u64 = 1024 * 1024;
/// How long the output of a handler that has ended may still be written.
const OUTPUT_GRACE: Duration = Duration::from_millis(300);

/// The state handler of a server: it puts the server into states.
#[derive(Debug, Clone)]
pub enum Handler {
    /// No handler.
    Absent,
    /// An HTTP endpoint that speaks the state protocol.
    Http(String),
    /// A command that reads a message of the state protocol on standard input and writes the response to standard output.
    Command(String),
    /// The embedded mock provider, called directly.
    Embedded(Arc<Provider>),
}

/// The reason why a state could not be set up or torn down.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StateError {
    /// There is no handler.
    #[error("no state handler was given")]
    NoHandler,
    /// The handler does not support the state.
    #[error("the state handler does not support it: {0}")]
    Unsupported(String),
    /// The handler failed, or its response does not follow the protocol.
    #[error("the state handler failed: {0}")]
    Failed(String),
}

/// The connection to a handler.
#[derive(Debug, Clone, Default)]
pub(super) struct Wire {
    http: Option<Http>,
    /// Messages to the handler count as requests in flight.
    pub(super) flight: Option<Arc<Flight>>,
    /// How many messages in a row got no response in time.
    silent: Arc<AtomicU32>,
}

/// Why a message to a handler failed.
enum Miss {
    /// It did not respond in time.
    Silent(StateError),
    Other(StateError),
}

impl Miss {
    fn failed(reason: String) -> Self {
        Self::Other(StateError::Failed(reason))
    }
}

impl Wire {
    /// The connection to this handler at one of these addresses.
    pub(super) fn to(handler: &Handler, addresses: &Addresses) -> Self {
        let is_remote = matches!(handler, Handler::Http(_));
        let http = is_remote.then(|| Http::to(addresses.clone(), HANDLER_TIMEOUT).ok()).flatten();
        Self { http, ..Self::default() }
    }

    /// Sends a message to a handler, and returns its response.
    pub(super) async fn call(&self, handler: &Handler, message: &Value) -> Result<Value, StateError> {
        let _permit = match &self.flight {
            Some(flight) => Some(flight.take_own().await),
            None => None,
        };
        if self.silent.load(Ordering::Relaxed) >= MAX_SILENT {
            let reason =
                format!("it did not respond to {MAX_SILENT} messages in a row within 10 s each, and gets no more");
            return Err(StateError::Failed(reason));
        }
        let response = match handler {
            Handler::Http(url) => self.post(url, message).await,
            Handler::Command(command) => run(command, message, HANDLER_TIMEOUT).await,
            Handler::Absent | Handler::Embedded(_) => return Err(StateError::NoHandler),
        };
        match &response {
            Err(Miss::Silent(_)) => self.silent.fetch_add(1, Ordering::Relaxed),
            _ => self.silent.swap(0, Ordering::Relaxed),
        };
        response.map_err(|(Miss::Silent(error) | Miss::Other(error))| error)
    }

    async fn post(&self, url: &str, message: &Value) -> Result<Value, Miss> {
        let Some(http) = &self.http else { return Err(Miss::failed("no HTTP client".to_owned())) };
        let request = Request::new("POST", "").header("content-type", "application/json").body(message.to_string());
        let response = http.send(url, &request, false).await.map_err(|error| {
            let failed = StateError::Failed(error.to_string());
            if matches!(error, Failure::Timeout(_)) { Miss::Silent(failed) } else { Miss::Other(failed) }
        })?;
        response.json().ok_or_else(|| {
            Miss::failed(format!("status {} with a body that is not JSON: {}", response.status, quote(&response.body)))
        })
    }
}

/// The `values` of a response of the state protocol.
pub(super) fn values_of(state: State, response: &Value) -> Result<Value, StateError> {
    if let Some(why) = response["unsupported"].as_str() {
        return Err(StateError::Unsupported(quote_message(why)));
    }
    if let Some(why) = response["error"].as_str() {
        return Err(StateError::Failed(format!("setting `{state}`: {}", quote_message(why))));
    }
    if response["ok"] != json!(true) {
        let text = quote(response.to_string().as_bytes());
        return Err(StateError::Failed(format!("the response has none of ok, unsupported and error: {text}")));
    }
    Ok(response["values"].clone())
}

/// Runs a handler command for one message. What it started ends with it.
async fn run(command: &str, message: &Value, limit: Duration) -> Result<Value, Miss> {
    let failed = |error: &dyn std::fmt::Display| Miss::failed(format!("`{command}`: {error}"));
    let (shell, flag) = if cfg!(windows) { ("cmd", "/C") } else { ("sh", "-c") };
    let mut process = tokio::process::Command::new(shell);
    process.args([flag, command]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    ProcessGroup::prepare(&mut process);
    let mut child = process.spawn().map_err(|error| failed(&error))?;
    let group = ProcessGroup::of(&child);
    let stderr = StderrTail::default();
    if let Some(pipe) = child.stderr.take() {
        tokio::spawn(drain(pipe, stderr.clone()));
    }
    let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
    let talk = async {
        let writing = async {
            if let Some(mut stdin) = stdin {
                // A handler may respond without reading the whole message.
                let _ = stdin.write_all(format!("{message}\n").as_bytes()).await;
            }
        };
        let reading = async {
            let mut output = Vec::new();
            if let Some(stdout) = stdout {
                let _ = stdout.take(LARGEST_RESPONSE + 1).read_to_end(&mut output).await;
            }
            output
        };
        let ((), output) = tokio::join!(writing, reading);
        output
    };
    // A process in the background may keep the output open: what the handler itself wrote is complete when it has ended.
    let ended = async {
        let mut talk = std::pin::pin!(talk);
        tokio::select! {
            output = &mut talk => (output, child.wait().await),
            status = child.wait() => {
                let output = tokio::time::timeout(OUTPUT_GRACE, &mut talk).await;
                group.kill();
                (match output { Ok(output) => output, Err(_) => talk.await }, status)
            }
        }
    };
    let ended = tokio::time::timeout(limit, ended).await;
    group.kill();
    let (output, status) = ended.map_err(|_| {
        Miss::Silent(StateError::Failed(format!("`{command}`: no response within {} s", limit.as_secs())))
    })?;
    let status = status.map_err(|error| failed(&error))?;
    if output.len() as u64 > LARGEST_RESPONSE {
        return Err(failed(&format!("its response is longer than {LARGEST_RESPONSE} bytes")));
    }
    serde_json::from_slice(&output).map_err(|_| {
        let log = stderr.text();
        let log = if log.is_empty() { log } else { format!("; its standard error ends with: {}", quote_message(&log)) };
        failed(&format!("the response ({status}) is not JSON: {}{log}", quote(&output)))
    })
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[tokio::test]
    async fn command_without_a_response_in_time_is_silent_and_one_that_fails_is_not() {
        let silent = run("sleep 100", &json!({}), Duration::ZERO).await;
        assert!(matches!(silent, Err(Miss::Silent(_))));
        let failed = run("exit 1", &json!({}), Duration::MAX).await;
        assert!(matches!(failed, Err(Miss::Other(_))));
    }

    #[tokio::test]
    async fn handler_gets_no_more_messages_after_some_without_a_response_in_a_row() {
        let (wire, working) = (Wire::default(), Handler::Command("echo '{\"ok\":true}'".to_owned()));
        wire.silent.store(MAX_SILENT - 1, Ordering::Relaxed);
        assert!(wire.call(&working, &json!({})).await.is_ok());
        assert_eq!(wire.silent.load(Ordering::Relaxed), 0, "a response begins a new row");
        wire.silent.store(MAX_SILENT, Ordering::Relaxed);
        let error = wire.call(&working, &json!({})).await.unwrap_err();
        assert!(error.to_string().contains("gets no more"), "{error}");
    }
}
