//! A cursor over the files of a contract.

use serde_json::Value;

use super::diagnostics::Diagnostics;
use super::document_set::{DocumentSet, Location};

/// References that may lead to another reference.
const MAX_HOPS: usize = 64;

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
