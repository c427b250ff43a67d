//! The `x-conformance` extension: what `OpenAPI` cannot say about a credit-balance API.
//!
//! The types mirror the text one to one, and the rest of the crate works with them as they are.
//! `schemas/x-conformance.schema.json` describes the same for editors; a test holds the two together.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use serde_json::Value;

use super::{Grade, Level, Locator, Promise};
use crate::words::words;

/// `x-conformance` at the top of a document.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DocumentExtension {
    /// Format version of the extension: 1.
    pub version: u32,
    /// The documents that promises are quoted from, by short name.
    #[serde(default)]
    pub sources: BTreeMap<String, SourceDocument>,
    /// What promises have that do not say it themselves.
    pub defaults: Option<PromiseDefaults>,
    /// How a request says whose balance it is about.
    #[serde(default)]
    pub tenant: Tenant,
    /// The credential that a caller presents; absent where none is presented.
    pub credential: Option<CredentialForm>,
    /// JSON Pointers to the machine-readable code in an error body; the first that leads to one counts.
    #[serde(default)]
    pub error_code: Vec<String>,
    /// A CEL condition over `status`, `headers` and `body` that holds for successes only, where the status does not tell.
    pub success: Option<String>,
    /// The order in which conditions are looked at: of two that hold at once, the first one decides.
    pub precedence: Option<Precedence>,
    /// Conditions that hold for every operation unless the operation says otherwise.
    #[serde(default)]
    pub conditions: BTreeMap<Condition, ConditionRule>,
    /// What is promised about caching, by side.
    #[serde(default)]
    pub caching: Caching,
    /// What is promised when the store behind the balance fails.
    pub failure: Option<FailurePolicy>,
    /// Relations between fields and headers.
    #[serde(default)]
    pub invariants: Vec<Invariant>,
}

/// What promises have that do not say it themselves.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PromiseDefaults {
    /// How binding they are.
    pub level: Option<Level>,
    /// How they are known, where their source has no grade of its own.
    pub grade: Option<Grade>,
    /// The source they are quoted from; the first one without it.
    pub document: Option<String>,
}

/// Which of two conditions decides that hold at once.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Precedence {
    /// The conditions, the first one to decide first.
    pub order: Vec<Condition>,
    /// The promise.
    pub promise: Promise,
}

/// `x-conformance` in an operation.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OperationExtension {
    /// What the operation is for.
    pub role: Role,
    /// What one successful call costs; only of a `spend`.
    pub cost: Option<Cost>,
    /// Where a successful answer says what is left, how much there was, whether use is allowed.
    #[serde(default)]
    pub fields: Fields,
    /// JSON Pointers to the code in an error body of this operation, in place of those of the document.
    #[serde(default)]
    pub error_code: Vec<String>,
    /// A CEL condition that holds for successes only, in place of that of the document.
    pub success: Option<String>,
    /// Relations that hold in every successful answer of this operation.
    #[serde(default)]
    pub invariants: Vec<OwnInvariant>,
    /// Conditions of this operation; they replace those of the document with the same name.
    #[serde(default)]
    pub conditions: BTreeMap<Condition, ConditionRule>,
    /// Another operation that limits the balance too: what can be used is the lesser of both amounts.
    pub capped_by: Option<CappedBy>,
    /// That the operation is free: calling it never changes the balance.
    pub free: Option<Promise>,
    /// The promise that the rate of requests to the operation is not limited.
    pub unlimited: Option<Promise>,
    /// That the operation answers as documented, in the source's own words; without it the document speaks for itself.
    pub promise: Option<Promise>,
}

/// Another operation that limits a balance too.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CappedBy {
    /// The operation, by `operationId`. Its `fields.remaining` is the other amount.
    pub operation: String,
    /// That the lesser of both amounts is what can be used.
    pub promise: Promise,
}

/// `x-conformance` in a response.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResponseExtension {
    /// That the response has the documented shape, where its source is not that of the operation.
    pub promise: Option<Promise>,
    /// Header fields that the response never has.
    #[serde(default)]
    pub absent_headers: Vec<String>,
}

