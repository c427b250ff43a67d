//! Where a successful response contains the balance.

use serde::Deserialize;

use super::{Locator, Promise};

/// Where a successful response contains the balance.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fields {
    /// What is left, in credits.
    pub remaining: Option<Locator>,
    /// What there is or was in all, used credits included.
    pub total: Option<Locator>,
    /// Whether use is allowed.
    pub allowed: Option<Locator>,
    /// Further places that repeat what is left, a header for instance; they must agree.
    #[serde(default, alias = "remaining_again")]
    pub remaining_repeated: Vec<Repeated>,
    /// What is reserved for jobs that are under way, in credits.
    pub held: Option<Repeated>,
    /// When the used credits are given back, so that all of `total` is left again.
    pub resets: Option<Resets>,
}

/// The time at which the used credits are given back.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resets {
    /// JSON Pointer to the time: seconds or milliseconds since 1970, or a text as in RFC 3339.
    pub at: String,
    /// The promise that all of `total` is left again from then on.
    pub promise: Promise,
}

/// A further place that repeats what is left.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Repeated {
    /// The place.
    pub at: Locator,
    /// The promise that the amount is there and is the same.
    pub promise: Promise,
}

/// Another operation that limits a balance too.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CappedBy {
    /// The operation, by `operationId`. Its `fields.remaining` is the other amount.
    pub operation: String,
    /// The promise that the lesser of both amounts can be used.
    pub promise: Promise,
}
