//! What was promised: an `OpenAPI` document with its JSON Schemas and the `x-conformance` extension, as plain typed data.
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
mod outcome;
mod path_template;
mod percent;
mod promise;
mod reference;
mod schema;
mod source;

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use rust_decimal::Decimal;
use serde_json::Value;

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
pub use outcome::code_in;
pub use path_template::{parameters, path_matches};
pub use promise::{Grade, Level, Promise};
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
    /// How a request says whose balance it is about.
    #[doc(hidden)]
    pub tenant: Tenant,
    /// JSON Pointer to the code in an error body.
    #[doc(hidden)]
    pub error_code: Option<String>,
    /// JSON Pointers to the code in an error body, of which the first that leads to one counts; `error_code` is the first of
    /// them.
    #[doc(hidden)]
    pub error_codes: Vec<String>,
    /// Which of two conditions decides that hold at once.
    #[doc(hidden)]
    pub precedence: Option<Precedence>,
    /// What is promised about caching.
    #[doc(hidden)]
    pub caching: Caching,
    /// What is promised when the store behind the balance fails.
    #[doc(hidden)]
    pub failure: Option<FailurePolicy>,
    /// Answers that belong to no operation: unknown path, unknown method.
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
}

/// One method on one path.
#[derive(Debug, Clone)]
pub struct Operation {
    /// `operationId`, or `METHOD /path` without one.
    pub id: String,
    /// The method, in upper case.
    pub method: String,
    /// The path template, with its leading slash, below the server's URL.
    pub path: String,
    /// What the document says of it in a few words.
    pub summary: Option<String>,
    /// What the document says of it at length, in Markdown.
    pub description: Option<String>,
    /// The path with an example filled in for every parameter, and the required query parameters behind it.
    pub example_path: String,
    /// The required header parameters, by lower-case name, with an example each; credentials are not among them.
    pub example_headers: Vec<(String, String)>,
    /// The required query parameters and header fields; credentials are not among them.
    pub parameters: Vec<RequiredParameter>,
    /// JSON Pointers to the code in an error body of this operation.
    pub error_codes: Vec<String>,
    /// Holds for successes only, where the status does not tell.
    pub success: Option<Expression>,
    /// What it is for.
    pub role: Role,
    /// What a successful call costs; only of a spend.
    pub cost: Option<Charge>,
    /// Where a successful answer says what.
    pub fields: Fields,
    /// Whether a credential is needed.
    pub secured: bool,
    /// The request body, if one is documented.
    pub request: Option<RequestBody>,
    /// The documented responses, most specific first.
    pub responses: Vec<Arc<Response>>,
    /// Which documented answer belongs to which condition; those of the document included.
    pub conditions: BTreeMap<Condition, DocumentedResponse>,
    /// Relations that hold in every successful answer.
    pub invariants: Vec<Rule>,
    /// Another operation that limits the balance too.
    pub capped_by: Option<CappedBy>,
    /// That calling it never changes the balance.
    pub free: Option<Promise>,
    /// The promise that the rate of requests is not limited.
    pub unlimited: Option<Promise>,
    /// That it answers as documented: the document itself, at this operation.
    pub promise: Promise,
}

/// A query parameter or a header field that a request must have.
#[derive(Debug, Clone)]
pub struct RequiredParameter {
    /// Its name.
    pub name: String,
    /// Whether it is a header field; else it is a query parameter.
    pub in_header: bool,
    /// What its value looks like.
    pub schema: Option<Schema>,
    /// A value.
    pub example: String,
}

/// What a successful call costs.
#[derive(Debug, Clone)]
pub struct Charge {
    /// Credits, where the cost is fixed.
    pub amount: Option<Decimal>,
    /// Where the answer says what it cost.
    pub charged: Option<Locator>,
    /// Holds for the successful answers that cost nothing.
    pub free_when: Option<Expression>,
    /// How the job comes to an end that the call starts.
    pub jobs: Option<Jobs>,
    /// The promise.
    pub promise: Promise,
}

/// A compiled invariant.
#[derive(Debug, Clone)]
pub struct Rule {
    /// Its name.
    pub id: String,
    /// What must come out true.
    pub expression: Expression,
    /// The promise.
    pub promise: Promise,
}

/// A request body.
#[derive(Debug, Clone)]
pub struct RequestBody {
    /// Whether it must be there.
    pub required: bool,
    /// Its media types, in the order of the document.
    pub content: Vec<Content>,
}

/// A documented response.
#[derive(Debug, Clone)]
pub struct Response {
    /// Which statuses it speaks of.
    pub status: StatusRange,
    /// The documented header fields.
    pub headers: Vec<HeaderField>,
    /// The media types; empty if no body is documented.
    pub content: Vec<Content>,
    /// What the document says of it.
    pub description: String,
    /// Where in the document it stands.
    pub at: String,
    /// That it has the documented shape, where its source is not that of the operation.
    pub promise: Option<Promise>,
    /// Header fields, in lower case, that the response never has.
    pub absent_headers: Vec<String>,
}

/// Which statuses a response speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum StatusRange {
    /// One status.
    Exact(u16),
    /// All that begin with this digit: `4XX`.
    Class(u8),
    /// Every status that no other key names.
    Default,
}

/// A documented header field.
#[derive(Debug, Clone)]
pub struct HeaderField {
    /// Its name, in lower case.
    pub name: String,
    /// Whether it must be there.
    pub required: bool,
    /// What its value looks like.
    pub schema: Option<Schema>,
    /// An example value, as text.
    pub example: Option<String>,
}

