//! The state protocol: its messages as JSON, for state handlers that serve a [`Provider`].

use serde_json::{Value, json};

use super::control::merged;
use super::provider::{Provider, ProviderError};
use super::state::State;
use super::state_params::{AccountNames, StateParams};

/// A message of the state protocol.
#[derive(Debug)]
enum Message {
    Describe,
    Setup(State, StateParams),
    Teardown(State, StateParams),
}

impl Provider {
    /// Handles one message of the state protocol, and returns the response. Errors are part of the response.
    ///
    /// Code in this process has typed methods for the same purpose, such as [`Provider::set_balance`].
    ///
    /// ```
    /// use std::sync::Arc;
    /// use ringtrue::{Contract, mock::Provider};
    /// use serde_json::json;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let contract = Arc::new(Contract::load(&ringtrue::bundled_contracts()[0])?);
    /// let provider = Provider::new(contract);
    /// let message = json!({ "action": "setup", "state": "clock", "params": { "advance_ms": 1000 } });
    /// assert_eq!(provider.handle_state_message(&message), json!({ "ok": true }));
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn handle_state_message(&self, message: &Value) -> Value {
        handle(&[self], message)
    }
}

/// Handles one message for several providers. An account that is opened has the same names in each of them.
///
/// The response is that of the first provider.
pub(super) fn handle(providers: &[&Provider], message: &Value) -> Value {
    let Some((first, others)) = providers.split_first() else { return unsupported("there is no provider") };
    match Message::parse(message) {
        Err(response) => response,
        Ok(Message::Describe) => {
            let names: Vec<&str> = State::ALL.into_iter().map(State::as_str).collect();
            json!({ "ok": true, "values": { "states": names } })
        }
        Ok(Message::Setup(state, params)) => {
            let done = first.setup(state, &params);
            for provider in others {
                match &done {
                    Ok(Some(AccountNames { key, tenant: Some(tenant) })) => {
                        let balance = merged(provider.example_balance(), params.balance);
                        provider.open_account(key.as_ref().unwrap_or(tenant), tenant, balance);
                    }
                    _ => drop(provider.setup(state, &params)),
                }
            }
            response(done)
        }
        Ok(Message::Teardown(state, params)) => {
            let done = first.teardown(state, &params);
            others.iter().for_each(|provider| drop(provider.teardown(state, &params)));
            response(done.map(|()| None))
        }
    }
}

impl Message {
    /// Reads a message; the error is the response to it.
    fn parse(message: &Value) -> Result<Self, Value> {
        let action = message["action"].as_str();
        if action == Some("describe") {
            return Ok(Self::Describe);
        }
        let make = match action {
            Some("setup") => Self::Setup,
            Some("teardown") => Self::Teardown,
            _ => return Err(json!({ "error": "`action` is not setup, teardown or describe" })),
        };
        let state = message["state"].as_str().unwrap_or_default().parse::<State>();
        let state = state.map_err(|unknown| unsupported(&unknown.to_string()))?;
        let params = StateParams::from_json(&message["params"]).map_err(|why| json!({ "error": why }))?;
        Ok(make(state, params))
    }
}

/// The response that refuses what a handler cannot do.
pub(super) fn unsupported(why: &str) -> Value {
    json!({ "unsupported": why })
}

fn response(done: Result<Option<AccountNames>, ProviderError>) -> Value {
    match done {
        Ok(None) => json!({ "ok": true }),
        Ok(Some(names)) => {
            let values = [("key", names.key), ("tenant", names.tenant)];
            let values: serde_json::Map<String, Value> =
                values.into_iter().filter_map(|(name, value)| Some((name.to_owned(), json!(value?)))).collect();
            json!({ "ok": true, "values": values })
        }
        Err(error) => json!({ "error": error.to_string() }),
    }
}
