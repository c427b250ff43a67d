//! The states of a server under test: set up through a state handler, and torn down again.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::{StreamExt, stream};
use serde_json::{Map, Value, json};

use super::state_handler::{Handler, StateError, Wire, values_of};
use crate::exchange::{Addresses, Flight, Redactor};
use crate::mock::{AccountNames, Provider, State, StateParams};
use crate::sync::lock;

/// The time for tearing down all states at the end of a run.
const TEARDOWN_TIMEOUT: Duration = Duration::from_secs(10);
/// How many states are torn down at a time.
const TEARDOWNS: usize = 32;

/// A state that was set up and not torn down yet.
#[derive(Debug, Clone)]
pub struct ActiveState {
    state: State,
    params: StateParams,
    serial: u64,
}

/// The states of a server, and those that must be torn down.
#[derive(Debug)]
pub struct States {
    handler: Handler,
    /// The states that may be set up; all if `None`.
    supported: Option<Vec<State>>,
    wire: Wire,
    active: Mutex<ActiveStates>,
    issued: Mutex<IssuedNames>,
}

#[derive(Debug, Default)]
struct ActiveStates {
    last_serial: u64,
    list: Vec<ActiveState>,
}

/// The credentials and tenants that the handler returned, with the JSON value that it used for each.
///
/// A handler may use numbers. It gets a name back in the form in which it returned it.
#[derive(Debug, Default)]
struct IssuedNames {
    keys: HashMap<String, Value>,
    tenants: HashMap<String, Value>,
}

/// An action of the state protocol.
#[derive(Debug, Clone, Copy)]
enum StateAction {
    Setup,
    Teardown,
}

impl StateAction {
    fn as_str(self) -> &'static str {
        match self {
            Self::Setup => "setup",
            Self::Teardown => "teardown",
        }
    }
}

impl ActiveState {
    /// Whether both were set up by the same message.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        self.serial == other.serial
    }

    /// A move of the clock, which belongs to all trials and is torn down at the end of the run.
    #[must_use]
    pub fn clock(ms: u64) -> Self {
        Self { state: State::Clock, params: StateParams::advance_ms(ms), serial: 0 }
    }

    /// Whether the state is an account, and not a condition of the server.
    #[must_use]
    pub fn is_account(&self) -> bool {
        self.state == State::Account
    }
}

impl States {
    /// Creates states that this handler sets up.
    #[must_use]
    pub fn new(handler: Handler) -> Self {
        Self::at(handler, &Addresses::default())
    }

    /// Creates states that a handler at one of these addresses sets up.
    #[must_use]
    pub fn at(handler: Handler, addresses: &Addresses) -> Self {
        let wire = Wire::to(&handler, addresses);
        Self { handler, supported: None, wire, active: Mutex::default(), issued: Mutex::default() }
    }

    /// The limit on requests in flight, if there is one.
    #[must_use]
    pub fn flight(&self) -> Option<&Arc<Flight>> {
        self.wire.flight.as_ref()
    }

    /// Counts messages to the handler as requests in flight from now on. Calls of the embedded mock provider are none.
    pub fn limit(&mut self, flight: Arc<Flight>) {
        self.wire.flight = Some(flight);
    }

    /// Whether there is a handler.
    #[must_use]
    pub fn is_present(&self) -> bool {
        !matches!(self.handler, Handler::Absent)
    }

    /// Supports only these states from now on; without any, there is no handler. For tests of what checks declare to need.
    pub fn restrict(&mut self, supported: Vec<State>) {
        if supported.is_empty() {
            self.handler = Handler::Absent;
        }
        self.supported = Some(supported);
    }

    /// The embedded mock provider, if it is the handler.
    #[must_use]
    pub fn provider(&self) -> Option<&Arc<Provider>> {
        match &self.handler {
            Handler::Embedded(provider) => Some(provider),
            _ => None,
        }
    }

