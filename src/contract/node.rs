//! A cursor over the files of a contract, and the mistakes found on the way.

use std::collections::HashSet;

use serde_json::Value;

use super::library::{DocumentSet, Location};
use super::mistake::Diagnostic;

/// Mistakes that are kept; what is beyond says nothing new.
const MAX_MISTAKES: usize = 10_000;
/// References that may lead to another reference.
const MAX_HOPS: usize = 64;

/// The mistakes found so far.
#[derive(Debug, Default)]
pub(super) struct Diagnostics {
    found: Vec<(Location, String, bool)>,
    seen: HashSet<(Location, String)>,
}

impl Diagnostics {
    /// Nothing can be made of the contract.
    pub(super) fn fatal(&mut self, site: &Location, message: impl Into<String>) {
        self.add(site, message.into(), true);
    }

    /// What is sound can still be used.
    pub(super) fn flaw(&mut self, site: &Location, message: impl Into<String>) {
        self.add(site, message.into(), false);
    }

    fn add(&mut self, site: &Location, message: String, fatal: bool) {
        if self.found.len() < MAX_MISTAKES && self.seen.insert((site.clone(), message.clone())) {
            self.found.push((site.clone(), message, fatal));
        }
    }

    /// The mistakes with their lines, by file and place.
    pub(super) fn into_mistakes(self, library: &DocumentSet) -> Vec<Diagnostic> {
        let texts = library.faults.iter().map(|(file, fault)| Diagnostic {
            file: library.label(*file).to_owned(),
            line: fault.at.line as usize,
            column: fault.at.column as usize,
            pointer: String::new(),
            message: fault.message.clone(),
            fatal: fault.fatal,
        });
        let found = self.found.into_iter().map(|(site, message, fatal)| {
            let at = library.locate(&site);
            Diagnostic {
                file: library.label(site.file).to_owned(),
                line: at.line as usize,
                column: at.column as usize,
                pointer: site.pointer,
                message,
                fatal,
            }
        });
        let mut mistakes: Vec<Diagnostic> = texts.chain(found).collect();
        mistakes.sort_by(|left, right| {
            (&left.file, left.line, left.column, &left.pointer).cmp(&(
                &right.file,
                right.line,
                right.column,
                &right.pointer,
            ))
        });
        mistakes
    }
}

/// A value with its place.
#[derive(Debug, Clone)]
pub(super) struct Node<'a> {
    pub(super) library: &'a DocumentSet,
    pub(super) site: Location,
    pub(super) value: &'a Value,
}

impl<'a> Node<'a> {
    /// The root of the main document.
    pub(super) fn root(library: &'a DocumentSet) -> Option<Self> {
        let value = library.root(0)?;
        Some(Self { library, site: Location { file: 0, pointer: String::new() }, value })
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
        Self { library: self.library, site: self.site.join(token), value }
    }

    /// What stands here once references are followed; a mistake if they lead nowhere or in a circle.
    pub(super) fn follow(&self, findings: &mut Diagnostics) -> Option<Self> {
        let mut node = self.clone();
        for _ in 0..MAX_HOPS {
            let Some(text) = node.text("$ref") else { return Some(node) };
            match self.library.resolve(&node.site, text) {
                Ok(site) => {
                    let value = self.library.value(&site)?;
                    node = Self { library: self.library, site, value };
                }
                Err(reason) => {
                    findings.fatal(&node.site.join("$ref"), format!("the reference `{text}` leads nowhere: {reason}"));
                    return None;
                }
            }
        }
        findings
            .fatal(&self.site, "the reference leads to itself: one of the places on its way must hold the thing meant");
        None
    }
}
