//! An operation: how it is requested, what it is for, and what it costs.

use std::collections::BTreeMap;
use std::sync::Arc;

use rust_decimal::Decimal;

use super::response::text_fits;
use super::{
    CappedBy, Condition, Content, DocumentedResponse, Expression, Fields, Jobs, Locator, Promise, Response, Role,
    Schema, path_matches,
};

/// One method on one path.
#[derive(Debug, Clone)]
pub struct Operation {
    /// `operationId`, or `METHOD /path` without one.
    pub id: String,
    /// The method, in upper case.
    pub method: String,
    /// The path template, with its leading slash, below the server's URL.
    pub path: String,
    /// Its summary in the document.
    pub summary: Option<String>,
    /// Its description in the document, in Markdown.
    pub description: Option<String>,
    /// The path with an example filled in for every parameter, and the required query parameters behind it.
    pub example_path: String,
    /// The required header parameters, by lower-case name, with an example each; credentials are not among them.
    pub example_headers: Vec<(String, String)>,
    /// The required query parameters and header fields; credentials are not among them.
    pub parameters: Vec<RequiredParameter>,
    /// JSON Pointers to the code in an error body of this operation.
    pub error_codes: Vec<String>,
    /// Holds for successes only, where the status does not tell them from refusals.
    pub success: Option<Expression>,
    /// What it is for.
    pub role: Role,
    /// What a successful call costs; only of a spend.
    pub cost: Option<Charge>,
    /// Where a successful response contains the balance.
    pub fields: Fields,
    /// Whether a credential is required.
    pub secured: bool,
    /// The request body, if one is documented.
    pub request: Option<RequestBody>,
    /// The documented responses, most specific first.
    pub responses: Vec<Arc<Response>>,
    /// The documented response to each condition; conditions of the whole document are included.
    pub conditions: BTreeMap<Condition, DocumentedResponse>,
    /// Relations that hold in every successful response.
    pub invariants: Vec<Rule>,
    /// Another operation that limits the balance too.
    pub capped_by: Option<CappedBy>,
    /// The promise that calling it never changes the balance.
    pub free: Option<Promise>,
    /// The promise that the rate of requests is not limited.
    pub unlimited: Option<Promise>,
    /// The promise that it responds as documented; without a source of its own, the document is the source.
    pub promise: Promise,
}

impl Operation {
    /// Whether a path, without a query, matches the path template.
    #[must_use]
    pub fn matches(&self, path: &str) -> bool {
        path_matches(&self.path, path)
    }

    /// The documented response for a status: the exact key, else the range, else `default`.
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

/// A query parameter or a header field that a request must have.
#[derive(Debug, Clone)]
pub struct RequiredParameter {
    /// Its name.
    pub name: String,
    /// Whether it is a header field; else it is a query parameter.
    pub in_header: bool,
    /// The schema of its value.
    pub schema: Option<Schema>,
    /// A value.
    pub example: String,
}

impl RequiredParameter {
    /// Whether a value conforms to the schema of the parameter.
    #[must_use]
    pub fn accepts(&self, text: &str) -> bool {
        self.schema.as_ref().is_none_or(|schema| text_fits(schema, text))
    }
}

/// A request body.
#[derive(Debug, Clone)]
pub struct RequestBody {
    /// Whether a request must have it.
    pub required: bool,
    /// Its media types, in the order of the document.
    pub content: Vec<Content>,
}

/// What a successful call costs.
#[derive(Debug, Clone)]
pub struct Charge {
    /// Credits, where the cost is fixed.
    pub amount: Option<Decimal>,
    /// Where the response contains the cost.
    pub charged: Option<Locator>,
    /// Holds for successful responses to calls that cost nothing.
    pub free_when: Option<Expression>,
    /// The job that the call starts, if it starts one.
    pub jobs: Option<Jobs>,
    /// The promise.
    pub promise: Promise,
}

/// An invariant: a relation that holds in every successful response.
#[derive(Debug, Clone)]
pub struct Rule {
    /// Its name.
    pub id: String,
    /// The relation; it must be true.
    pub expression: Expression,
    /// The promise.
    pub promise: Promise,
}
