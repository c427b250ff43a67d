//! The diagnostics found while a contract is read.

use std::collections::HashSet;

use super::diagnostic::Diagnostic;
use super::document_set::{DocumentSet, Location};

/// Mistakes that are kept; what is beyond says nothing new.
const MAX_DIAGNOSTICS: usize = 10_000;

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
