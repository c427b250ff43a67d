//! Parameters, and the example request that they make up.

use super::Reader;
use super::body::as_text;
use crate::contract::document_set::Location;
use crate::contract::made_up;
use crate::contract::node::Node;
use crate::contract::percent::percent_encode;
use crate::contract::{RequiredParameter, Schema};

/// A parameter with an example value.
pub(super) struct Parameter {
    name: String,
    place: String,
    required: bool,
    location: Location,
    schema: Option<Schema>,
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
            (None, Some(schema)) if required => made_up::text(schema).unwrap_or_else(|| "1".to_owned()),
            _ => "1".to_owned(),
        };
        let location = node.location.clone();
        let (name, place) = (name.to_owned(), place.to_owned());
        Some(Parameter { name, place, required, location, schema: described.schema, example })
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
        let mut required = Vec::new();
        for parameter in parameters {
            let in_header = parameter.place == "header" && !is_said_elsewhere(&parameter.name);
            if parameter.required && (in_header || parameter.place == "query") {
                let (name, schema) = (parameter.name.clone(), parameter.schema.clone());
                required.push(RequiredParameter { name, in_header, schema, example: parameter.example.clone() });
            }
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
        Request { path, headers, required }
    }
}

/// What an example request consists of beside its method and its body.
pub(super) struct Request {
    pub(super) path: String,
    pub(super) headers: Vec<(String, String)>,
    pub(super) required: Vec<RequiredParameter>,
}

fn is_said_elsewhere(header: &str) -> bool {
    ["accept", "content-type", "authorization"].iter().any(|name| header.eq_ignore_ascii_case(name))
}
