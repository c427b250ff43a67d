//! Schemas out of a contract's files as one 2020-12 document, in which every reference is local and all is reachable.

use std::collections::VecDeque;

use foldhash::{HashMap, HashMapExt as _, HashSet, HashSetExt as _};
use serde_json::{Map, Value};

use super::ground;
use super::keyword::{Dialect, Form, are_names, count, form};
use crate::contract::document::pointer;
use crate::contract::library::{Library, Site};
use crate::contract::node::Findings;

/// Collects schemas and what they refer to.
pub(in crate::contract) struct Embedding<'a> {
    library: &'a Library,
    findings: &'a mut Findings,
    /// The schema at the root, if one stands there.
    root: Option<Site>,
    names: HashMap<Site, String>,
    taken: HashSet<String>,
    waiting: VecDeque<Site>,
    done: Map<String, Value>,
    origins: HashMap<String, Site>,
    /// Every regular expression, with a place where it stands.
    pub(in crate::contract) patterns: HashMap<String, Site>,
    /// The examples that schemas carry, if they are asked for, by the text of the schema: thousands of properties are
    /// `{"type": "string"}` but for what is said about them, and are then checked as one.
    pub(in crate::contract) examples: Option<HashMap<String, Shown>>,
}

/// A schema that carries examples, and where they stand.
#[derive(Default)]
pub(in crate::contract) struct Shown {
    pub(in crate::contract) schema: Value,
    pub(in crate::contract) sites: Vec<Site>,
}

/// Keywords that have no say in whether a value fits.
const ANNOTATIONS: [&str; 8] =
    ["title", "default", "examples", "format", "deprecated", "readOnly", "writeOnly", "contentMediaType"];

