//! What a paid call costs, and the job that it starts.

use serde::Deserialize;
use serde_json::Value;

use super::{Locator, Promise};

/// The cost of one successful call.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cost {
    /// Credits per successful call, as a decimal string; absent where the cost varies.
    pub amount: Option<String>,
    /// Where the response contains what the call cost.
    pub charged: Option<Locator>,
    /// A CEL condition over `status` and `body` that holds for successful responses to calls that cost nothing.
    pub free_when: Option<String>,
    /// The job that the call starts; absent where the response to the call is the service.
    pub jobs: Option<Jobs>,
    /// The promise.
    pub promise: Promise,
}

/// A job that a paid call starts: where its state can be read, and which states are final.
///
/// A job may be charged when it is accepted or when it succeeds. One that fails costs nothing.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Jobs {
    /// The operation that shows the job's state, by `operationId`, where the document has it.
    pub operation: Option<String>,
    /// The path of the operation that shows the job's state by GET, with `{id}` for the job's id. Loading takes it from
    /// `operation`.
    #[serde(default)]
    pub path: String,
    /// JSON Pointer to the id in the response to the paid call.
    pub id: String,
    /// JSON Pointer to the state in the response that shows it.
    pub state: String,
    /// The states of a job that has succeeded: texts, numbers or booleans.
    pub succeeded: Vec<Value>,
    /// The states of a job that has failed.
    pub failed: Vec<Value>,
}
