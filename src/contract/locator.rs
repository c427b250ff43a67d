//! Where in an answer a value stands.

use serde::Deserialize;
use serde_json::Value;

use super::Expression;
use crate::words::words;

/// Where an answer states an amount or a flag.
///
/// Exactly one of `pointer`, `path`, `expression` and `header` is written in a contract; [`super::Contract`] values hold to that,
/// because loading refuses others. Loading then adds a `pointer` to a `path` and to an `expression`: where the documented
/// example shows the member that the amount depends on.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Locator {
    /// JSON Pointer (RFC 6901) into the body. A segment `*` stands for every element of an array: the amounts
    /// are summed, and none at all is 0.
    pub pointer: Option<String>,
    /// `JSONPath` (RFC 9535) into the body. The amounts it selects are summed.
    pub path: Option<String>,
    /// CEL over `body` that comes out as the amount, as the flag, or as `null` where there is none.
    pub expression: Option<String>,
    /// Name of a header field.
    pub header: Option<String>,
    /// A second pointer whose amount is taken off the first (`remaining` = limit − used).
    pub minus: Option<String>,
    /// How many credits the written amount counts each, as a decimal string: `0.01` where cents are written.
    pub factor: Option<String>,
    /// Values that mean that there is no limit.
    #[serde(default)]
    pub unlimited: Vec<Value>,
    /// Values that mean 0.
    #[serde(default)]
    pub zero: Vec<Value>,
    /// Values that mean that the amount is not known.
    #[serde(default)]
    pub unknown: Vec<Value>,
    /// What it means that nothing stands there.
    pub absent: Option<Meaning>,
    /// How the amount is written; as in the documented example, if this is left out.
    #[serde(default)]
    pub encoding: Encoding,
    /// The compiled expression.
    #[serde(skip)]
    pub compiled: Option<Expression>,
}

words! {
    /// What a marker in place of an amount means.
    pub enum Meaning {
        /// There is no limit.
        Unlimited = "unlimited",
        /// The amount is 0.
        Zero = "zero",
        /// The amount is not known.
        Unknown = "unknown",
    }
}

/// How an amount is written in a body. A header always carries text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Encoding {
    /// A JSON number, or `true` and `false` for a flag.
    #[default]
    Native,
    /// A decimal in a JSON string.
    String,
}

impl Locator {
    /// The meaning of a value in place of an amount, if the contract gives it one.
    #[must_use]
    pub fn meaning(&self, value: &Value) -> Option<Meaning> {
        let lists =
            [(Meaning::Unlimited, &self.unlimited), (Meaning::Zero, &self.zero), (Meaning::Unknown, &self.unknown)];
        let same = |marker: &Value| match (marker, value) {
            // -1 and -1.0 are one number.
            (Value::Number(left), Value::Number(right)) => left.as_f64() == right.as_f64(),
            _ => marker == value,
        };
        lists.into_iter().find(|(_, markers)| markers.iter().any(same)).map(|(meaning, _)| meaning)
    }

    /// Whether the amount stands where `pointer` leads, and is written there as it is.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.path.is_none() && self.expression.is_none() && self.factor.is_none()
    }
}