impl<'a> Embedding<'a> {
    pub(in crate::contract) fn new(library: &'a Library, findings: &'a mut Findings) -> Self {
        Self {
            library,
            findings,
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
    pub(in crate::contract) fn document(mut self, root: &Site) -> Value {
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
    pub(in crate::contract) fn name(&mut self, site: &Site) -> String {
        if let Some(name) = self.names.get(site) {
            return name.clone();
        }
        let wanted: String = pointer::tokens(&site.pointer)
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
        self.names.insert(site.clone(), name.clone());
        self.origins.insert(name.clone(), site.clone());
        self.waiting.push_back(site.clone());
        name
    }

    /// All schemas that were named and those that they refer to, by name.
    pub(in crate::contract) fn finish(&mut self) -> Map<String, Value> {
        self.drain();
        let mut definitions = std::mem::take(&mut self.done);
        self.settle(&mut definitions);
        definitions
    }

    fn drain(&mut self) {
        while let Some(site) = self.waiting.pop_front() {
            let converted = self.convert_site(&site);
            if let Some(name) = self.names.get(&site) {
                self.done.insert(name.clone(), converted);
            }
        }
    }

    fn settle(&mut self, definitions: &mut Map<String, Value>) {
        for (name, trouble) in ground::settle(definitions) {
            let site = if name.is_empty() { self.root.clone() } else { self.origins.get(&name).cloned() };
            if let Some(site) = site {
                self.findings.fatal(&site, trouble);
            }
        }
    }

    fn convert_site(&mut self, site: &Site) -> Value {
        let dialect = self.library.dialect(site.file);
        match self.library.value(site) {
            Some(value) => self.convert(site, value, dialect),
            None => Value::Bool(true),
        }
    }

    /// Recursion is bounded by the depth of documents: references are put in line instead of being entered.
    fn convert(&mut self, site: &Site, value: &Value, dialect: Dialect) -> Value {
        let members = match value {
            Value::Bool(_) => return value.clone(),
            Value::Object(members) => members,
            _ => {
                self.findings.flaw(site, "a schema is an object, `true` or `false`");
                return Value::Bool(true);
            }
        };
        let own = members.get("$schema").and_then(Value::as_str).and_then(Dialect::of_schema);
        let dialect = own.unwrap_or(dialect);
        let mut out = Map::new();
        if dialect.ignores_siblings() && members.get("$ref").is_some_and(Value::is_string) {
            self.keyword(site, "$ref", members, dialect, &mut out);
            return Value::Object(out);
        }
        for keyword in members.keys() {
            self.keyword(site, keyword, members, dialect, &mut out);
        }
        if members.get("nullable") == Some(&Value::Bool(true)) && dialect != Dialect::Legacy {
            if dialect == Dialect::Modern {
                let message = "`nullable` is of OpenAPI 3.0: write `type: [string, \"null\"]`";
                self.findings.flaw(&site.join("nullable"), message);
            }
            out = nullable(out);
        }
        if self.examples.is_some() {
            self.show(site, members, dialect, &out);
        }
        Value::Object(out)
    }

    /// Notes the examples of a schema.
    fn show(&mut self, site: &Site, members: &Map<String, Value>, dialect: Dialect, converted: &Map<String, Value>) {
        let mut sites: Vec<Site> = Vec::new();
        if let Some(Value::Array(examples)) = members.get("examples") {
            let list = site.join("examples");
            sites.extend((0..examples.len()).map(|index| list.join(&index.to_string())));
        } else if dialect == Dialect::OpenApi30 && members.contains_key("example") {
            sites.push(site.join("example"));
        }
        if sites.is_empty() {
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
            shown.sites.extend(sites);
        }
    }

    fn keyword(
        &mut self,
        site: &Site,
        keyword: &str,
        members: &Map<String, Value>,
        dialect: Dialect,
        out: &mut Map<String, Value>,
    ) {
        let Some(value) = members.get(keyword) else { return };
        let here = || site.join(keyword);
        match keyword {
            "$ref" | "$dynamicRef" | "$recursiveRef" => {
                if let Some(target) = self.reference(site, keyword, value) {
                    out.insert("$ref".to_owned(), Value::String(target));
                }
            }
            "items" | "additionalItems" => self.items(site, keyword, members, dialect, out),
            "exclusiveMinimum" | "exclusiveMaximum" if value.is_boolean() => {
                if dialect == Dialect::Modern {
                    let message = format!("`{keyword}` is the bound itself, a number, since draft 6 and OpenAPI 3.1");
                    self.findings.flaw(&here(), message);
                }
                let bound = if keyword == "exclusiveMinimum" { "minimum" } else { "maximum" };
                if let (Value::Bool(true), Some(limit @ Value::Number(_))) = (value, members.get(bound)) {
                    out.shift_remove(bound);
                    out.insert(keyword.to_owned(), limit.clone());
                }
            }
            "minimum" | "maximum" => {
                let exclusive = if keyword == "minimum" { "exclusiveMinimum" } else { "exclusiveMaximum" };
                if members.get(exclusive) != Some(&Value::Bool(true)) {
                    self.formed(&here(), keyword, Form::Number, value, dialect, out);
                }
            }
            "example" if dialect == Dialect::OpenApi30 => {
                out.insert("examples".to_owned(), Value::Array(vec![value.clone()]));
            }
            "examples" => {
                if value.is_array() {
                    out.insert(keyword.to_owned(), value.clone());
                } else if dialect == Dialect::Modern {
                    self.findings.flaw(&here(), "`examples` of a schema takes a list of values");
                }
            }
            "dependencies" => self.dependencies(&here(), value, dialect, out),
            // Files to upload and download: any bytes.
            "type" if dialect == Dialect::OpenApi30 && value == "file" => {}
            _ => {
                if let Some(form) = form(keyword) {
                    self.formed(&here(), keyword, form, value, dialect, out);
                }
            }
        }
    }

    /// Carries a keyword over if its value has the form that it must have; else it counts for nothing.
    fn formed(
        &mut self,
        site: &Site,
        keyword: &str,
        form: Form,
        value: &Value,
        dialect: Dialect,
        out: &mut Map<String, Value>,
    ) {
        if let Some(message) = form.fault(keyword, value) {
            self.findings.flaw(site, message);
            return;
        }
        let converted = match (form, value) {
            (Form::Schema, _) => self.convert(site, value, dialect),
            (Form::Schemas, Value::Array(elements)) => Value::Array(self.each(site, elements, dialect)),
            (Form::Named, Value::Object(named)) => {
                let mut schemas = Map::with_capacity(named.len());
                for (name, schema) in named {
                    if keyword == "patternProperties" && !self.pattern(site, name) {
                        continue;
                    }
                    schemas.insert(name.clone(), self.convert(&site.join(name), schema, dialect));
                }
                Value::Object(schemas)
            }
            (Form::NamesByName, Value::Object(named)) => {
                let mut kept = Map::new();
                for (name, names) in named {
                    if are_names(names) {
                        kept.insert(name.clone(), names.clone());
                    } else {
                        let message = format!("`{keyword}` takes lists of property names, each once");
                        self.findings.flaw(&site.join(name), message);
                    }
                }
                Value::Object(kept)
            }
            (Form::Count, _) => count(value).map_or_else(|| value.clone(), Value::from),
            (Form::Pattern, Value::String(pattern)) => {
                if !self.pattern(site, pattern) {
                    return;
                }
                value.clone()
            }
            _ => value.clone(),
        };
        out.insert(keyword.to_owned(), converted);
    }

    fn pattern(&mut self, site: &Site, pattern: &str) -> bool {
        if self.patterns.contains_key(pattern) {
            return true;
        }
        match super::pattern_fault(pattern) {
            None => {
                self.patterns.insert(pattern.to_owned(), site.clone());
                true
            }
            Some(reason) => {
                self.findings.flaw(site, format!("`{pattern}` is no regular expression: {reason}"));
                false
            }
        }
    }

    fn each(&mut self, site: &Site, elements: &[Value], dialect: Dialect) -> Vec<Value> {
        let converted = elements.iter().enumerate();
        converted.map(|(index, element)| self.convert(&site.join(&index.to_string()), element, dialect)).collect()
    }

    fn items(
        &mut self,
        site: &Site,
        keyword: &str,
        members: &Map<String, Value>,
        dialect: Dialect,
        out: &mut Map<String, Value>,
    ) {
        let Some(value) = members.get(keyword) else { return };
        let here = site.join(keyword);
        let tuple = members.get("items").is_some_and(Value::is_array);
        match (keyword, value) {
            ("items", Value::Array(elements)) => {
                if !elements.is_empty() {
                    let converted = self.each(&here, elements, dialect);
                    out.insert("prefixItems".to_owned(), Value::Array(converted));
                }
            }
            // Beside a tuple it speaks of what follows; else it says nothing.
            ("additionalItems", _) if !tuple => {}
            _ => {
                let converted = self.convert(&here, value, dialect);
                out.insert("items".to_owned(), converted);
            }
        }
    }

    fn dependencies(&mut self, site: &Site, value: &Value, dialect: Dialect, out: &mut Map<String, Value>) {
        let Value::Object(named) = value else {
            self.findings.flaw(site, "`dependencies` takes schemas or lists of property names, by property name");
            return;
        };
        for (name, dependency) in named {
            let below = site.join(name);
            let (keyword, converted) = if dependency.is_array() {
                if !are_names(dependency) {
                    self.findings.flaw(&below, "a list of property names, each once, is needed here");
                    continue;
                }
                ("dependentRequired", dependency.clone())
            } else {
                ("dependentSchemas", self.convert(&below, dependency, dialect))
            };
            let entry = out.entry(keyword).or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(entries) = entry {
                entries.insert(name.clone(), converted);
            }
        }
    }

    /// Where a reference of a schema leads, within the document that is built.
    fn reference(&mut self, site: &Site, keyword: &str, value: &Value) -> Option<String> {
        let here = site.join(keyword);
        let Value::String(text) = value else {
            self.findings.flaw(&here, format!("`{keyword}` takes a string"));
            return None;
        };
        // The outermost resource decides what a dynamic reference means; inner ones in between are passed over.
        let dynamic = text.strip_prefix('#').filter(|_| keyword == "$dynamicRef");
        let outer = dynamic.and_then(|name| self.library.anchor(self.root.as_ref()?, name));
        let target = match outer.map_or_else(|| self.library.resolve(site, text), Ok) {
            Ok(target) => target,
            Err(reason) => {
                self.findings.fatal(&here, format!("the reference `{text}` leads nowhere: {reason}"));
                return None;
            }
        };
        if self.root.as_ref() == Some(&target) {
            return Some("#".to_owned());
        }
        Some(format!("#/$defs/{}", self.name(&target)))
    }
}

/// The schema that takes `null` as well, which is what authors of `nullable: true` mean beside `allOf` too.
fn nullable(mut schema: Map<String, Value>) -> Map<String, Value> {
    if let Some(Value::Array(values)) = schema.get_mut("enum")
        && !values.contains(&Value::Null)
    {
        values.push(Value::Null);
    }
    let composed =
        ["$ref", "allOf", "anyOf", "oneOf", "not", "const", "if"].iter().any(|keyword| schema.contains_key(*keyword));
    match schema.get_mut("type") {
        Some(kind @ Value::String(_)) if !composed => {
            if kind != "null" {
                *kind = Value::Array(vec![kind.take(), "null".into()]);
            }
        }
        Some(Value::Array(kinds)) if !composed => {
            if !kinds.contains(&"null".into()) {
                kinds.push("null".into());
            }
        }
        None if !composed => {}
        _ => {
            let mut outer = Map::new();
            let null = Value::Object(Map::from_iter([("type".to_owned(), Value::from("null"))]));
            outer.insert("anyOf".to_owned(), Value::Array(vec![Value::Object(schema), null]));
            return outer;
        }
    }
    schema
}
