//! Situations with a documented response.

use serde::Deserialize;
use serde_json::Value;

use super::{Promise, words};

words! {
    /// A situation with a documented response.
    #[non_exhaustive]
    pub enum Condition {
        /// No credential was presented.
        CredentialMissing = "credential.missing",
        /// The provider never issued the credential.
        CredentialUnknown = "credential.unknown",
        /// The credential was revoked.
        CredentialRevoked = "credential.revoked",
        /// The credential has expired.
        CredentialExpired = "credential.expired",
        /// The credits do not suffice.
        Exhausted = "exhausted",
        /// Too many requests.
        RateLimited = "rate.limited",
        /// The store behind the balance fails.
        BackendDown = "backend.down",
        /// The request breaks the documented schema of the operation.
        RequestInvalid = "request.invalid",
        /// A required query parameter or header field is missing.
        ParameterMissing = "parameter.missing",
        /// A query parameter or a header field breaks its documented schema.
        ParameterInvalid = "parameter.invalid",
        /// The job is not one of this account. Only of the operation that shows the state of jobs.
        JobUnknown = "job.unknown",
        /// The provider has no such path. Only at the top of a document.
        PathUnknown = "path.unknown",
        /// The path exists, the method does not. Only at the top of a document.
        MethodUnknown = "method.unknown",
    }
}

/// The documented response to a condition.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConditionRule {
    /// Key under the operation's `responses`: `"401"`, `4XX`, `default`. For `path.unknown` and `method.unknown`,
    /// which belong to no operation, a key under `components.responses`.
    pub response: String,
    /// The status. Absent: that of the key, and if the key is a range or `default`, any that no other key names.
    pub status: Option<u16>,
    /// The status is stated nowhere: any is correct, and only the code identifies the response.
    #[serde(default)]
    pub any_status: bool,
    /// Value of the error code, where one is promised: a string, a number, a boolean or `null`.
    #[serde(default, deserialize_with = "present")]
    pub code: Option<Value>,
    /// JSON Pointers to the code in this response, in place of those of the operation.
    #[serde(default)]
    pub error_code: Vec<String>,
    /// A CEL condition over `status`, `headers` and `body` that holds for this response only, where status and code
    /// do not tell it from others.
    pub when: Option<String>,
    /// Media type under the response's `content`; the first one if absent.
    pub media_type: Option<String>,
    /// Name of the example under that media type which shows the response; the first one if absent.
    pub example: Option<String>,
    /// Other responses to the same condition that are correct too.
    #[serde(default)]
    pub alternatives: Vec<ConditionRule>,
    /// The promise; without it, the description of the response in the document.
    pub promise: Option<Promise>,
}

/// Reads a value that may be `null`, which differs from an absent one.
fn present<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

/// The order of conditions, where several may hold at once.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Precedence {
    /// The conditions, the first one to decide first.
    pub order: Vec<Condition>,
    /// The promise.
    pub promise: Promise,
}