/// A document that promises are quoted from.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct SourceDocument {
    /// Title, for people.
    pub title: String,
    /// Where it is published.
    pub url: Option<String>,
    /// The grade of promises quoted from it, unless they say another.
    pub grade: Option<Grade>,
}

/// How a request says whose balance it is about.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, tag = "in", rename_all = "snake_case")]
pub enum Tenant {
    /// The credential identifies the tenant.
    #[default]
    Credential,
    /// A query parameter does.
    Query {
        /// Name of the query parameter.
        name: String,
        /// Form of a synthetic value; `{tenant}` stands for a short unique name.
        form: String,
    },
}

/// The credential that a caller presents.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CredentialForm {
    /// Name of the scheme under `components.securitySchemes`.
    pub scheme: String,
    /// What a credential begins with, `gk_` for instance; may be empty.
    #[serde(default)]
    pub prefix: String,
    /// That a request without a valid credential is refused.
    pub required: Promise,
    /// That the name of the auth scheme (`Bearer`) is compared with regard to case, where a source says so.
    pub scheme_case_sensitive: Option<Promise>,
}

words! {
    /// What an operation is for.
    #[derive(Default)]
    #[non_exhaustive]
    pub enum Role {
        /// Says what is left.
        Balance = "balance",
        /// Costs credits.
        Spend = "spend",
        /// Makes the next `balance` answer a fresh one.
        Refresh = "refresh",
        /// Says whether the credential is valid.
        Health = "health",
        /// Anything else.
        #[default]
        Other = "other",
    }
}

/// What one successful call costs.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cost {
    /// Credits per successful call, as a decimal string; absent where the cost varies.
    pub amount: Option<String>,
    /// Where the answer says what the call cost; pointers into its body, or a header.
    pub charged: Option<Locator>,
    /// A CEL condition over `status` and `body` that holds for the successful answers that cost nothing.
    pub free_when: Option<String>,
    /// How the job comes to an end that the call starts; absent where the call itself is the service.
    pub jobs: Option<Jobs>,
    /// The promise.
    pub promise: Promise,
}

/// A job that a paid call starts: where its state is shown, and which states are final.
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
    /// The states of a job that has succeeded.
    pub succeeded: Vec<String>,
    /// The states of a job that has failed.
    pub failed: Vec<String>,
}

/// Where an answer says what.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fields {
    /// What is left, in credits.
    pub remaining: Option<Locator>,
    /// What there is or was in all, in credits.
    pub total: Option<Locator>,
    /// Whether use is allowed.
    pub allowed: Option<Locator>,
    /// Further places that repeat what is left, a header for instance; they must agree.
    #[serde(default, alias = "remaining_again")]
    pub remaining_repeated: Vec<Repeated>,
    /// What is reserved for jobs that are under way, in credits.
    pub held: Option<Repeated>,
    /// When what was used is given back, so that all of `total` is left again.
    pub resets: Option<Resets>,
}

/// The time at which what was used is given back.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resets {
    /// JSON Pointer to the time: seconds or milliseconds since 1970, or a text as in RFC 3339.
    pub at: String,
    /// That all of `total` is left again from then on.
    pub promise: Promise,
}

/// A further place that repeats what is left.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Repeated {
    /// Where.
    pub at: Locator,
    /// That it is there and agrees.
    pub promise: Promise,
}

