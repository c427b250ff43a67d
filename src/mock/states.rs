//! The state protocol: how a stand-in is put into a state.

use rust_decimal::Decimal;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::provider::{Provider, ProviderState};
use crate::contract::{Role, Tenant};
use crate::model::{BalanceValues, CredentialState};

type Handler = fn(&Provider, &mut ProviderState, &Params<'_>) -> Result<Value, String>;

/// Every state with what its setup and its teardown do.
const STATES: &[(&str, Handler, Handler)] = &[
    ("account", open, close),
    ("balance", set_balance, nothing),
    ("key.revoked", |_, state, params| credential(state, params, CredentialState::Revoked), reinstate),
    ("key.expired", |_, state, params| credential(state, params, CredentialState::Expired), reinstate),
    ("backend.down", |_, state, params| down(state, params, true), |_, state, params| down(state, params, false)),
    ("rate.limited", |_, state, params| limit(state, params, true), |_, state, params| limit(state, params, false)),
    ("clock", advance, nothing),
];

impl Provider {
    /// Answers one message of the state protocol. What cannot be done is said in the answer.
    #[must_use]
    pub fn handle_state_message(&self, message: &Value) -> Value {
        let name = message["state"].as_str().unwrap_or_default();
        let params = Params(&message["params"]);
        let known = STATES.iter().find(|(have, ..)| *have == name);
        let done = match (message["action"].as_str(), known) {
            (Some("describe"), _) => {
                let states: Vec<&str> = STATES.iter().map(|(name, ..)| *name).collect();
                Ok(json!({ "states": states }))
            }
            (Some("setup"), Some((_, setup, _))) => setup(self, &mut self.lock(), &params),
            (Some("teardown"), Some((_, _, teardown))) => teardown(self, &mut self.lock(), &params),
            (Some("setup" | "teardown"), None) => {
                return json!({ "unsupported": format!("there is no state `{name}`") });
            }
            _ => Err("`action` is none of setup, teardown and describe".to_owned()),
        };
        match done {
            Ok(Value::Null) => json!({ "ok": true }),
            Ok(values) => json!({ "ok": true, "values": values }),
            Err(error) => json!({ "error": error }),
        }
    }

    /// Opens an account with a credential of the caller's choice.
    pub fn open_account(&self, key: &str, tenant: &str, balance: BalanceValues) {
        let mut state = self.lock();
        state.model.open(tenant, balance);
        let name = if self.contract.tenant == Tenant::Credential { key } else { tenant };
        state.keys.insert(name.to_owned(), tenant.to_owned());
    }

    /// The balance that the documented example shows: that of an account of which nothing else is said.
    #[must_use]
    pub fn example_balance(&self) -> BalanceValues {
        let fields = self.contract.operation(Role::Balance).map(|operation| operation.fields.clone());
        BalanceValues::of(Decimal::from(100), &fields.unwrap_or_default())
    }
}

/// The parameters of a state.
struct Params<'a>(&'a Value);

impl Params<'_> {
    fn text(&self, name: &str) -> Option<String> {
        match &self.0[name] {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        }
    }

    fn amount(&self, name: &str) -> Result<Option<Decimal>, String> {
        let Some(text) = self.text(name) else { return Ok(None) };
        let parsed = text.parse().or_else(|_| Decimal::from_scientific(&text));
        parsed.map(Some).map_err(|_| format!("`{name}` is not a decimal number: {text}"))
    }

    fn flag(&self, name: &str) -> Option<bool> {
        self.0[name].as_bool().or_else(|| self.0[name].as_str()?.parse().ok())
    }

    /// The balance given, on top of one that stands.
    fn balance(&self, standing: BalanceValues) -> Result<BalanceValues, String> {
        let remaining = self.amount("remaining")?;
        let total = self.amount("total")?;
        Ok(BalanceValues {
            remaining: standing.remaining.and(remaining.or(standing.remaining)),
            total: standing.total.and(total.or(standing.total)),
            allowed: standing
                .allowed
                .and(self.flag("allowed").or_else(|| remaining.map(|left| left > Decimal::ZERO)).or(standing.allowed)),
        })
    }
}