    /// Whether the handler has returned this credential for an account.
    #[must_use]
    pub fn has_issued(&self, key: &str) -> bool {
        lock(&self.issued).keys.contains_key(key)
    }

    /// Sets a state up, and remembers it until it is torn down. Returns the names of the account that was opened, if any.
    ///
    /// # Errors
    /// If there is no handler, or it does not support the state, or it fails.
    pub async fn setup(
        &self,
        state: State,
        mut params: StateParams,
    ) -> Result<(AccountNames, ActiveState), StateError> {
        if self.supported.as_ref().is_some_and(|supported| !supported.contains(&state)) {
            return Err(unsupported(state));
        }
        let names = self.send(StateAction::Setup, state, &params).await?;
        // The teardown must name the account that this setup opened.
        params.key = params.key.or_else(|| names.key.clone());
        params.tenant = params.tenant.or_else(|| names.tenant.clone());
        let mut active = lock(&self.active);
        active.last_serial += 1;
        let entry = ActiveState { state, params, serial: active.last_serial };
        active.list.push(entry.clone());
        Ok((names, entry))
    }

    /// Tears a state down.
    ///
    /// # Errors
    /// If the handler fails. The state is not tried again.
    pub async fn teardown(&self, entry: &ActiveState) -> Result<(), StateError> {
        if entry.state == State::Clock {
            return Ok(());
        }
        lock(&self.active).list.retain(|have| have.serial != entry.serial);
        self.send(StateAction::Teardown, entry.state, &entry.params).await.map(drop)
    }

    /// Tears down all states that are still set up: conditions of the server first, then accounts, in ten seconds in all. `moved_ms` is
    /// by how much the clock was moved. Returns a sentence that names what may be left.
    pub async fn teardown_all(&self, moved_ms: u64) -> Option<String> {
        let deadline = tokio::time::Instant::now() + TEARDOWN_TIMEOUT;
        let all = std::mem::take(&mut lock(&self.active).list);
        let (accounts, mut conditions): (Vec<_>, Vec<_>) = all.into_iter().partition(ActiveState::is_account);
        conditions.extend((moved_ms > 0).then(|| ActiveState::clock(moved_ms)));
        let mut left: BTreeMap<&'static str, (usize, String)> = BTreeMap::new();
        for phase in [conditions, accounts] {
            let torn_down = phase.iter().rev().map(|entry| async move {
                let sent = self.send(StateAction::Teardown, entry.state, &entry.params);
                let result = tokio::time::timeout_at(deadline, sent).await;
                (entry, result.unwrap_or_else(|_| Err(StateError::Failed("no response in time".to_owned()))))
            });
            let mut results = stream::iter(torn_down).buffer_unordered(TEARDOWNS);
            while let Some((entry, result)) = results.next().await {
                if let Err(error) = result {
                    left.entry(entry.state.as_str()).or_insert((0, error.to_string())).0 += 1;
                }
            }
        }
        let left: Vec<String> =
            left.into_iter().map(|(state, (count, why))| format!("{count} of `{state}` ({why})")).collect();
        // A handler may quote a credential that it returned.
        let redactor = Redactor::default();
        lock(&self.issued).keys.keys().for_each(|key| redactor.learn(key, "RINGTRUE_KEY"));
        let left = format!("these states may be left at the server: {}", redactor.text(&left.join(", ")));
        (!left.ends_with(": ")).then_some(left)
    }

    async fn send(&self, action: StateAction, state: State, params: &StateParams) -> Result<AccountNames, StateError> {
        let message = || self.message(action, state, params);
        let response = match &self.handler {
            Handler::Absent => return Err(StateError::NoHandler),
            Handler::Embedded(provider) => return self.call(provider, action, state, params),
            Handler::Http(_) | Handler::Command(_) => self.wire.call(&self.handler, &message()).await?,
        };
        let values = values_of(state, &response)?;
        Ok(lock(&self.issued).record(&values))
    }