/// A body of one media type.
#[derive(Debug, Clone)]
pub struct Content {
    /// The media type without parameters, in lower case; may be a range such as `*/*`.
    pub media_type: String,
    /// The documented parameters of the media type, names in lower case.
    pub parameters: Vec<(String, String)>,
    /// What the body looks like.
    pub schema: Option<Schema>,
    /// Named examples; a lone `example` is called `example`.
    pub examples: Vec<(String, Value)>,
    /// What stands for all bodies, made when it is first needed.
    shown: Arc<OnceLock<Option<Value>>>,
}

/// The documented answer to a condition.
#[derive(Debug, Clone)]
pub struct DocumentedResponse {
    /// The statuses that will do; `None`: any.
    pub status: Option<StatusRange>,
    /// The status that the mock provider uses.
    pub canonical_status: u16,
    /// Value of the error code, as text.
    pub code: Option<String>,
    /// JSON Pointers to that code.
    pub code_at: Vec<String>,
    /// Tells the response where status and code do not.
    pub when: Option<Expression>,
    /// Other responses to the same condition that are as right.
    pub alternatives: Vec<DocumentedResponse>,
    /// The response it is described by.
    pub response: Arc<Response>,
    /// The media type in that response, and the example shown there.
    pub media_type: Option<String>,
    /// The example body.
    pub example: Option<Value>,
    /// The promise.
    pub promise: Promise,
}

impl Contract {
    /// The jobs that paid calls start, if they do.
    #[must_use]
    pub fn jobs(&self) -> Option<&Jobs> {
        self.operation(Role::Spend)?.cost.as_ref()?.jobs.as_ref()
    }

    /// The first operation of that role.
    #[must_use]
    pub fn operation(&self, role: Role) -> Option<&Arc<Operation>> {
        self.operations.iter().find(|operation| operation.role == role)
    }

    /// Where the credential stands in a request, if callers present one.
    #[must_use]
    pub fn credential_place(&self) -> Option<&CredentialPlace> {
        self.credential.as_ref().map(|credential| &credential.place)
    }
}

impl HeaderField {
    /// A value of the field: the documented example if it conforms, else one made up, where the field must be there.
    #[must_use]
    pub fn shown(&self) -> Option<String> {
        let fits = |text: &String| self.schema.as_ref().is_none_or(|schema| text_fits(schema, text));
        let wanted = self.required || self.example.is_some() || self.name == "location";
        let made_up = || made_up::text(self.schema.as_ref().filter(|_| wanted)?);
        let shown = self.example.clone().filter(fits).or_else(made_up).or_else(|| self.example.clone());
        shown.filter(|text| text.chars().all(|letter| letter == '\t' || !letter.is_ascii_control()))
    }
}

impl RequiredParameter {
    /// Whether a value conforms to the schema of the parameter.
    #[must_use]
    pub fn accepts(&self, text: &str) -> bool {
        self.schema.as_ref().is_none_or(|schema| text_fits(schema, text))
    }
}

/// Whether a text conforms to a schema of a header field, which may describe the number or the boolean in it.
#[cfg(feature = "harness")]
fn text_fits(schema: &Schema, text: &str) -> bool {
    schema.accepts(&text.into()) || serde_json::from_str(text.trim()).is_ok_and(|value| schema.accepts(&value))
}

#[cfg(not(feature = "harness"))]
fn text_fits(_: &Schema, _: &str) -> bool {
    true
}

impl Content {
    /// A body of this media type.
    #[must_use]
    pub fn new(media_type: &str, schema: Option<Schema>, examples: Vec<(String, Value)>) -> Self {
        Self { media_type: media_type.to_owned(), parameters: Vec::new(), schema, examples, shown: Arc::default() }
    }

    /// A value that stands for all bodies: the first documented example that conforms to the schema, else one made up for the
    /// schema. `None` if nothing is known about the body.
    #[must_use]
    pub fn example(&self) -> Option<&Value> {
        self.shown.get_or_init(|| self.shown_example()).as_ref()
    }

    fn shown_example(&self) -> Option<Value> {
        let first = self.examples.first().map(|(_, value)| value);
        let Some(schema) = &self.schema else { return first.cloned() };
        let mut examples = self.examples.iter().map(|(_, value)| value);
        #[cfg(feature = "harness")]
        let fits = examples.find(|value| schema.accepts(value));
        #[cfg(not(feature = "harness"))]
        let fits = examples.next();
        fits.cloned().or_else(|| made_up::value(schema)).or_else(|| first.cloned())
    }

    /// Whether the media type is JSON.
    #[must_use]
    pub fn is_json(&self) -> bool {
        self.media_type == "application/json" || self.media_type.ends_with("+json")
    }
}

impl StatusRange {
    /// Whether a status lies in the range.
    #[must_use]
    pub fn contains(self, status: u16) -> bool {
        match self {
            Self::Exact(exact) => exact == status,
            Self::Class(digit) => status / 100 == u16::from(digit),
            Self::Default => true,
        }
    }
}

impl Operation {
    /// Whether a path, without a query, matches the path template.
    #[must_use]
    pub fn matches(&self, path: &str) -> bool {
        path_matches(&self.path, path)
    }

    /// The documented response that speaks of a status: the exact key, else the range, else `default`.
    #[must_use]
    pub fn response(&self, status: u16) -> Option<&Arc<Response>> {
        self.responses.iter().find(|response| response.status.contains(status))
    }

    /// The promise that a documented response has its shape: that of the response, else that of the operation.
    #[must_use]
    pub fn promise_of<'a>(&'a self, response: &'a Response) -> &'a Promise {
        response.promise.as_ref().unwrap_or(&self.promise)
    }
}
