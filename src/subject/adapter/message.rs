//! The messages of the adapter protocol. `schemas/adapter.schema.json` describes them.

use std::time::Duration;

use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::client::{Balance, CallResult, Capabilities, ClientError, Config, ErrorClass, Source};
use crate::model::decimal;

/// The version of the protocol.
pub(super) const PROTOCOL: u64 = 1;

/// The answer of an adapter to `hello`: what the client behind it can do.
#[derive(Debug, Clone, Deserialize)]
pub struct Hello {
    protocol: u64,
    /// The client that the adapter drives.
    #[serde(default)]
    pub implementation: Implementation,
    #[serde(default)]
    capabilities: Vec<String>,
    #[serde(default)]
    clock: Vec<String>,
    /// The name of the fleet.
    #[serde(default)]
    pub fleet: Option<String>,
    /// The number of concurrent calls that the adapter takes.
    #[serde(default = "one")]
    pub parallel: u32,
}

/// The client that an adapter drives.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Implementation {
    /// The name of the client.
    #[serde(default)]
    pub name: String,
    /// The version of the client.
    #[serde(default)]
    pub version: String,
    /// The programming language of the client.
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
        // Unknown capabilities are ignored: a later version may define them.
        hello.parallel = hello.parallel.clamp(1, 64);
        Ok(hello)
    }

    /// The capabilities of the client.
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
            rekey: can("rekey"),
            fleet: can("fleet"),
            virtual_clock: clock("virtual"),
            ttl: clock("ttl"),
        }
    }
}

/// The configuration of a session, as JSON.
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
enum ReportedResult {
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

/// Reads the result of a call, and requires the type that the protocol documents for each member.
pub(super) fn parse_strictly(ok: &Value) -> Result<CallResult, String> {
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
    parse(ok)
}

/// Reads the result of a call. A value of another type, such as a list for an amount, counts as absent: an application could
/// not use it, and that is an error of the client and not of the adapter.
pub(super) fn parse(ok: &Value) -> Result<CallResult, String> {
    let reported = ReportedResult::deserialize(ok).map_err(|error| error.to_string())?;
    Ok(match reported {
        ReportedResult::Value { value, source } => {
            let value = value.unwrap_or_default();
            Ok(Balance {
                remaining: amount(value.remaining),
                total: amount(value.total),
                allowed: value.allowed.as_ref().and_then(Value::as_bool),
                source,
            })
        }
        ReportedResult::Error { class, status, code, retry_after_ms } => Err(ClientError {
            class,
            status,
            code,
            retry_after: retry_after_ms.and_then(|ms| Duration::try_from_secs_f64(ms / 1000.0).ok()),
            detail: String::new(),
        }),
    })
}

/// Reads an amount; `None` if it is not a number that can be computed with, such as `NaN`.
fn amount(value: Option<Value>) -> Option<Decimal> {
    let text = match value? {
        Value::String(text) => text,
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    decimal(text.trim())
}
