//! Parameters, and the example request that they make up.

use serde_json::Value;

use super::Reader;
use super::body::as_text;
use crate::contract::Schema;
use crate::contract::document_set::Location;
use crate::contract::node::Node;
use crate::contract::percent::percent_encode;

/// A parameter with an example value.
pub(super) struct Parameter {
    name: String,
    place: String,
    required: bool,
    location: Location,
    example: String,
}

impl<'a> Reader<'a> {
    /// The parameters of an operation; its own replace those of the path item with the same name and place.
    pub(super) fn parameters(&mut self, path_item: Option<Node<'a>>, operation: Option<Node<'a>>) -> Vec<Parameter> {
        let mut parameters: Vec<Parameter> = Vec::new();
        for list in [path_item, operation].into_iter().flatten() {
            let before = parameters.len();
            for node in list.elements() {
                let Some(node) = node.follow(&mut self.diagnostics) else { continue };
                let Some(parameter) = self.parameter(&node) else { continue };
                let same = |known: &Parameter| known.name == parameter.name && known.place == parameter.place;
                match parameters.iter().position(same) {
                    Some(index) if index < before => {
                        if let Some(slot) = parameters.get_mut(index) {
                            *slot = parameter;
                        }
                    }
                    Some(_) => self
                        .diagnostics
                        .warn(&parameter.location, format!("the parameter `{}` is declared twice", parameter.name)),
                    None => parameters.push(parameter),
                }
            }
        }
        parameters
    }

    fn parameter(&mut self, node: &Node<'a>) -> Option<Parameter> {
        let (Some(name), Some(place)) = (node.text("name"), node.text("in")) else {
            self.diagnostics
                .warn(&node.location, "a parameter has a `name` and an `in` (path, query, header or cookie)");
            return None;
        };
        if !matches!(place, "path" | "query" | "header" | "cookie" | "querystring") {
            self.diagnostics.warn(&node.location.join("in"), "`in` is path, query, header or cookie");
        }
        let required = node.is_true("required");
        if place == "path" && !required {
            self.diagnostics.warn(&node.location, format!("the path parameter `{name}` must have `required: true`"));
        }
        let described = self.described(node);
        let example = match (described.examples.first(), &described.schema) {
            (Some((_, value)), _) => as_text(value),
            // Making one up takes the whole schema, so only where it will be used.
            (None, Some(schema)) if required => conforming(schema),
            _ => "1".to_owned(),
        };
        let location = node.location.clone();
        Some(Parameter { name: name.to_owned(), place: place.to_owned(), required, location, example })
    }

    /// The path with an example for every parameter, the required query parameters behind it, and the required header
    /// fields.
    pub(super) fn example_request(&mut self, template: &str, at: &Location, parameters: &[Parameter]) -> Request {
        let mut path = String::with_capacity(template.len());
        let mut rest = template;
        let mut used: Vec<&str> = Vec::new();
        while let Some((before, after)) = rest.split_once('{') {
            path.push_str(before);
            let Some((name, after)) = after.split_once('}') else {
                self.diagnostics.warn(at, "a `{` in the path is never closed");
                break;
            };
            used.push(name);
            let declared = parameters.iter().find(|parameter| parameter.place == "path" && parameter.name == name);
            if let Some(parameter) = declared {
                path.push_str(&percent_encode(&parameter.example));
            } else {
                let message = format!("the path parameter `{name}` is not declared: add it under `parameters`");
                self.diagnostics.warn(at, message);
                path.push('1');
            }
            rest = after;
        }
        path.push_str(rest);
        let mut headers = Vec::new();
        let mut separator = '?';
        for parameter in parameters {
            match parameter.place.as_str() {
                "path" if !used.contains(&parameter.name.as_str()) => {
                    let message = format!("the path `{template}` has no `{{{}}}`", parameter.name);
                    self.diagnostics.warn(&parameter.location, message);
                }
                "query" if parameter.required => {
                    path.push(separator);
                    path.push_str(&percent_encode(&parameter.name));
                    path.push('=');
                    path.push_str(&percent_encode(&parameter.example));
                    separator = '&';
                }
                // OpenAPI has these three ignored as parameters.
                "header" if parameter.required && !is_said_elsewhere(&parameter.name) => {
                    headers.push((parameter.name.to_ascii_lowercase(), parameter.example.clone()));
                }
                _ => {}
            }
        }
        Request { path, headers }
    }
}

