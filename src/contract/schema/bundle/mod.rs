//! Schemas out of a contract's files as one 2020-12 document, in which every reference is local and all is reachable.

mod convert;

use std::collections::VecDeque;

use foldhash::{HashMap, HashMapExt as _, HashSet, HashSetExt as _};
use serde_json::{Map, Value};

use super::cycles;
use super::dialect::Dialect;
use crate::contract::diagnostics::Diagnostics;
use crate::contract::document_set::{DocumentSet, Location};
use crate::pointer;

/// Collects schemas and what they refer to.
pub(in crate::contract) struct Bundle<'a> {
    documents: &'a DocumentSet,
    diagnostics: &'a mut Diagnostics,
    /// The schema at the root, if one stands there.
    root: Option<Location>,
    names: HashMap<Location, String>,
    taken: HashSet<String>,
    waiting: VecDeque<Location>,
    done: Map<String, Value>,
    origins: HashMap<String, Location>,
    /// Every regular expression, with a place where it stands.
    pub(in crate::contract) patterns: HashMap<String, Location>,
    /// The examples that schemas carry, if they are asked for, by the text of the schema: thousands of properties are
    /// `{"type": "string"}` but for what is said about them, and are then checked as one.
    pub(in crate::contract) examples: Option<HashMap<String, Shown>>,
}

/// A schema that carries examples, and where they stand.
#[derive(Default)]
pub(in crate::contract) struct Shown {
    pub(in crate::contract) schema: Value,
    pub(in crate::contract) locations: Vec<Location>,
}

/// Keywords that have no say in whether a value fits.
const ANNOTATIONS: [&str; 8] =
    ["title", "default", "examples", "format", "deprecated", "readOnly", "writeOnly", "contentMediaType"];

impl<'a> Bundle<'a> {
    pub(in crate::contract) fn new(documents: &'a DocumentSet, diagnostics: &'a mut Diagnostics) -> Self {
        Self {
            documents,
            diagnostics,
            root: None,
            names: HashMap::new(),
            taken: HashSet::new(),
            waiting: VecDeque::new(),
            done: Map::new(),
            origins: HashMap::new(),
            patterns: HashMap::new(),
            examples: None,
        }
    }

    /// One schema as a document of its own.
    pub(in crate::contract) fn document(mut self, root: &Location) -> Value {
        self.root = Some(root.clone());
        let converted = self.convert_site(root);
        self.drain();
        let mut definitions = std::mem::take(&mut self.done);
        definitions.insert(String::new(), converted);
        self.settle(&mut definitions);
        let converted = definitions.shift_remove("").unwrap_or(Value::Bool(true));
        if definitions.is_empty() {
            return converted;
        }
        let mut document = match converted {
            Value::Object(members) => members,
            // A boolean refers to nothing, so this does not come to pass.
            other => return other,
        };
        document.insert("$defs".to_owned(), Value::Object(definitions));
        Value::Object(document)
    }

    /// The name under which a schema is found in what `finish` returns.
    pub(in crate::contract) fn name(&mut self, location: &Location) -> String {
        if let Some(name) = self.names.get(location) {
            return name.clone();
        }
        let wanted: String = pointer::tokens(&location.pointer)
            .last()
            .unwrap_or_default()
            .chars()
            .map(
                |character| {
                    if character.is_ascii_alphanumeric() || "_.-".contains(character) { character } else { '_' }
                },
            )
            .collect();
        let wanted = if wanted.is_empty() { "schema".to_owned() } else { wanted };
        let mut name = wanted.clone();
        let mut number = self.names.len();
        while !self.taken.insert(name.clone()) {
            number += 1;
            name = format!("{wanted}_{number}");
        }
        self.names.insert(location.clone(), name.clone());
        self.origins.insert(name.clone(), location.clone());
        self.waiting.push_back(location.clone());
        name
    }

    /// All schemas that were named and those that they refer to, by name.
    #[cfg(feature = "harness")]
    pub(in crate::contract) fn finish(&mut self) -> Map<String, Value> {
        self.drain();
        let mut definitions = std::mem::take(&mut self.done);
        self.settle(&mut definitions);
        definitions
    }

    fn drain(&mut self) {
        while let Some(location) = self.waiting.pop_front() {
            let converted = self.convert_site(&location);
            if let Some(name) = self.names.get(&location) {
                self.done.insert(name.clone(), converted);
            }
        }
    }

    fn settle(&mut self, definitions: &mut Map<String, Value>) {
        for (name, problem) in cycles::break_cycles(definitions) {
            let location = if name.is_empty() { self.root.clone() } else { self.origins.get(&name).cloned() };
            if let Some(location) = location {
                self.diagnostics.fatal(&location, problem);
            }
        }
    }

    fn convert_site(&mut self, location: &Location) -> Value {
        let dialect = self.documents.dialect(location.file);
        match self.documents.value(location) {
            Some(value) => self.convert(location, value, dialect),
            None => Value::Bool(true),
        }
    }

    /// Notes the examples of a schema.
    fn show(
        &mut self,
        location: &Location,
        members: &Map<String, Value>,
        dialect: Dialect,
        converted: &Map<String, Value>,
    ) {
        let mut locations: Vec<Location> = Vec::new();
        if let Some(Value::Array(examples)) = members.get("examples") {
            let list = location.join("examples");
            locations.extend((0..examples.len()).map(|index| list.join(&index.to_string())));
        } else if dialect == Dialect::OpenApi30 && members.contains_key("example") {
            locations.push(location.join("example"));
        }
        if locations.is_empty() {
            return;
        }
        let mut schema = converted.clone();
        for keyword in ANNOTATIONS {
            schema.shift_remove(keyword);
        }
        let schema = Value::Object(schema);
        if let Some(examples) = &mut self.examples {
            let shown = examples.entry(schema.to_string()).or_default();
            shown.schema = schema;
            shown.locations.extend(locations);
        }
    }

    /// Where a reference of a schema leads, within the document that is built.
    fn reference(&mut self, location: &Location, keyword: &str, value: &Value) -> Option<String> {
        let here = location.join(keyword);
        let Value::String(text) = value else {
            self.diagnostics.warn(&here, format!("`{keyword}` takes a string"));
            return None;
        };
        // The outermost resource decides what a dynamic reference means; inner ones in between are passed over.
        let dynamic = text.strip_prefix('#').filter(|_| keyword == "$dynamicRef");
        let outer = dynamic.and_then(|name| self.documents.anchor(self.root.as_ref()?, name));
        let target = match outer.map_or_else(|| self.documents.resolve(location, text), Ok) {
            Ok(target) => target,
            Err(reason) => {
                self.diagnostics.fatal(&here, format!("the reference `{text}` leads nowhere: {reason}"));
                return None;
            }
        };
        if self.root.as_ref() == Some(&target) {
            return Some("#".to_owned());
        }
        Some(format!("#/$defs/{}", self.name(&target)))
    }
}