words! {
    /// A situation that a source documents an answer for.
    #[non_exhaustive]
    pub enum Condition {
        /// No credential was presented.
        CredentialMissing = "credential.missing",
        /// The credential is not one of the provider's.
        CredentialUnknown = "credential.unknown",
        /// The credential was withdrawn.
        CredentialRevoked = "credential.revoked",
        /// The credential's time is over.
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

/// Which documented answer belongs to a condition.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConditionRule {
    /// Key under the operation's `responses`: `"401"`, `4XX`, `default`. For `path.unknown` and `method.unknown`,
    /// which belong to no operation, a key under `components.responses`.
    pub response: String,
    /// The status. Absent: that of the key, and if the key is a range or `default`, any that no other key names.
    pub status: Option<u16>,
    /// The status is stated nowhere: any will do, and only the code tells.
    #[serde(default)]
    pub any_status: bool,
    /// Value of the error code, where one is promised: a string, a number, a boolean or `null`.
    #[serde(default, deserialize_with = "present")]
    pub code: Option<Value>,
    /// JSON Pointers to the code in this response, in place of those of the operation.
    #[serde(default)]
    pub error_code: Vec<String>,
    /// A CEL condition over `status`, `headers` and `body` that tells the response, where status and code do not.
    pub when: Option<String>,
    /// Media type under the response's `content`; the first one if absent.
    pub media_type: Option<String>,
    /// Name of the example under that media type which shows the answer; the first one if absent.
    pub example: Option<String>,
    /// Other responses to the same condition that are as right.
    #[serde(default)]
    pub alternatives: Vec<ConditionRule>,
    /// The promise; without it, what the document says of the response.
    pub promise: Option<Promise>,
}

/// Reads a value that may be `null`, which is not the same as none.
fn present<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

/// What is promised about caching.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Caching {
    /// Behind the API.
    pub server: Option<CacheRule>,
    /// In front of it, by the caller.
    pub client: Option<CacheRule>,
}

/// What is promised about one cache. Absent altogether: nothing is said, and whatever a side does is right.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CacheRule {
    /// Whether answers are kept.
    pub kind: CacheKind,
    /// The least time an answer is kept, in milliseconds. Equal to `max_ttl_ms` where the source names one time.
    pub min_ttl_ms: Option<u64>,
    /// The longest time an answer is kept, in milliseconds; absent where the source names none.
    pub max_ttl_ms: Option<u64>,
    /// The promise that cached balances are not shown to other tenants.
    pub scope: Option<Promise>,
    /// The roles of operations whose success drops what was kept.
    #[serde(default)]
    pub invalidated_by: BTreeMap<Role, Promise>,
    /// The promise of the time itself.
    pub promise: Promise,
}

words! {
    /// Whether answers are kept.
    #[non_exhaustive]
    pub enum CacheKind {
        /// They are: within the TTL the kept answer is given.
        Cached = "cached" | "kept",
        /// They may be, within the bounds given.
        Permitted = "permitted",
        /// They are not: every answer is a fresh one.
        None = "none",
    }
}

/// What is promised when the store behind the balance fails.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FailurePolicy {
    /// Open or closed.
    pub mode: FailureMode,
    /// What a client is told of the balance when it fails open: the value of `allowed`.
    pub allowed: Option<bool>,
    /// What a server does; without it, servers are not judged by the policy.
    pub server: Option<Promise>,
    /// What a client does; without it, clients are not judged by the policy.
    pub client: Option<Promise>,
    /// That a spend is refused when nothing is left, whatever the check said.
    pub enforced_on_spend: Option<Promise>,
}

words! {
    /// What a failure means for the caller.
    #[non_exhaustive]
    pub enum FailureMode {
        /// Use is allowed.
        Open = "open",
        /// The failure is surfaced; no balance is made up.
        Closed = "closed",
    }
}

/// A relation that holds in every successful answer of one operation.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnInvariant {
    /// A short name, unique in the document.
    pub id: String,
    /// CEL, as in [`Invariant`].
    pub expression: String,
    /// The promise.
    pub promise: Promise,
}

/// A relation that holds in every successful answer of the operations named.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Invariant {
    /// A short name, unique in the document.
    pub id: String,
    /// The operations it speaks of, by `operationId`.
    pub operations: Vec<String>,
    /// CEL over `status` (int), `headers` (map from lower-case name to string) and `body`, with `sum(list)` besides
    /// the standard functions. It must come out `true`.
    pub expression: String,
    /// The promise.
    pub promise: Promise,
}