fn tenant(state: &ProviderState, params: &Params<'_>) -> Result<Option<String>, String> {
    if let Some(key) = params.text("key")
        && let Some(tenant) = state.keys.get(&key)
    {
        return Ok(Some(tenant.clone()));
    }
    match params.text("tenant") {
        Some(tenant) if state.model.knows(&tenant) => Ok(Some(tenant)),
        None if params.text("key").is_none() => Ok(None),
        _ => Err("there is no such account".to_owned()),
    }
}

fn some_tenant(state: &ProviderState, params: &Params<'_>) -> Result<String, String> {
    tenant(state, params)?.ok_or_else(|| "`key` or `tenant` is needed".to_owned())
}

fn open(provider: &Provider, state: &mut ProviderState, params: &Params<'_>) -> Result<Value, String> {
    let balance = params.balance(provider.example_balance())?;
    state.opened += 1;
    let digest = Sha256::digest(format!("{} account {}", provider.contract.name, state.opened));
    let hex: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    let short = format!("t{}{}", state.opened, hex.get(..6).unwrap_or_default());
    match &provider.contract.tenant {
        Tenant::Query { form, .. } => {
            let tenant = form.replace("{tenant}", &short);
            state.model.open(&tenant, balance);
            state.keys.insert(tenant.clone(), tenant.clone());
            Ok(json!({ "tenant": tenant }))
        }
        Tenant::Credential => {
            let prefix = provider.contract.credential.as_ref().map_or("", |credential| credential.prefix.as_str());
            // Letters in both cases, so that a credential in another case is another credential.
            let key = format!("{prefix}Rt{}{hex}", state.opened);
            state.model.open(&short, balance);
            state.keys.insert(key.clone(), short.clone());
            Ok(json!({ "key": key, "tenant": short }))
        }
    }
}

#[expect(clippy::unnecessary_wraps, reason = "it stands in the table of states")]
fn close(_: &Provider, state: &mut ProviderState, params: &Params<'_>) -> Result<Value, String> {
    if let Ok(Some(tenant)) = tenant(state, params) {
        state.model.close(&tenant);
        state.keys.retain(|_, have| *have != tenant);
    }
    Ok(Value::Null)
}

fn set_balance(_: &Provider, state: &mut ProviderState, params: &Params<'_>) -> Result<Value, String> {
    let tenant = some_tenant(state, params)?;
    let standing = state.model.balance(&tenant).unwrap_or_default();
    let balance = params.balance(standing)?;
    state.model.set_balance(&tenant, balance);
    Ok(Value::Null)
}

fn credential(state: &mut ProviderState, params: &Params<'_>, to: CredentialState) -> Result<Value, String> {
    let tenant = some_tenant(state, params)?;
    state.model.set_credential(&tenant, to);
    Ok(Value::Null)
}

fn reinstate(_: &Provider, state: &mut ProviderState, params: &Params<'_>) -> Result<Value, String> {
    credential(state, params, CredentialState::Valid)
}

fn down(state: &mut ProviderState, params: &Params<'_>, down: bool) -> Result<Value, String> {
    let tenant = tenant(state, params)?;
    state.model.set_down(tenant.as_deref(), down);
    Ok(Value::Null)
}

fn limit(state: &mut ProviderState, params: &Params<'_>, limited: bool) -> Result<Value, String> {
    let tenant = tenant(state, params)?;
    let seconds = params.text("retry_after_s").and_then(|text| text.parse().ok()).unwrap_or(1);
    state.model.set_limited(tenant.as_deref(), limited.then_some(seconds));
    Ok(Value::Null)
}

fn advance(_: &Provider, state: &mut ProviderState, params: &Params<'_>) -> Result<Value, String> {
    let ms = params.text("advance_ms").and_then(|text| text.parse().ok());
    state.model.advance(ms.ok_or("`advance_ms` is not a whole number of milliseconds")?);
    Ok(Value::Null)
}

#[expect(clippy::unnecessary_wraps, reason = "it stands in the table of states")]
fn nothing(_: &Provider, _: &mut ProviderState, _: &Params<'_>) -> Result<Value, String> {
    Ok(Value::Null)
}