    /// Puts the embedded provider into a state.
    fn call(
        &self,
        provider: &Provider,
        action: StateAction,
        state: State,
        params: &StateParams,
    ) -> Result<AccountNames, StateError> {
        let done = match action {
            StateAction::Setup => provider.setup(state, params),
            StateAction::Teardown => provider.teardown(state, params).map(|()| None),
        };
        let names = done.map_err(|error| failed(state, &error))?;
        let names = names.unwrap_or_default();
        if let Some(key) = &names.key {
            lock(&self.issued).keys.insert(key.clone(), json!(key));
        }
        if let Some(tenant) = &names.tenant {
            lock(&self.issued).tenants.insert(tenant.clone(), json!(tenant));
        }
        Ok(names)
    }

    fn message(&self, action: StateAction, state: State, params: &StateParams) -> Value {
        let mut members = params.to_json();
        let issued = lock(&self.issued);
        let key = params.key.as_ref().and_then(|key| issued.keys.get(key));
        let tenant = params.tenant.as_ref().and_then(|tenant| issued.tenants.get(tenant));
        for (name, given) in [("key", key), ("tenant", tenant)] {
            if let Some(given) = given {
                members.insert(name.to_owned(), given.clone());
            }
        }
        message_of(action, state, &members)
    }

    /// What moves the clock.
    pub(super) fn clock(&self) -> ClockMover {
        let supported = self.supported.as_ref().is_none_or(|supported| supported.contains(&State::Clock));
        ClockMover { handler: self.handler.clone(), wire: self.wire.clone(), supported }
    }
}

/// Moves the clock of a server, on behalf of all trials.
#[derive(Debug, Clone)]
pub(super) struct ClockMover {
    handler: Handler,
    wire: Wire,
    supported: bool,
}

impl ClockMover {
    /// Moves the clock of the embedded mock provider; `None` for any other handler, which takes time.
    pub(super) fn try_move(&self, ms: u64) -> Option<Result<(), StateError>> {
        if !self.supported {
            return Some(Err(unsupported(State::Clock)));
        }
        match &self.handler {
            Handler::Absent => Some(Err(StateError::NoHandler)),
            Handler::Embedded(provider) => {
                let done = provider.setup(State::Clock, &StateParams::advance_ms(ms));
                Some(done.map(drop).map_err(|error| failed(State::Clock, &error)))
            }
            Handler::Http(_) | Handler::Command(_) => None,
        }
    }

    /// Moves the clock forward.
    pub(super) async fn move_by(&self, ms: u64) -> Result<(), StateError> {
        let params = StateParams::advance_ms(ms);
        let message = message_of(StateAction::Setup, State::Clock, &params.to_json());
        let response = self.wire.call(&self.handler, &message).await?;
        values_of(State::Clock, &response).map(drop)
    }
}

fn message_of(action: StateAction, state: State, params: &Map<String, Value>) -> Value {
    json!({ "action": action.as_str(), "state": state.as_str(), "params": params })
}

fn unsupported(state: State) -> StateError {
    StateError::Unsupported(format!("`{state}` is not among the supported states"))
}

fn failed(state: State, error: &dyn std::fmt::Display) -> StateError {
    StateError::Failed(format!("setting `{state}`: {error}"))
}

impl IssuedNames {
    /// Records the names in `values` of a response. Numbers become text.
    fn record(&mut self, values: &Value) -> AccountNames {
        let record = |issued: &mut HashMap<String, Value>, given: &Value| {
            let name = match given {
                Value::String(text) => text.clone(),
                Value::Number(number) => number.to_string(),
                _ => return None,
            };
            issued.insert(name.clone(), given.clone());
            Some(name)
        };
        AccountNames {
            key: record(&mut self.keys, &values["key"]),
            tenant: record(&mut self.tenants, &values["tenant"]),
        }
    }
}
