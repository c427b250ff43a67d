//! The part of a document that a contract needs: some operations, with everything that they refer to.

use std::collections::{BTreeMap, VecDeque};

use serde_json::{Map, Value, json};

use super::outline::Outline;
use super::promise::shortened;
use crate::contract::Item;

/// Kinds of things that a reference may lead to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Schemas,
    Responses,
    Parameters,
    Examples,
    RequestBodies,
    Headers,
}

impl Kind {
    fn as_str(self) -> &'static str {
        match self {
            Self::Schemas => "schemas",
            Self::Responses => "responses",
            Self::Parameters => "parameters",
            Self::Examples => "examples",
            Self::RequestBodies => "requestBodies",
            Self::Headers => "headers",
        }
    }
}

/// Copies a part of a document.
pub(super) struct Extract<'a> {
    /// The names that targets of references have, by file and pointer.
    names: BTreeMap<(usize, String, Kind), String>,
    waiting: VecDeque<(Item<'a>, Kind, String)>,
    components: BTreeMap<Kind, Map<String, Value>>,
    /// The parameters that stand for the credential: their places and their names.
    left_out: Vec<(String, String)>,
}

/// The operations and the components that were copied.
pub(super) struct Part {
    /// The paths, each with its operations.
    pub(super) paths: Map<String, Value>,
    pub(super) components: Map<String, Value>,
}

impl<'a> Extract<'a> {
    pub(super) fn new(left_out: Vec<(String, String)>) -> Self {
        Self { names: BTreeMap::new(), waiting: VecDeque::new(), components: BTreeMap::new(), left_out }
    }

