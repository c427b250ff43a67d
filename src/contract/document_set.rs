//! The files of a contract with everything that a reference in them can lead to.

use std::collections::{BTreeMap, HashMap, VecDeque};

use serde_json::Value;
use url::Url;

use super::document::{Document, ParseError, Position};
use super::reference::{Reference, file_name};
use super::schema::Dialect;
use super::source::Source;
use crate::hash::sha256;
use crate::pointer;

/// Files that one contract may consist of.
const MAX_FILES: usize = 10_000;
/// The base of addresses within a contract; nothing is ever fetched from it.
const BASE: &str = "contract://folder/";

/// A place in one of the files.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Location {
    pub(super) file: usize,
    pub(super) pointer: String,
}

impl Location {
    pub(super) fn join(&self, token: &str) -> Self {
        Self { file: self.file, pointer: pointer::join(&self.pointer, token) }
    }
}

#[derive(Debug)]
struct File {
    name: String,
    document: Document,
    digest: [u8; 32],
    base: Option<Url>,
    /// Where a schema with an `$id` begins, with its address.
    resources: BTreeMap<String, Url>,
    /// `$anchor` and `$dynamicAnchor` by the pointer of the resource that they are in, and their name.
    anchors: HashMap<(String, String), String>,
}

/// The files of a contract.
#[derive(Debug, Default)]
pub(super) struct DocumentSet {
    /// The rules that schemas follow where a file does not say otherwise.
    pub(super) dialect: Dialect,
    files: Vec<File>,
    labels: Vec<String>,
    by_name: HashMap<String, Result<usize, String>>,
    by_address: HashMap<String, Location>,
    /// What is wrong with the texts, by file.
    pub(super) errors: Vec<(usize, ParseError)>,
}

impl DocumentSet {
    /// Reads the main document and all that it refers to.
    pub(super) fn read(source: &Source) -> Self {
        let mut documents = Self::default();
        let mut waiting = VecDeque::from([source.main.clone()]);
        while let Some(name) = waiting.pop_front() {
            if documents.by_name.contains_key(&name) {
                continue;
            }
            if documents.files.len() >= MAX_FILES {
                documents.by_name.insert(name, Err(format!("the contract has more than {MAX_FILES} files")));
                continue;
            }
            match source.read(&name) {
                Err(reason) => {
                    if documents.files.is_empty() {
                        let error = ParseError { at: Position::default(), message: reason, fatal: true };
                        documents.add(&name, source.label(&name), Err(error), [0; 32]);
                        return documents;
                    }
                    documents.by_name.insert(name, Err(reason));
                }
                Ok(bytes) => {
                    let digest = sha256(&bytes);
                    let index = documents.add(&name, source.label(&name), Document::parse(&name, &bytes), digest);
                    waiting.extend(documents.neighbours(index));
                }
            }
        }
        documents
    }

    /// A library of a single value, which lies in no folder.
    #[cfg(feature = "harness")]
    pub(super) fn of(value: Value) -> Self {
        let mut documents = Self::default();
        documents.add("schema", "schema".to_owned(), Ok(Document::of(value)), [0; 32]);
        documents
    }

    fn add(&mut self, name: &str, label: String, parsed: Result<Document, ParseError>, digest: [u8; 32]) -> usize {
        let index = self.files.len();
        let mut document = parsed.unwrap_or_else(|error| {
            let mut document = Document::of(Value::Null);
            document.errors.push(error);
            document
        });
        self.errors.extend(document.errors.drain(..).map(|error| (index, error)));
        let base = Url::parse(BASE).ok().and_then(|base| base.join(name).ok());
        let mut found = Found::default();
        found.search(&document.value, base.as_ref(), false);
        for (pointer, address) in &found.resources {
            let location = Location { file: index, pointer: pointer.clone() };
            self.by_address.entry(address.as_str().to_owned()).or_insert(location);
        }
        self.labels.push(label);
        let Found { resources, anchors, .. } = found;
        self.files.push(File { name: name.to_owned(), document, digest, base, resources, anchors });
        self.by_name.insert(name.to_owned(), Ok(index));
        index
    }

