//! Request bodies, responses, their headers, media types and examples.

use std::sync::Arc;

use serde_json::Value;

use super::Reader;
use crate::contract::node::Node;
use crate::contract::{Content, HeaderField, RequestBody, Response, StatusRange};

impl<'a> Reader<'a> {
    pub(super) fn request(&mut self, node: &Node<'a>) -> Option<RequestBody> {
        let node = node.follow(&mut self.diagnostics)?;
        let content = node.get("content").map(|content| self.content(&content)).unwrap_or_default();
        Some(RequestBody { required: node.is_true("required"), content })
    }

    /// The responses of an operation by key, as documented, and in the order in which they are asked.
    pub(super) fn responses(&mut self, node: &Node<'a>) -> Vec<(String, Arc<Response>)> {
        let mut responses = Vec::new();
        if !node.value.is_object() {
            self.diagnostics.warn(&node.location, "`responses` takes responses by status");
        }
        for (key, response) in node.members() {
            if key.starts_with("x-") {
                continue;
            }
            let Some(status) = StatusRange::of_key(key) else {
                let message = format!("`{key}` is no status: write `200`, a range such as `4XX`, or `default`");
                self.diagnostics.warn(&response.location, message);
                continue;
            };
            if let Some(response) = self.response(&response, status) {
                responses.push((key.to_owned(), Arc::new(response)));
            }
        }
        responses.sort_by_key(|(_, response)| response.status);
        responses
    }

    /// One response; `node` may be a reference.
    pub(in crate::contract) fn response(&mut self, node: &Node<'a>, status: StatusRange) -> Option<Response> {
        let at = self.documents.describe(&node.location);
        let node = node.follow(&mut self.diagnostics)?;
        if !node.value.is_object() {
            self.diagnostics.warn(&node.location, "a response is an object with a `description`");
            return None;
        }
        let headers = node.get("headers").map(|headers| self.headers(&headers)).unwrap_or_default();
        let content = node.get("content").map(|content| self.content(&content)).unwrap_or_default();
        let description = node.text("description").unwrap_or("as documented").to_owned();
        Some(Response { status, headers, content, description, at, promise: None, absent_headers: Vec::new() })
    }

    fn headers(&mut self, node: &Node<'a>) -> Vec<HeaderField> {
        let mut fields = Vec::new();
        for (name, header) in node.members() {
            let name = name.to_ascii_lowercase();
            // The media type is said under `content`; OpenAPI has this one ignored.
            if name == "content-type" {
                continue;
            }
            let Some(header) = header.follow(&mut self.diagnostics) else { continue };
            let schema = self.described(&header);
            let example = schema.examples.first().map(|(_, value)| as_text(value));
            fields.push(HeaderField { name, required: header.is_true("required"), schema: schema.schema, example });
        }
        fields
    }

    pub(super) fn content(&mut self, node: &Node<'a>) -> Vec<Content> {
        if !node.value.is_object() {
            self.diagnostics.warn(&node.location, "`content` takes bodies by media type");
        }
        let members = node.members();
        members
            .into_iter()
            .filter(|(name, _)| !name.starts_with("x-"))
            .filter_map(|(name, node)| {
                let media_type = name.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
                if !media_type.contains('/') {
                    self.diagnostics.warn(
                        &node.location,
                        format!("`{name}` is no media type: write `application/json` for instance"),
                    );
                }
                // Only 3.2 lets a media type be a reference, but there it costs nothing.
                let node = node.follow(&mut self.diagnostics)?;
                let mut content = self.described(&node);
                content.media_type = media_type;
                content.parameters = name.split(';').skip(1).filter_map(parameter).collect();
                Some(content)
            })
            .collect()
    }

    /// The schema and the examples that a media type, a parameter or a header has.
    pub(super) fn described(&mut self, node: &Node<'a>) -> Content {
        // A parameter or a header may have its schema one step further down.
        let inner = node.get("content").and_then(|content| content.members().into_iter().next().map(|(_, node)| node));
        let node = inner.as_ref().unwrap_or(node);
        let mut content = Content::new("", None, Vec::new());
        let mut shown = Vec::new();
        if let Some(example) = node.get("example") {
            shown.push(("example".to_owned(), example));
        }
        for (name, example) in node.get("examples").map(|examples| examples.members()).unwrap_or_default() {
            let Some(example) = example.follow(&mut self.diagnostics) else { continue };
            if let Some(value) = example.get("value").or_else(|| example.get("dataValue")) {
                shown.push((name.to_owned(), value));
            }
        }
        if let Some(schema) = node.get("schema") {
            let (schema, location) = self.schema(&schema);
            self.examples.extend(shown.iter().map(|(_, example)| (location.clone(), example.location.clone())));
            content.schema = Some(schema);
            if shown.is_empty()
                && let Some(value) = self.documents.value(&location)
                && let Some(example) = example_of(value)
            {
                content.examples.push(("schema".to_owned(), example.clone()));
            }
        }
        content.examples.extend(shown.into_iter().map(|(name, example)| (name, example.value.clone())));
        content
    }
}

/// A parameter of a media type, with its quotes removed.
fn parameter(text: &str) -> Option<(String, String)> {
    let (name, value) = text.split_once('=')?;
    Some((name.trim().to_ascii_lowercase(), value.trim().trim_matches('"').to_owned()))
}

/// The example that a schema carries itself.
fn example_of(schema: &Value) -> Option<&Value> {
    schema.get("example").or_else(|| schema.get("examples")?.as_array()?.first())
}

/// A value as it stands in a header, a path or a query.
pub(in crate::contract) fn as_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        Value::Array(elements) => elements.iter().map(as_text).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    }
}

impl StatusRange {
    /// The range that a key under `responses` names.
    pub(in crate::contract) fn of_key(key: &str) -> Option<Self> {
        if key == "default" {
            return Some(Self::Default);
        }
        let (digit, rest) = (key.get(..1)?, key.get(1..)?);
        if rest.eq_ignore_ascii_case("xx") {
            let digit = digit.parse().ok().filter(|digit| (1..=5).contains(digit))?;
            return Some(Self::Class(digit));
        }
        let status = key.parse().ok().filter(|status| (100..=599).contains(status) && key.len() == 3)?;
        Some(Self::Exact(status))
    }

    /// The status that stands for the range where one has to be given.
    #[must_use]
    pub fn canonical(self) -> u16 {
        match self {
            Self::Exact(status) => status,
            Self::Class(digit) => u16::from(digit) * 100,
            Self::Default => 500,
        }
    }
}
