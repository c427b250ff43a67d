//! The documented responses of an operation, and their bodies.

use std::sync::{Arc, OnceLock};

use serde_json::Value;

use super::{Expression, Promise, Schema, made_up};

/// A documented response.
#[derive(Debug, Clone)]
pub struct Response {
    /// The statuses that it is documented for.
    pub status: StatusRange,
    /// The documented header fields.
    pub headers: Vec<HeaderField>,
    /// The media types; empty if no body is documented.
    pub content: Vec<Content>,
    /// Its description in the document.
    pub description: String,
    /// Its place in the document, as a JSON Pointer.
    pub at: String,
    /// The promise that it has the documented shape, where that has another source than the promise of the operation.
    pub promise: Option<Promise>,
    /// Header fields, in lower case, that the response never has.
    pub absent_headers: Vec<String>,
}

/// The statuses that a response is documented for: a key under `responses`.
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
    /// Whether it is required.
    pub required: bool,
    /// The schema of its value.
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
    /// The schema of the body.
    pub schema: Option<Schema>,
    /// Named examples; a lone `example` is called `example`.
    pub examples: Vec<(String, Value)>,
    /// The result of [`Content::example`], once it was needed.
    shown: Arc<OnceLock<Option<Value>>>,
}

/// The documented response to a condition.
#[derive(Debug, Clone)]
pub struct DocumentedResponse {
    /// The statuses that the response may have; `None`: any.
    pub status: Option<StatusRange>,
    /// The status that the mock uses.
    pub canonical_status: u16,
    /// The error code, as text.
    pub code: Option<String>,
    /// JSON Pointers to the error code.
    pub code_at: Vec<String>,
    /// Holds for this response and not for others, where status and code do not tell them apart.
    pub when: Option<Expression>,
    /// Other responses to the same condition that are correct too.
    pub alternatives: Vec<DocumentedResponse>,
    /// The response that describes it.
    pub response: Arc<Response>,
    /// The media type in that response.
    pub media_type: Option<String>,
    /// The example body.
    pub example: Option<Value>,
    /// The promise.
    pub promise: Promise,
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

impl HeaderField {
    /// A value of the field: the documented example if it conforms, else one made up if the field is required.
    #[must_use]
    pub fn shown(&self) -> Option<String> {
        let fits = |text: &String| self.schema.as_ref().is_none_or(|schema| text_fits(schema, text));
        let wanted = self.required || self.example.is_some() || self.name == "location";
        let made_up = || made_up::text(self.schema.as_ref().filter(|_| wanted)?);
        let shown = self.example.clone().filter(fits).or_else(made_up).or_else(|| self.example.clone());
        shown.filter(|text| text.chars().all(|letter| letter == '\t' || !letter.is_ascii_control()))
    }
}

/// Whether a text conforms to the schema of a header field or a parameter, which may describe the number or the boolean in it.
#[cfg(feature = "harness")]
pub(super) fn text_fits(schema: &Schema, text: &str) -> bool {
    schema.accepts(&text.into()) || serde_json::from_str(text.trim()).is_ok_and(|value| schema.accepts(&value))
}

#[cfg(not(feature = "harness"))]
pub(super) fn text_fits(_: &Schema, _: &str) -> bool {
    true
}

impl Content {
    /// Creates a body without media type parameters.
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
        is_json(&self.media_type)
    }
}

/// Whether a media type (in lower case, without parameters) is JSON.
#[must_use]
pub fn is_json(media_type: &str) -> bool {
    media_type == "application/json" || media_type.ends_with("+json")
}