    /// Copies the operations, and all that they refer to.
    pub(super) fn part(mut self, operations: &[&Outline<'a>]) -> Part {
        let mut paths: Map<String, Value> = Map::new();
        for operation in operations {
            let copied = self.operation(operation);
            let path = paths.entry(operation.path.clone()).or_insert_with(|| json!({}));
            if let Some(members) = path.as_object_mut() {
                members.insert(operation.method.to_ascii_lowercase(), copied);
            }
        }
        while let Some((item, kind, name)) = self.waiting.pop_front() {
            let copied = self.thing(&item, kind);
            self.components.entry(kind).or_default().insert(name, copied);
        }
        let mut components = Map::new();
        for (kind, members) in self.components {
            components.insert(kind.as_str().to_owned(), Value::Object(members));
        }
        Part { paths, components }
    }

    fn operation(&mut self, operation: &Outline<'a>) -> Value {
        let item = &operation.item;
        let mut copied = Map::new();
        for name in ["operationId", "summary"] {
            if let Some(text) = item.text(name) {
                copied.insert(name.to_owned(), json!(text));
            }
        }
        if let Some(text) = item.text("description").filter(|text| !text.trim().is_empty()) {
            copied.insert("description".to_owned(), json!(shortened(text)));
        }
        if item.get("security").is_some_and(|security| security.elements().is_empty()) {
            copied.insert("security".to_owned(), json!([]));
        }
        let mut parameters = Vec::new();
        for parameter in operation.parameters() {
            let is_left_out =
                self.left_out.iter().any(|(place, name)| *place == parameter.place && *name == parameter.name);
            let is_ignored = parameter.place == "header"
                && ["accept", "content-type", "authorization"]
                    .iter()
                    .any(|name| parameter.name.eq_ignore_ascii_case(name));
            if !is_left_out && !is_ignored {
                parameters.push(self.thing(&parameter.item, Kind::Parameters));
            }
        }
        if !parameters.is_empty() {
            copied.insert("parameters".to_owned(), Value::Array(parameters));
        }
        if let Some(body) = item.get("requestBody") {
            copied.insert("requestBody".to_owned(), self.referable(&body, Kind::RequestBodies));
        }
        let mut responses = Map::new();
        for (key, response) in item.get("responses").map(|responses| responses.follow().members()).unwrap_or_default() {
            if !key.starts_with("x-") {
                responses.insert(key.to_owned(), self.referable(&response, Kind::Responses));
            }
        }
        copied.insert("responses".to_owned(), Value::Object(responses));
        Value::Object(copied)
    }

    /// A thing that may be a reference: the reference under its new name, or the thing itself.
    fn referable(&mut self, item: &Item<'a>, kind: Kind) -> Value {
        if item.value().get("$ref").is_none() {
            return self.thing(item, kind);
        }
        let Some(target) = item.target() else {
            // It leads nowhere: what it means is unknown.
            return if kind == Kind::Schemas { json!({}) } else { json!({ "description": "" }) };
        };
        let name = self.name(&target, kind);
        let mut copied = Map::from_iter([("$ref".to_owned(), json!(format!("#/components/{}/{name}", kind.as_str())))]);
        if kind == Kind::Schemas
            && let Value::Object(beside) = self.schema(item)
        {
            copied.extend(beside.into_iter().filter(|(name, _)| name != "$ref"));
        }
        Value::Object(copied)
    }

    /// The name of a target in the components of the part.
    fn name(&mut self, target: &Item<'a>, kind: Kind) -> String {
        let key = (target.file(), target.pointer().to_owned(), kind);
        if let Some(name) = self.names.get(&key) {
            return name.clone();
        }
        let last = crate::pointer::tokens(target.pointer()).next_back().map(std::borrow::Cow::into_owned);
        let place = target.place();
        let file = place.split('#').next().unwrap_or_default();
        let stem = file.rsplit('/').next().unwrap_or_default().split('.').next().unwrap_or_default();
        let wanted = last.unwrap_or_else(|| stem.to_owned());
        let mut name: String = wanted
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-') { c } else { '_' })
            .collect();
        if name.is_empty() {
            "part".clone_into(&mut name);
        }
        let taken = |name: &str| self.names.iter().any(|((_, _, known), taken)| *known == kind && taken == name);
        let base = name.clone();
        let mut number = 2;
        while taken(&name) {
            name = format!("{base}_{number}");
            number += 1;
        }
        self.names.insert(key, name.clone());
        self.waiting.push_back((target.clone(), kind, name.clone()));
        name
    }

    fn thing(&mut self, item: &Item<'a>, kind: Kind) -> Value {
        if kind != Kind::Schemas && item.value().get("$ref").is_some() {
            return self.referable(item, kind);
        }
        match kind {
            Kind::Schemas => self.schema_or_reference(item),
            Kind::Examples => Self::example(item),
            Kind::Responses => self.object(item, &["description"]),
            Kind::RequestBodies => self.object(item, &["description", "required"]),
            Kind::Headers => self.object(item, &["description", "required", "style", "explode"]),
            Kind::Parameters => {
                self.object(item, &["name", "in", "description", "required", "style", "explode", "allowReserved"])
            }
        }
    }

    fn schema_or_reference(&mut self, item: &Item<'a>) -> Value {
        if item.value().get("$ref").is_some() { self.referable(item, Kind::Schemas) } else { self.schema(item) }
    }

    /// An object of OpenAPI that may hold a schema, content, headers and examples; of the rest, what is named.
    fn object(&mut self, item: &Item<'a>, plain: &[&str]) -> Value {
        let mut copied = Map::new();
        for (name, member) in item.members() {
            match name {
                "description" => {
                    copied.insert(name.to_owned(), json!(shortened(member.value().as_str().unwrap_or_default())));
                }
                name if plain.contains(&name) => {
                    copied.insert(name.to_owned(), member.value().clone());
                }
                "schema" => {
                    copied.insert(name.to_owned(), self.referable(&member, Kind::Schemas));
                }
                "example" => {
                    copied.insert(name.to_owned(), member.value().clone());
                }
                "examples" | "headers" => {
                    let kind = if name == "examples" { Kind::Examples } else { Kind::Headers };
                    let members = member.members();
                    let copies: Map<String, Value> = members
                        .iter()
                        .map(|(name, member)| ((*name).to_owned(), self.referable(member, kind)))
                        .collect();
                    if !copies.is_empty() {
                        copied.insert(name.to_owned(), Value::Object(copies));
                    }
                }
                "content" => {
                    copied.insert(name.to_owned(), self.content(&member.follow()));
                }
                _ => {}
            }
        }
        if plain == ["description"] {
            copied.entry("description".to_owned()).or_insert_with(|| json!(""));
        }
        Value::Object(copied)
    }

    fn content(&mut self, item: &Item<'a>) -> Value {
        let mut copied = Map::new();
        let is_json = |name: &str| name.contains("json");
        let members = item.members();
        let has_json = members.iter().any(|(name, _)| is_json(name));
        for (name, content) in members {
            // Bodies are written as JSON where the document knows them so.
            if name.starts_with("x-") || has_json && !is_json(name) && item.pointer().contains("/requestBody") {
                continue;
            }
            copied.insert(name.to_owned(), self.object(&content.follow(), &[]));
        }
        Value::Object(copied)
    }

    fn example(item: &Item<'a>) -> Value {
        let mut copied = Map::new();
        for name in ["summary", "value", "dataValue"] {
            if let Some(member) = item.get(name) {
                copied.insert(name.to_owned(), member.value().clone());
            }
        }
        Value::Object(copied)
    }

    fn schema(&mut self, item: &Item<'a>) -> Value {
        if !item.value().is_object() {
            return item.value().clone();
        }
        let mut copied = Map::new();
        for (name, member) in item.members() {
            let value = match name {
                "$ref" | "$id" | "$anchor" | "$schema" | "$dynamicAnchor" | "$defs" | "definitions"
                | "discriminator" | "xml" | "externalDocs" | "$comment" => continue,
                _ if name.starts_with("x-") => continue,
                "description" | "title" => json!(shortened(member.value().as_str().unwrap_or_default())),
                "properties" | "patternProperties" | "dependentSchemas" => {
                    let members = member.members();
                    members
                        .iter()
                        .map(|(name, member)| ((*name).to_owned(), self.schema_or_reference(member)))
                        .collect()
                }
                "allOf" | "anyOf" | "oneOf" | "prefixItems" => {
                    member.elements().iter().map(|element| self.schema_or_reference(element)).collect()
                }
                "items"
                | "additionalProperties"
                | "not"
                | "if"
                | "then"
                | "else"
                | "contains"
                | "propertyNames"
                | "unevaluatedProperties"
                | "unevaluatedItems"
                | "contentSchema" => self.schema_or_reference(&member),
                _ => member.value().clone(),
            };
            copied.insert(name.to_owned(), value);
        }
        Value::Object(copied)
    }
}
