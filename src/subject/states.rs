//! The state handler of a server under test: puts it into a state, and takes it out again.

use std::collections::HashMap;
use std::process::Stdio;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;

use crate::exchange::{Http, Request};
use crate::mock::Provider;
use crate::sync::lock;

/// How long a handler may take for one message.
const PATIENCE: Duration = Duration::from_secs(10);

/// Who speaks the state protocol for the server.
#[derive(Debug, Clone)]
pub enum Handler {
    /// Nobody.
    Absent,
    /// An HTTP endpoint.
    Http(String),
    /// A command that reads the message on standard input and answers on standard output.
    Command(String),
    /// The embedded stand-in.
    Embedded(Arc<Provider>),
}

/// Why a state could not be set up.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StateError {
    /// No handler was given.
    #[error("no state handler was given")]
    NoHandler,
    /// The handler says that it cannot.
    #[error("the state handler does not support it: {0}")]
    Unsupported(String),
    /// The handler failed, or what it says is not the protocol.
    #[error("the state handler failed: {0}")]
    Failed(String),
}

/// A state that was set up and not torn down yet.
#[derive(Debug, Clone)]
pub struct ActiveState {
    state: String,
    params: Value,
    serial: u64,
}

/// The states of a server, with those that are to be torn down.
#[derive(Debug)]
pub struct States {
    handler: Handler,
    http: Option<Http>,
    active: Mutex<(u64, Vec<ActiveState>)>,
    /// What the handler called accounts and credentials, as it wrote them.
    issued: Mutex<HashMap<(&'static str, String), Value>>,
}

impl ActiveState {
    /// Whether it is an account rather than a condition.
    #[must_use]
    pub fn is_account(&self) -> bool {
        self.state == "account"
    }
}

impl States {
    /// States set up by this handler.
    #[must_use]
    pub fn new(handler: Handler) -> Self {
        let http = matches!(handler, Handler::Http(_)).then(|| Http::new(PATIENCE).ok()).flatten();
        Self { handler, http, active: Mutex::default(), issued: Mutex::default() }
    }

    /// Whether there is a handler.
    #[must_use]
    pub fn is_present(&self) -> bool {
        !matches!(self.handler, Handler::Absent)
    }

    /// Whether the handler has ever given this credential out.
    #[must_use]
    pub fn has_issued(&self, key: &str) -> bool {
        self.issued().contains_key(&("key", key.to_owned()))
    }

    fn issued(&self) -> MutexGuard<'_, HashMap<(&'static str, String), Value>> {
        lock(&self.issued)
    }

    /// Sets a state up; gives the `values` of the answer. It is remembered until it is torn down.
    ///
    /// # Errors
    /// If there is no handler, or it does not support the state, or it fails.
    pub async fn setup(&self, state: &str, params: Value) -> Result<(Value, ActiveState), StateError> {
        let mut values = self.send("setup", state, &params).await?;
        for name in ["key", "tenant"] {
            let given = values[name].clone();
            // Many a server numbers its accounts, and its handler passes the number on as it is.
            if given.is_number() {
                values[name] = json!(given.to_string());
            }
            if let Some(text) = values[name].as_str() {
                self.issued().insert((name, text.to_owned()), given);
            }
        }
        let mut params = params;
        for name in ["key", "tenant"] {
            if let (Value::String(value), None) = (&values[name], params.get(name)) {
                params[name] = json!(value);
            }
        }
        let mut active = lock(&self.active);
        active.0 += 1;
        let entry = ActiveState { state: state.to_owned(), params, serial: active.0 };
        active.1.push(entry.clone());
        Ok((values, entry))
    }

    /// Tears a state down.
    ///
    /// # Errors
    /// If the handler fails. The state is forgotten all the same: it was tried.
    pub async fn teardown(&self, entry: &ActiveState) -> Result<(), StateError> {
        lock(&self.active).1.retain(|have| have.serial != entry.serial);
        self.send("teardown", &entry.state, &entry.params).await.map(drop)
    }

    /// Tears down whatever is still set up, the last first.
    pub async fn teardown_all(&self) {
        loop {
            let last = lock(&self.active).1.pop();
            let Some(entry) = last else { return };
            // Nothing more can be done about a state that does not go away.
            let _ = self.send("teardown", &entry.state, &entry.params).await;
        }
    }

    async fn send(&self, action: &str, state: &str, params: &Value) -> Result<Value, StateError> {
        let mut message = json!({ "action": action, "state": state, "params": params });
        for name in ["key", "tenant"] {
            // A handler hears the names that it gave, in the form in which it gave them.
            let given = params[name].as_str().and_then(|text| self.issued().get(&(name, text.to_owned())).cloned());
            if let Some(given) = given {
                message["params"][name] = given;
            }
        }
        let answer = match &self.handler {
            Handler::Absent => return Err(StateError::NoHandler),
            Handler::Embedded(provider) => provider.handle_state_message(&message),
            Handler::Http(url) => self.post(url, &message).await?,
            Handler::Command(line) => run(line, &message).await?,
        };
        if let Some(why) = answer["unsupported"].as_str() {
            return Err(StateError::Unsupported(why.to_owned()));
        }
        if let Some(why) = answer["error"].as_str() {
            return Err(StateError::Failed(format!("setting `{state}`: {why}")));
        }
        if answer["ok"] != json!(true) {
            let text = answer.to_string();
            return Err(StateError::Failed(format!("the answer has none of ok, unsupported and error: {text:.200}")));
        }
        Ok(answer["values"].clone())
    }

    async fn post(&self, url: &str, message: &Value) -> Result<Value, StateError> {
        let Some(http) = &self.http else { return Err(StateError::Failed("no HTTP client".to_owned())) };
        let request = Request::new("POST", "").header("content-type", "application/json").body(message.to_string());
        let response = http.send(url, &request, false).await.map_err(|error| StateError::Failed(error.to_string()))?;
        let text = String::from_utf8_lossy(&response.body);
        response.json().ok_or_else(|| {
            StateError::Failed(format!("status {} with a body that is not JSON: {text:.200}", response.status))
        })
    }
}

async fn run(line: &str, message: &Value) -> Result<Value, StateError> {
    let broken = |error: &dyn std::fmt::Display| StateError::Failed(format!("`{line}`: {error}"));
    let (shell, flag) = if cfg!(windows) { ("cmd", "/C") } else { ("sh", "-c") };
    let mut child = tokio::process::Command::new(shell)
        .args([flag, line])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| broken(&error))?;
    if let Some(mut stdin) = child.stdin.take() {
        // A handler may answer without reading all; that is its right.
        let _ = stdin.write_all(format!("{message}\n").as_bytes()).await;
    }
    let output = tokio::time::timeout(PATIENCE, child.wait_with_output()).await;
    let output = output.map_err(|_| broken(&"no answer within 10 s"))?.map_err(|error| broken(&error))?;
    serde_json::from_slice(&output.stdout).map_err(|_| {
        let text = String::from_utf8_lossy(&output.stdout);
        broken(&format!("the answer ({}) is not JSON: {text:.200}", output.status))
    })
}
