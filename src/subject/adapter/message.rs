//! The messages of the adapter protocol, as `schemas/adapter.schema.json` describes them.

use std::time::Duration;

use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::client::{Balance, CallResult, Capabilities, ClientError, Config, ErrorClass, Source};
use crate::model::decimal;

/// The version spoken here.
pub(super) const PROTOCOL: u64 = 1;

/// What an adapter says of itself.
#[derive(Debug, Clone, Deserialize)]
pub struct Hello {
    protocol: u64,
    /// What it drives.
    #[serde(default)]
    pub implementation: Implementation,
    #[serde(default)]
    capabilities: Vec<String>,
    #[serde(default)]
    clock: Vec<String>,
    /// How many calls at a time it takes.
    #[serde(default = "one")]
    pub parallel: u32,
}

/// What an adapter drives.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Implementation {
    /// Its name.
    #[serde(default)]
    pub name: String,
    /// Its version.
    #[serde(default)]
    pub version: String,
    /// The language it is written in.
    #[serde(default)]
    pub language: String,
}

fn one() -> u32 {
    1
}

impl Hello {
    pub(super) fn parse(ok: &Value) -> Result<Self, String> {
        let mut hello = Self::deserialize(ok).map_err(|error| error.to_string())?;
        if hello.protocol != PROTOCOL {
            return Err(format!("it speaks protocol {}, and this is {PROTOCOL}", hello.protocol));
        }
        // What this version does not know, a later one may.
        hello.parallel = hello.parallel.clamp(1, 64);
        Ok(hello)
    }

    /// What the client behind it can do.
    #[must_use]
    pub fn capabilities(&self) -> Capabilities {
        let can = |name: &str| self.capabilities.iter().any(|have| have == name);
        let clock = |name: &str| self.clock.iter().any(|have| have == name);
        Capabilities {
            cache: can("cache"),
            invalidate: can("invalidate"),
            spend: can("spend"),
            single_flight: can("single_flight"),
            shared_cache: can("shared_cache"),
            virtual_clock: clock("virtual"),
            ttl: clock("ttl"),
        }
    }
}

/// The configuration of a session on the wire.
pub(super) fn config(config: &Config) -> Value {
    json!({
        "base_url": config.base_url,
        "key": config.key.as_ref().map(crate::client::Secret::expose),
        "tenant": config.tenant.as_deref(),
        "timeout_ms": millis(config.timeout),
        "cache_ttl_ms": config.cache_ttl.map(millis),
    })
}

pub(super) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Told {
    Value {
        #[serde(default)]
        value: Option<Amounts>,
        #[serde(default)]
        source: Option<Source>,
    },
    Error {
        class: ErrorClass,
        #[serde(default)]
        status: Option<u16>,
        #[serde(default)]
        code: Option<String>,
        #[serde(default)]
        retry_after_ms: Option<f64>,
    },
}

#[derive(Default, Deserialize)]
struct Amounts {
    #[serde(default)]
    remaining: Option<Value>,
    #[serde(default)]
    total: Option<Value>,
    #[serde(default)]
    allowed: Option<Value>,
}

/// What an answer to a call comes to, if everything in it has the type that the protocol gives it.
pub(super) fn exact(ok: &Value) -> Result<CallResult, String> {
    let is_amount = |value: &Value| value.is_null() || value.is_string() || value.is_number();
    let is_flag = |value: &Value| value.is_null() || value.is_boolean();
    for name in ["remaining", "total"] {
        if let Some(value) = ok["value"].get(name).filter(|value| !is_amount(value)) {
            return Err(format!("`{name}` is {value}, and neither a decimal string nor a number"));
        }
    }
    if let Some(value) = ok["value"].get("allowed").filter(|value| !is_flag(value)) {
        return Err(format!("`allowed` is {value}, and neither true nor false"));
    }
    outcome(ok)
}

/// What an answer to a call comes to. A client that hands on whatever it read, a flag or a list for an amount, tells nothing
/// that an application could use: that is its own fault, and not the adapter's.
pub(super) fn outcome(ok: &Value) -> Result<CallResult, String> {
    let told = Told::deserialize(ok).map_err(|error| error.to_string())?;
    Ok(match told {
        Told::Value { value, source } => {
            let value = value.unwrap_or_default();
            Ok(Balance {
                remaining: amount(value.remaining),
                total: amount(value.total),
                allowed: value.allowed.as_ref().and_then(Value::as_bool),
                source,
            })
        }
        Told::Error { class, status, code, retry_after_ms } => Err(ClientError {
            class,
            status,
            code,
            retry_after: retry_after_ms.and_then(|ms| Duration::try_from_secs_f64(ms / 1000.0).ok()),
            detail: String::new(),
        }),
    })
}

/// An amount; `None` too if it is one that cannot be computed with, or none at all: to be told `NaN` is to be told nothing.
fn amount(value: Option<Value>) -> Option<Decimal> {
    let text = match value? {
        Value::String(text) => text,
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    decimal(text.trim())
}