    /// The names of the files that a file refers to.
    fn neighbours(&self, index: usize) -> Vec<String> {
        let Some(file) = self.files.get(index) else { return Vec::new() };
        let mut names = Vec::new();
        let mut values = vec![&file.document.value];
        while let Some(value) = values.pop() {
            match value {
                Value::Object(members) => {
                    if let Some(Value::String(text)) = members.get("$ref") {
                        let address = Reference::split(text).address;
                        if !address.is_empty() {
                            names.extend(file_name(&file.name, address));
                        }
                    }
                    values.extend(members.values());
                }
                Value::Array(elements) => values.extend(elements),
                _ => {}
            }
        }
        names.retain(|name| !name.is_empty() && !self.by_name.contains_key(name));
        names.sort();
        names.dedup();
        names
    }

    /// The value at a place.
    pub(super) fn value(&self, location: &Location) -> Option<&Value> {
        self.files.get(location.file)?.document.value.pointer(&location.pointer)
    }

    /// The root of a file.
    pub(super) fn root(&self, file: usize) -> Option<&Value> {
        self.files.get(file).map(|file| &file.document.value)
    }

    /// Which rules the schemas of a file follow: those of its own `$schema`, else those of the main document.
    pub(super) fn dialect(&self, file: usize) -> Dialect {
        let own = self.root(file).and_then(|root| root.get("$schema")).and_then(Value::as_str);
        own.and_then(Dialect::of_schema).unwrap_or(self.dialect)
    }

    /// The file as messages name it.
    pub(super) fn label(&self, file: usize) -> &str {
        self.labels.get(file).map_or("", String::as_str)
    }

    /// The line and the column of a place.
    pub(super) fn locate(&self, location: &Location) -> Position {
        self.files.get(location.file).map(|file| file.document.locate(&location.pointer)).unwrap_or_default()
    }

    /// A place as text: `#/pointer` in the main document, `file#/pointer` elsewhere.
    pub(super) fn describe(&self, location: &Location) -> String {
        let file =
            if location.file == 0 { "" } else { self.files.get(location.file).map_or("", |file| file.name.as_str()) };
        format!("{file}#{}", location.pointer)
    }

