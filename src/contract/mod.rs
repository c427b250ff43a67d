//! What a provider promises: an `OpenAPI` document with its JSON Schemas and the `x-conformance` extension, as plain typed data.
//!
//! A contract is data. Nothing here knows a provider, opens a socket or reads a clock.

mod conformance;
mod credential;
mod diagnostic;
mod diagnostics;
mod document;
mod document_set;
#[cfg(feature = "harness")]
mod documents;
#[cfg(feature = "harness")]
mod examples;
mod expression;
mod extension;
mod failure_flags;
mod json_path;
mod load;
mod locator;
mod made_up;
#[cfg(feature = "harness")]
mod message;
mod node;
mod openapi;
mod operation;
mod outcome;
mod path_template;
mod percent;
mod promise;
mod reference;
mod response;
mod schema;
mod source;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use credential::{Credential, CredentialPlace};
pub use diagnostic::{Diagnostic, Lint, LoadError};
#[cfg(feature = "harness")]
pub use documents::{Documents, Item, Origins};
#[cfg(feature = "harness")]
pub(crate) use expression::leaves;
pub use expression::{Computed, Expression, ExpressionError};
pub use extension::{
    CacheKind, CacheRule, Caching, CappedBy, Condition, ConditionRule, Cost, CredentialForm, DocumentExtension,
    FailureMode, FailurePolicy, Fields, Invariant, Jobs, OperationExtension, OwnInvariant, Precedence, PromiseDefaults,
    Repeated, Resets, ResponseExtension, Role, SourceDocument, Tenant,
};
pub use json_path::select;
#[cfg(feature = "harness")]
pub use load::{in_memory, lint};
pub use locator::{Encoding, Locator, Meaning};
#[cfg(feature = "harness")]
pub(crate) use message::message_pointers;
pub use operation::{Charge, Operation, RequestBody, RequiredParameter, Rule};
pub use outcome::code_in;
pub use path_template::{parameters, path_matches};
pub use promise::{Grade, Level, Promise};
pub use response::{Content, DocumentedResponse, HeaderField, Response, StatusRange, is_json};
#[cfg(feature = "harness")]
pub use schema::NumberRule;
pub use schema::{Schema, SchemaError, ValidationError};
pub use source::bundled;

/// What a provider promises.
///
/// [`Contract::load`] makes one. Its parts are hidden from the documentation: they may change at any time, and are public only for
/// the program and the tests of this package.
#[derive(Debug, Clone)]
pub struct Contract {
    /// Short name: the folder's, or the document's file stem.
    #[doc(hidden)]
    pub name: String,
    /// `info.title`.
    #[doc(hidden)]
    pub title: String,
    /// `sha256:` and the hex digest over all files of the contract, in the order of their names.
    #[doc(hidden)]
    pub digest: String,
    /// `servers[0].url`, without a trailing slash; empty if the document has no server.
    #[doc(hidden)]
    pub server_url: String,
    /// The operations, in the order of the document.
    #[doc(hidden)]
    pub operations: Vec<Arc<Operation>>,
    /// The credential that a caller presents, if any.
    #[doc(hidden)]
    pub credential: Option<Credential>,
    /// What identifies the owner of the balance in a request.
    #[doc(hidden)]
    pub tenant: Tenant,
    /// JSON Pointer to the code in an error body.
    #[doc(hidden)]
    pub error_code: Option<String>,
    /// JSON Pointers to the code in an error body; the first one that selects a value counts. `error_code` is the first of them.
    #[doc(hidden)]
    pub error_codes: Vec<String>,
    /// The order of conditions, where two may hold at once.
    #[doc(hidden)]
    pub precedence: Option<Precedence>,
    /// What is promised about caching.
    #[doc(hidden)]
    pub caching: Caching,
    /// What is promised when the store behind the balance fails.
    #[doc(hidden)]
    pub failure: Option<FailurePolicy>,
    /// Responses that belong to no operation: to an unknown path or method.
    #[doc(hidden)]
    pub conditions: BTreeMap<Condition, DocumentedResponse>,
    /// The documents that promises are quoted from.
    #[doc(hidden)]
    pub sources: BTreeMap<String, SourceDocument>,
    /// Whether the document has an `x-conformance` extension; without it only shapes, documented errors,
    /// credentials by scheme and robustness can be judged.
    #[doc(hidden)]
    pub extended: bool,
}

impl Contract {
    /// The name: of the bundled contract, of the folder, or of the document.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The title of the document.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }

    /// The SHA-256 of all documents that belong to the contract, as `sha256:` and hexadecimal digits.
    #[must_use]
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// The base URL of the provider: `servers[0].url` without a trailing slash; empty if the document has none.
    #[must_use]
    pub fn server_url(&self) -> &str {
        &self.server_url
    }

    /// Whether the document has the extension `x-conformance`.
    #[must_use]
    pub fn is_extended(&self) -> bool {
        self.extended
    }

    /// The jobs that paid calls start, if they do.
    #[doc(hidden)]
    #[must_use]
    pub fn jobs(&self) -> Option<&Jobs> {
        self.operation(Role::Spend)?.cost.as_ref()?.jobs.as_ref()
    }

    /// The first operation of that role.
    #[doc(hidden)]
    #[must_use]
    pub fn operation(&self, role: Role) -> Option<&Arc<Operation>> {
        self.operations.iter().find(|operation| operation.role == role)
    }

    /// Where a request contains the credential, if callers present one.
    #[doc(hidden)]
    #[must_use]
    pub fn credential_place(&self) -> Option<&CredentialPlace> {
        self.credential.as_ref().map(|credential| &credential.place)
    }
}