/// What an example request consists of beside its method and its body.
pub(super) struct Request {
    pub(super) path: String,
    pub(super) headers: Vec<(String, String)>,
}

fn is_said_elsewhere(header: &str) -> bool {
    ["accept", "content-type", "authorization"].iter().any(|name| header.eq_ignore_ascii_case(name))
}

/// A value of a parameter, as text: one that is made up quickly, or else one that conforms to every keyword of the schema.
#[cfg(feature = "harness")]
fn conforming(schema: &Schema) -> String {
    let text = made_up(schema);
    let typed = serde_json::from_str(&text).ok().filter(|value: &Value| !value.is_string());
    let fits = schema.accepts(&Value::from(text.as_str())) || typed.is_some_and(|value| schema.accepts(&value));
    if fits {
        return text;
    }
    let generator = jsonschema_proptest::Generator::compile(schema.document());
    let generated = generator.and_then(|generator| generator.nth(0, 0)).ok();
    let value = generated.and_then(|sample| serde_json::from_str::<Value>(&sample.to_string()).ok());
    // An empty segment would make another path of it.
    value.map(|value| as_text(&value)).filter(|text| !text.is_empty()).unwrap_or(text)
}

/// A value of a parameter, as text. Without the generator, it need not conform to `pattern` and the like.
#[cfg(not(feature = "harness"))]
fn conforming(schema: &Schema) -> String {
    made_up(schema)
}

/// A value for the usual keywords of a schema, as text.
fn made_up(schema: &Schema) -> String {
    let document = schema.document();
    for keyword in ["examples", "enum"] {
        if let Some(value) = document.get(keyword).and_then(Value::as_array).and_then(|values| values.first()) {
            return as_text(value);
        }
    }
    for keyword in ["const", "default"] {
        if let Some(value) = document.get(keyword) {
            return as_text(value);
        }
    }
    let kind = match document.get("type") {
        Some(Value::String(kind)) => kind.as_str(),
        Some(Value::Array(kinds)) => {
            kinds.iter().filter_map(Value::as_str).find(|kind| *kind != "null").unwrap_or("string")
        }
        _ => "string",
    };
    match kind {
        "integer" | "number" => {
            let least = document.get("minimum").map(as_text);
            let above = document.get("exclusiveMinimum").and_then(Value::as_f64).map(|limit| (limit + 1.0).to_string());
            least.or(above).unwrap_or_else(|| "1".to_owned())
        }
        "boolean" => "true".to_owned(),
        "array" => "a".to_owned(),
        _ => text_of(document),
    }
}

fn text_of(document: &Value) -> String {
    let text = match document.get("format").and_then(Value::as_str) {
        Some("uuid") => "00000000-0000-4000-8000-000000000001",
        Some("date") => "2026-01-01",
        Some("date-time") => "2026-01-01T00:00:00Z",
        Some("email") => "someone@example.com",
        Some("uri" | "url") => "https://example.com/",
        _ => "example",
    };
    let limit =
        |keyword: &str| document.get(keyword).and_then(Value::as_u64).and_then(|limit| usize::try_from(limit).ok());
    let least = limit("minLength").unwrap_or(0).min(4096);
    let most = limit("maxLength").unwrap_or(usize::MAX);
    let mut text: String = text.chars().take(most).collect();
    while text.chars().count() < least {
        text.push('a');
    }
    text
}
