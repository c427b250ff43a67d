//! The parameters of a state, and the names of an account: what both sides of the state protocol exchange.

use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use crate::model::BalanceValues;
use crate::words::words;

/// The parameters of a [`State`](super::State). Each state reads those that [`State::params`](super::State::params) lists.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct StateParams {
    /// The credential of the account.
    pub key: Option<String>,
    /// The tenant of the account.
    pub tenant: Option<String>,
    /// The amounts to set. Absent amounts stay as they are.
    pub balance: BalanceValues,
    /// The number of seconds in `Retry-After` while the rate limit is exceeded.
    pub retry_after_s: Option<u64>,
    /// How far the clock moves forward, in milliseconds.
    pub advance_ms: Option<u64>,
    /// How the jobs under way end.
    pub outcome: Option<JobOutcome>,
}

words! {
    /// The outcome of a job that a paid call started.
    #[non_exhaustive]
    pub enum JobOutcome {
        /// It has succeeded, and is charged.
        Succeeded = "succeeded",
        /// It has failed, and costs nothing.
        Failed = "failed",
    }
}

/// The names of an account: its credential and its tenant, as far as the contract has them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccountNames {
    /// The credential.
    pub key: Option<String>,
    /// The tenant.
    pub tenant: Option<String>,
}

impl StateParams {
    /// Parameters that set these amounts.
    #[must_use]
    pub fn balance(balance: BalanceValues) -> Self {
        Self { balance, ..Self::default() }
    }

    /// Parameters that move the clock forward.
    #[must_use]
    pub fn advance_ms(ms: u64) -> Self {
        Self { advance_ms: Some(ms), ..Self::default() }
    }

    /// Reads `params` of a message.
    ///
    /// # Errors
    /// If an amount is not a decimal number.
    pub(super) fn from_json(params: &Value) -> Result<Self, String> {
        Ok(Self {
            key: text(params, "key"),
            tenant: text(params, "tenant"),
            balance: BalanceValues {
                remaining: amount(params, "remaining")?,
                total: amount(params, "total")?,
                allowed: flag(params, "allowed"),
            },
            retry_after_s: text(params, "retry_after_s").and_then(|text| text.parse().ok()),
            advance_ms: text(params, "advance_ms").and_then(|text| text.parse().ok()),
            outcome: serde_json::from_value(params["outcome"].clone()).ok(),
        })
    }

    /// The `params` of a message, without those that are absent. Amounts are decimal strings.
    pub(crate) fn to_json(&self) -> Map<String, Value> {
        let text = |amount: Option<Decimal>| amount.map(|amount| json!(amount.to_string()));
        let members = [
            ("key", self.key.as_ref().map(|key| json!(key))),
            ("tenant", self.tenant.as_ref().map(|tenant| json!(tenant))),
            ("remaining", text(self.balance.remaining)),
            ("total", text(self.balance.total)),
            ("allowed", self.balance.allowed.map(|allowed| json!(allowed))),
            ("retry_after_s", self.retry_after_s.map(|seconds| json!(seconds))),
            ("advance_ms", self.advance_ms.map(|ms| json!(ms))),
            ("outcome", self.outcome.map(|outcome| json!(outcome))),
        ];
        members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
    }
}

/// A string or a number, as text.
fn text(params: &Value, name: &str) -> Option<String> {
    match &params[name] {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn amount(params: &Value, name: &str) -> Result<Option<Decimal>, String> {
    let Some(text) = text(params, name) else { return Ok(None) };
    let parsed = text.parse().or_else(|_| Decimal::from_scientific(&text));
    parsed.map(Some).map_err(|_| format!("`{name}` is not a decimal number: {text}"))
}

fn flag(params: &Value, name: &str) -> Option<bool> {
    params[name].as_bool().or_else(|| params[name].as_str()?.parse().ok())
}
