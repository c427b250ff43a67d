//! The `x-conformance` extension: what `OpenAPI` cannot say about a credit-balance API.
//!
//! The types mirror the text one to one, and the rest of the crate works with them as they are.
//! `schemas/x-conformance.schema.json` describes the same for editors; a test holds the two together.

mod caching;
mod condition;
mod cost;
mod credential;
mod failure;
mod fields;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Grade, Level, Locator, Promise};
use crate::words::words;

pub use caching::{CacheKind, CacheRule, Caching};
pub use condition::{Condition, ConditionRule, Precedence};
pub use cost::{Cost, Jobs};
pub use credential::{CredentialForm, Tenant};
pub use failure::{FailureMode, FailurePolicy};
pub use fields::{CappedBy, Fields, Repeated, Resets};

/// `x-conformance` at the top of a document.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DocumentExtension {
    /// Format version of the extension: 1.
    pub version: u32,
    /// The documents that promises are quoted from, by short name.
    #[serde(default)]
    pub sources: BTreeMap<String, SourceDocument>,
    /// Level, grade and source of promises that do not state them.
    pub defaults: Option<PromiseDefaults>,
    /// What identifies the owner of the balance in a request.
    #[serde(default)]
    pub tenant: Tenant,
    /// The credential that a caller presents, if any.
    pub credential: Option<CredentialForm>,
    /// JSON Pointers to the machine-readable code in an error body; the first one that selects a value counts.
    #[serde(default)]
    pub error_code: Vec<String>,
    /// A CEL condition over `status`, `headers` and `body` that holds for successes only, where the status does not tell them from
    /// refusals.
    pub success: Option<String>,
    /// The order of conditions: of two that hold at once, the first one decides.
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

/// Level, grade and source of promises that do not state them.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PromiseDefaults {
    /// How binding they are.
    pub level: Option<Level>,
    /// The kind of source, where the source has no grade of its own.
    pub grade: Option<Grade>,
    /// The source they are quoted from; the first one without it.
    pub document: Option<String>,
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

/// `x-conformance` in an operation.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OperationExtension {
    /// What the operation is for.
    pub role: Role,
    /// What one successful call costs; only of a `spend`.
    pub cost: Option<Cost>,
    /// Where a successful response contains what is left, what there was in all, and whether use is allowed.
    #[serde(default)]
    pub fields: Fields,
    /// JSON Pointers to the code in an error body of this operation, in place of those of the document.
    #[serde(default)]
    pub error_code: Vec<String>,
    /// A CEL condition that holds for successes only, in place of that of the document.
    pub success: Option<String>,
    /// Relations that hold in every successful response of this operation.
    #[serde(default)]
    pub invariants: Vec<OwnInvariant>,
    /// Conditions of this operation; they replace those of the document with the same name.
    #[serde(default)]
    pub conditions: BTreeMap<Condition, ConditionRule>,
    /// Another operation that limits the balance too: what can be used is the lesser of both amounts.
    pub capped_by: Option<CappedBy>,
    /// The promise that calling the operation never changes the balance.
    pub free: Option<Promise>,
    /// The promise that the rate of requests to the operation is not limited.
    pub unlimited: Option<Promise>,
    /// The promise that the operation responds as documented; without it, the document itself is the source.
    pub promise: Option<Promise>,
}

words! {
    /// What an operation is for.
    #[derive(Default)]
    #[non_exhaustive]
    pub enum Role {
        /// Returns the balance.
        Balance = "balance",
        /// Costs credits.
        Spend = "spend",
        /// Drops the cached balance of the server, so that the next response of `balance` is fresh.
        Refresh = "refresh",
        /// Returns whether the credential is valid.
        Health = "health",
        /// Anything else.
        #[default]
        Other = "other",
    }
}

/// `x-conformance` in a response.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResponseExtension {
    /// The promise that the response has the documented shape, where that has another source than the promise of the operation.
    pub promise: Option<Promise>,
    /// Header fields that the response never has.
    #[serde(default)]
    pub absent_headers: Vec<String>,
}

/// A relation that holds in every successful response of one operation.
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

/// A relation that holds in every successful response of the operations that it names.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Invariant {
    /// A short name, unique in the document.
    pub id: String,
    /// The operations, by `operationId`.
    pub operations: Vec<String>,
    /// CEL over `status` (int), `headers` (map from lower-case name to string) and `body`, with `sum(list)` besides
    /// the standard functions. It must be `true`.
    pub expression: String,
    /// The promise.
    pub promise: Promise,
}