    /// `sha256:` and the digest over names and contents of all files, by name.
    pub(super) fn digest(&self) -> String {
        let mut files: Vec<_> = self.files.iter().collect();
        files.sort_by(|left, right| left.name.cmp(&right.name));
        let mut bytes = Vec::new();
        for file in files {
            bytes.extend_from_slice(file.name.as_bytes());
            bytes.push(0);
            bytes.extend_from_slice(&file.digest);
        }
        let hex: String = sha256(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        format!("sha256:{hex}")
    }

    /// Where a reference leads that stands at a place, or why it leads nowhere.
    pub(super) fn resolve(&self, from: &Location, text: &str) -> Result<Location, String> {
        let Reference { address, fragment } = Reference::split(text);
        let root = if address.is_empty() { self.resource_of(from) } else { self.address(from, address)? };
        let fragment = super::percent::percent_decode(fragment)
            .ok_or("a percent escape in it is broken: `%` and two hexadecimal digits, in UTF-8")?;
        if fragment.is_empty() {
            return Ok(root);
        }
        if fragment.starts_with('/') {
            let location = Location { file: root.file, pointer: format!("{}{fragment}", root.pointer) };
            return if self.value(&location).is_some() {
                Ok(location)
            } else {
                Err(format!("there is nothing at `#{fragment}`{}", self.nearest(&root, &fragment)))
            };
        }
        let anchors = self.files.get(root.file).map(|file| &file.anchors);
        let key = (root.pointer.clone(), fragment.into_owned());
        match anchors.and_then(|anchors| anchors.get(&key)) {
            Some(pointer) => Ok(Location { file: root.file, pointer: pointer.clone() }),
            None => Err(format!("there is no `$anchor` called `{}` (a JSON Pointer begins with `#/`)", key.1)),
        }
    }

    /// The place of a `$dynamicAnchor` or `$anchor` in the resource that a place belongs to.
    pub(super) fn anchor(&self, from: &Location, name: &str) -> Option<Location> {
        let root = self.resource_of(from);
        let pointer = self.files.get(root.file)?.anchors.get(&(root.pointer, name.to_owned()))?;
        Some(Location { file: root.file, pointer: pointer.clone() })
    }

    /// The root of the schema resource, or else of the file, that a place belongs to.
    fn resource_of(&self, location: &Location) -> Location {
        let mut pointer = location.pointer.as_str();
        let resources =
            self.files.get(location.file).map(|file| &file.resources).filter(|resources| !resources.is_empty());
        let Some(resources) = resources else { return Location { file: location.file, pointer: String::new() } };
        loop {
            if resources.contains_key(pointer) || pointer.is_empty() {
                return Location { file: location.file, pointer: pointer.to_owned() };
            }
            pointer = pointer.rsplit_once('/').map_or("", |(above, _)| above);
        }
    }

    /// The root that an address leads to: that of a schema with this `$id`, or of a file.
    fn address(&self, from: &Location, address: &str) -> Result<Location, String> {
        let file = self.files.get(from.file).ok_or("the file is gone")?;
        let root = self.resource_of(from);
        let base = file.resources.get(&root.pointer).or(file.base.as_ref());
        if let Some(mut target) = base.and_then(|base| base.join(address).ok()) {
            target.set_fragment(None);
            if let Some(location) = self.by_address.get(target.as_str()) {
                return Ok(location.clone());
            }
        }
        let name = file_name(&file.name, address)?;
        match self.by_name.get(&name) {
            Some(Ok(index)) => Ok(Location { file: *index, pointer: String::new() }),
            Some(Err(reason)) => Err(format!("`{name}`: {reason}")),
            None => Err(format!("`{name}`: there is no such file")),
        }
    }

    /// How far a pointer leads, for a message.
    fn nearest(&self, root: &Location, fragment: &str) -> String {
        let mut reached = root.clone();
        for token in pointer::tokens(fragment) {
            let next = reached.join(&token);
            if self.value(&next).is_none() {
                let names: Vec<&str> = match self.value(&reached) {
                    Some(Value::Object(members)) => members.keys().take(8).map(String::as_str).collect(),
                    _ => Vec::new(),
                };
                let found =
                    if names.is_empty() { String::new() } else { format!(" (found there: {})", names.join(", ")) };
                return format!(": `{}` has no `{token}`{found}", self.describe(&reached));
            }
            reached = next;
        }
        String::new()
    }
}

/// The addresses and anchors within a file.
#[derive(Default)]
struct Found {
    resources: BTreeMap<String, Url>,
    anchors: HashMap<(String, String), String>,
    pointer: String,
    resource: String,
}

impl Found {
    /// `named` says that the keys here are names that the author chose. Recursion is bounded: documents are at most so
    /// many levels deep.
    fn search(&mut self, value: &Value, base: Option<&Url>, named: bool) {
        let length = self.pointer.len();
        match value {
            Value::Object(members) => {
                let id =
                    members.get("$id").filter(|_| !named).and_then(Value::as_str).filter(|id| !id.starts_with('#'));
                let mut resource = None;
                let address = id.and_then(|id| match base {
                    Some(base) => base.join(id).ok(),
                    None => Url::parse(id).ok(),
                });
                if let Some(mut address) = address {
                    address.set_fragment(None);
                    self.resources.insert(self.pointer.clone(), address.clone());
                    resource = Some((std::mem::replace(&mut self.resource, self.pointer.clone()), address));
                }
                for keyword in ["$anchor", "$dynamicAnchor"] {
                    if let Some(Value::String(name)) = members.get(keyword) {
                        let key = (self.resource.clone(), name.clone());
                        self.anchors.entry(key).or_insert_with(|| self.pointer.clone());
                    }
                }
                let below = resource.as_ref().map(|(_, address)| address).or(base);
                for (key, member) in members {
                    // A member `$id` in a literal value is not an identifier.
                    let literal =
                        !named && matches!(key.as_str(), "enum" | "const" | "default" | "example" | "examples");
                    if !literal && matches!(member, Value::Object(_) | Value::Array(_)) {
                        let named = matches!(
                            key.as_str(),
                            "properties"
                                | "patternProperties"
                                | "$defs"
                                | "definitions"
                                | "dependentSchemas"
                                | "schemas"
                        );
                        pointer::push(&mut self.pointer, key);
                        self.search(member, below, named);
                        self.pointer.truncate(length);
                    }
                }
                if let Some((outer, _)) = resource {
                    self.resource = outer;
                }
            }
            Value::Array(elements) => {
                for (index, element) in elements.iter().enumerate() {
                    if matches!(element, Value::Object(_) | Value::Array(_)) {
                        pointer::push(&mut self.pointer, &index.to_string());
                        self.search(element, base, false);
                        self.pointer.truncate(length);
                    }
                }
            }
            _ => {}
        }
    }
}
