//! The documents of a contract as they stand, with the line of every value, for tools that read what a contract leaves out.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use super::diagnostic::{Diagnostic, LoadError};
use super::document_set::{DocumentSet, Location};
use super::openapi;
use super::schema::Schema;
use super::source::Source;

/// References that may lead to another reference.
const MAX_HOPS: usize = 64;

/// The documents of a contract or of a plain `OpenAPI` document.
#[derive(Debug, Clone)]
pub struct Documents {
    set: Arc<DocumentSet>,
    name: String,
    origins: Option<Origins>,
}

/// Where the parts of a document come from that was made of recorded responses.
#[derive(Debug, Clone, Default)]
pub struct Origins {
    /// What was recorded: the names of files.
    pub label: String,
    /// Places for people, by the JSON Pointer of a part.
    pub places: BTreeMap<String, String>,
}

/// A value in one of the documents.
#[derive(Debug, Clone)]
pub struct Item<'a> {
    documents: &'a Documents,
    location: Location,
    value: &'a Value,
}

impl Documents {
    /// Reads a contract or a document, with the files that it refers to. Takes what [`super::Contract::load`] takes.
    ///
    /// # Errors
    /// If the main document cannot be read, is not YAML or JSON, or is not `OpenAPI` 3.
    pub fn open(name_or_path: &str) -> Result<Self, LoadError> {
        let refuse = |message: String| LoadError {
            name: name_or_path.to_owned(),
            diagnostics: vec![Diagnostic {
                file: name_or_path.to_owned(),
                line: 0,
                column: 0,
                pointer: String::new(),
                message,
                fatal: true,
            }],
        };
        let source = Source::find(name_or_path).map_err(refuse)?;
        Self::read(&source, name_or_path)
    }

    /// Reads a document that is in memory.
    ///
    /// # Errors
    /// As [`Documents::open`].
    pub fn of_text(name: &str, file: &str, text: &str) -> Result<Self, LoadError> {
        let source = Source::in_memory(name, file, [(file.to_owned(), text.as_bytes().to_vec())].into());
        Self::read(&source, file)
    }

    /// Reads a document that was made of recorded responses.
    ///
    /// # Errors
    /// As [`Documents::open`].
    pub fn recorded(name: &str, document: &Value, origins: Origins) -> Result<Self, LoadError> {
        let read = Self::of_text(name, "recorded.json", &document.to_string())?;
        Ok(Self { origins: Some(origins), ..read })
    }

    /// Whether it was made of recorded responses.
    #[must_use]
    pub fn is_recorded(&self) -> bool {
        self.origins.is_some()
    }

    fn read(source: &Source, given: &str) -> Result<Self, LoadError> {
        let mut set = DocumentSet::read(source);
        let refuse = |diagnostics| LoadError { name: given.to_owned(), diagnostics };
        let diagnostic = |line: u32, column: u32, message: String| Diagnostic {
            file: set.label(0).to_owned(),
            line: line as usize,
            column: column as usize,
            pointer: String::new(),
            message,
            fatal: true,
        };
        let broken = set.errors.iter().filter(|(file, error)| *file == 0 && error.fatal);
        let broken: Vec<Diagnostic> =
            broken.map(|(_, error)| diagnostic(error.at.line, error.at.column, error.message.clone())).collect();
        if !broken.is_empty() {
            return Err(refuse(broken));
        }
        match openapi::dialect(set.root(0).unwrap_or(&Value::Null)) {
            Ok(dialect) => set.dialect = dialect,
            Err(message) => return Err(refuse(vec![diagnostic(0, 0, message)])),
        }
        Ok(Self { set: Arc::new(set), name: source.name.clone(), origins: None })
    }

    /// The short name: the folder's, or the document's without its ending.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The main document.
    #[must_use]
    pub fn root(&self) -> Item<'_> {
        let location = Location { file: 0, pointer: String::new() };
        Item { documents: self, location, value: self.set.root(0).unwrap_or(&Value::Null) }
    }

    /// How messages name the main document.
    #[must_use]
    pub fn label(&self) -> &str {
        self.origins.as_ref().map_or_else(|| self.set.label(0), |origins| &origins.label)
    }
}

impl Origins {
    /// The place of the nearest part at or above a pointer.
    fn of(&self, pointer: &str) -> String {
        let mut at = pointer;
        loop {
            if let Some(place) = self.places.get(at) {
                return place.clone();
            }
            match at.rsplit_once('/') {
                Some((above, _)) => at = above,
                None => return self.label.clone(),
            }
        }
    }
}

impl<'a> Item<'a> {
    /// The value itself.
    #[must_use]
    pub fn value(&self) -> &'a Value {
        self.value
    }

    /// The member with a name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Self> {
        Some(self.below(name, self.value.as_object()?.get(name)?))
    }

    /// The text of a member.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&'a str> {
        self.value.as_object()?.get(name)?.as_str()
    }

    /// Whether a member is `true`.
    #[must_use]
    pub fn is_true(&self, name: &str) -> bool {
        self.value.get(name) == Some(&Value::Bool(true))
    }

    /// The members of an object, in the order of the document.
    #[must_use]
    pub fn members(&self) -> Vec<(&'a str, Self)> {
        let members = self.value.as_object().into_iter().flatten();
        members.map(|(name, value)| (name.as_str(), self.below(name, value))).collect()
    }

    /// The elements of an array.
    #[must_use]
    pub fn elements(&self) -> Vec<Self> {
        let elements = self.value.as_array().into_iter().flatten();
        elements.enumerate().map(|(index, value)| self.below(&index.to_string(), value)).collect()
    }

    fn below(&self, token: &str, value: &'a Value) -> Self {
        Self { documents: self.documents, location: self.location.join(token), value }
    }

    /// The item that a reference in it leads to, one step; `None` if this is no reference, or leads nowhere.
    #[must_use]
    pub fn target(&self) -> Option<Self> {
        let text = self.text("$ref")?;
        let location = self.documents.set.resolve(&self.location, text).ok()?;
        let value = self.documents.set.value(&location)?;
        Some(Self { documents: self.documents, location, value })
    }

    /// The item once references are followed. One that leads nowhere stays as it is.
    #[must_use]
    pub fn follow(&self) -> Self {
        let mut item = self.clone();
        for _ in 0..MAX_HOPS {
            let Some(target) = item.target() else { break };
            item = target;
        }
        item
    }

    /// The JSON Pointer of the item in its file.
    #[must_use]
    pub fn pointer(&self) -> &str {
        &self.location.pointer
    }

    /// The number of its file; 0 is the main document.
    #[must_use]
    pub fn file(&self) -> usize {
        self.location.file
    }

    /// The line of the item in its file, counted from 1; 0 if it has none.
    #[must_use]
    pub fn line(&self) -> u32 {
        self.documents.set.locate(&self.location).line
    }

    /// The place of the item for people: `#/pointer, line 12`, with the file if it is not the main document; of recorded
    /// responses, where they were recorded.
    #[must_use]
    pub fn place(&self) -> String {
        if let Some(origins) = &self.documents.origins {
            return origins.of(&self.location.pointer);
        }
        let place = self.documents.set.describe(&self.location);
        match self.line() {
            0 => place,
            line => format!("{place}, line {line}"),
        }
    }

    /// The item as a JSON Schema that stands for itself, in the terms of 2020-12.
    #[must_use]
    pub fn schema(&self) -> Schema {
        Schema::at(Arc::clone(&self.documents.set), self.location.clone())
    }
}

impl PartialEq for Item<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.location == other.location
    }
}
