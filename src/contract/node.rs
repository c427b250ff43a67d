//! A cursor over the files of a contract, and the diagnostics found on the way.

use std::collections::HashSet;

use serde_json::Value;

use super::diagnostic::Diagnostic;
use super::document_set::{DocumentSet, Location};

/// Mistakes that are kept; what is beyond says nothing new.
const MAX_DIAGNOSTICS: usize = 10_000;
/// References that may lead to another reference.
const MAX_HOPS: usize = 64;

/// The diagnostics found so far.
#[derive(Debug, Default)]
pub(super) struct Diagnostics {
    found: Vec<(Location, String, bool)>,
    seen: HashSet<(Location, String)>,
}

impl Diagnostics {
    /// Nothing can be made of the contract.
    pub(super) fn fatal(&mut self, location: &Location, message: impl Into<String>) {
        self.add(location, message.into(), true);
    }

    /// What is sound can still be used.
    pub(super) fn warn(&mut self, location: &Location, message: impl Into<String>) {
        self.add(location, message.into(), false);
    }

    fn add(&mut self, location: &Location, message: String, fatal: bool) {
        if self.found.len() < MAX_DIAGNOSTICS && self.seen.insert((location.clone(), message.clone())) {
            self.found.push((location.clone(), message, fatal));
        }
    }

    /// The diagnostics with their lines, by file and place.
    pub(super) fn into_sorted(self, documents: &DocumentSet) -> Vec<Diagnostic> {
        let texts = documents.errors.iter().map(|(file, error)| Diagnostic {
            file: documents.label(*file).to_owned(),
            line: error.at.line as usize,
            column: error.at.column as usize,
            pointer: String::new(),
            message: error.message.clone(),
            fatal: error.fatal,
        });
        let found = self.found.into_iter().map(|(location, message, fatal)| {
            let at = documents.locate(&location);
            Diagnostic {
                file: documents.label(location.file).to_owned(),
                line: at.line as usize,
                column: at.column as usize,
                pointer: location.pointer,
                message,
                fatal,
            }
        });
        let mut diagnostics: Vec<Diagnostic> = texts.chain(found).collect();
        diagnostics.sort_by(|left, right| {
            (&left.file, left.line, left.column, &left.pointer).cmp(&(
                &right.file,
                right.line,
                right.column,
                &right.pointer,
            ))
        });
        diagnostics
    }
}

/// A value with its place.
#[derive(Debug, Clone)]
pub(super) struct Node<'a> {
    pub(super) documents: &'a DocumentSet,
    pub(super) location: Location,
    pub(super) value: &'a Value,
}

impl<'a> Node<'a> {
    /// The root of the main document.
    pub(super) fn root(documents: &'a DocumentSet) -> Option<Self> {
        let value = documents.root(0)?;
        Some(Self { documents, location: Location { file: 0, pointer: String::new() }, value })
    }

    /// The member with a name.
    pub(super) fn get(&self, name: &str) -> Option<Self> {
        let value = self.value.as_object()?.get(name)?;
        Some(self.below(name, value))
    }

    /// The text of a member.
    pub(super) fn text(&self, name: &str) -> Option<&'a str> {
        self.value.as_object()?.get(name)?.as_str()
    }

    /// Whether a member is `true`.
    pub(super) fn is_true(&self, name: &str) -> bool {
        self.value.as_object().and_then(|members| members.get(name)) == Some(&Value::Bool(true))
    }

    /// The members of an object, in the order of the document.
    pub(super) fn members(&self) -> Vec<(&'a str, Self)> {
        let Some(members) = self.value.as_object() else { return Vec::new() };
        members.iter().map(|(name, value)| (name.as_str(), self.below(name, value))).collect()
    }

    /// The elements of an array.
    pub(super) fn elements(&self) -> Vec<Self> {
        let Some(elements) = self.value.as_array() else { return Vec::new() };
        elements.iter().enumerate().map(|(index, value)| self.below(&index.to_string(), value)).collect()
    }

    fn below(&self, token: &str, value: &'a Value) -> Self {
        Self { documents: self.documents, location: self.location.join(token), value }
    }

    /// What stands here once references are followed; a diagnostic if they lead nowhere or in a circle.
    pub(super) fn follow(&self, diagnostics: &mut Diagnostics) -> Option<Self> {
        let mut node = self.clone();
        for _ in 0..MAX_HOPS {
            let Some(text) = node.text("$ref") else { return Some(node) };
            match self.documents.resolve(&node.location, text) {
                Ok(location) => {
                    let value = self.documents.value(&location)?;
                    node = Self { documents: self.documents, location, value };
                }
                Err(reason) => {
                    diagnostics
                        .fatal(&node.location.join("$ref"), format!("the reference `{text}` leads nowhere: {reason}"));
                    return None;
                }
            }
        }
        diagnostics.fatal(
            &self.location,
            "the reference leads to itself: one of the places on its way must hold the thing meant",
        );
        None
    }
}
