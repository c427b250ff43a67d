//! What is promised when the store behind the balance fails.

use serde::Deserialize;

use super::{Promise, words};

/// What is promised when the store behind the balance fails.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FailurePolicy {
    /// Whether checks fail open or closed.
    pub mode: FailureMode,
    /// The value of `allowed` in a response that fails open.
    pub allowed: Option<bool>,
    /// The promise of the server; without it, servers are not judged by the policy.
    pub server: Option<Promise>,
    /// The promise of clients; without it, clients are not judged by the policy.
    pub client: Option<Promise>,
    /// The promise that a paid call is refused when nothing is left, whatever the check reported.
    pub enforced_on_spend: Option<Promise>,
}

words! {
    /// What a failure means for the caller.
    #[non_exhaustive]
    pub enum FailureMode {
        /// Use is allowed.
        Open = "open",
        /// The failure is reported; no balance is made up.
        Closed = "closed",
    }
}
