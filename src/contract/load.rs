//! From a name or a path to a contract, or to everything that is wrong with it.

use std::sync::Arc;

use serde_json::Value;

#[cfg(feature = "harness")]
use super::diagnostic::Lint;
use super::diagnostic::{Diagnostic, LoadError};
use super::document_set::{DocumentSet, Location};
#[cfg(feature = "harness")]
use super::examples;
use super::node::Node;
use super::openapi::{self, Reader};
use super::source::Source;
use super::{Contract, conformance};

impl Contract {
    /// Loads a contract: the name of a bundled one, the path of a contract's folder (its main document is called
    /// `openapi.yaml`, `openapi.yml` or `openapi.json`), or that of a lone `OpenAPI` 3 document in YAML or JSON.
    ///
    /// References are followed within the folder only; nothing is fetched. Schemas, examples and expressions are checked
    /// with the feature `harness` only: a contract is to be checked by `ringtrue lint` before a service uses it.
    ///
    /// # Errors
    /// With every diagnostic that keeps the contract from being used: any diagnostic if it has an `x-conformance`
    /// extension, else those without which nothing can be made of it (see [`Diagnostic::fatal`]).
    pub fn load(name_or_path: &str) -> Result<Self, LoadError> {
        let (contract, mut diagnostics) = read(name_or_path, false);
        let extended = contract.as_ref().is_some_and(|contract| contract.extended);
        diagnostics.retain(|diagnostic| diagnostic.fatal || extended);
        match contract {
            Some(contract) if diagnostics.is_empty() => Ok(contract),
            _ => Err(LoadError { name: name_or_path.to_owned(), diagnostics }),
        }
    }
}

/// Everything that is wrong with a contract, its examples included. Takes what [`Contract::load`] takes.
#[must_use]
#[cfg(feature = "harness")]
pub fn lint(name_or_path: &str) -> Lint {
    let (_, diagnostics) = read(name_or_path, true);
    Lint { diagnostics }
}

/// A contract of one file that is in memory, with everything that is wrong with it.
#[must_use]
#[cfg(feature = "harness")]
pub fn in_memory(name: &str, file: &str, text: &str) -> (Option<Contract>, Lint) {
    let source = Source::in_memory(name, file, [(file.to_owned(), text.as_bytes().to_vec())].into());
    let (contract, diagnostics) = read_source(&source, true);
    (contract, Lint { diagnostics })
}

fn read(name_or_path: &str, thorough: bool) -> (Option<Contract>, Vec<Diagnostic>) {
    match Source::find(name_or_path) {
        Ok(source) => read_source(&source, thorough),
        Err(message) => (None, vec![about(name_or_path, message)]),
    }
}

fn read_source(source: &Source, thorough: bool) -> (Option<Contract>, Vec<Diagnostic>) {
    let mut documents = DocumentSet::read(source);
    let dialect = openapi::dialect(documents.root(0).unwrap_or(&Value::Null));
    documents.dialect = dialect.clone().unwrap_or_default();
    let documents = Arc::new(documents);
    let mut reader = Reader::new(&documents, &source.name);
    // A file that could not be parsed has been complained of.
    let broken = documents
        .errors
        .iter()
        .any(|(file, error)| *file == 0 && error.fatal && documents.root(0) == Some(&Value::Null));
    let contract = match dialect {
        Ok(_) => Node::root(&documents).map(|root| {
            let contract = conformance::contract(&mut reader, &root);
            // Bundled contracts are checked completely.
            #[cfg(feature = "harness")]
            examples::check(&mut reader, thorough || contract.extended);
            #[cfg(not(feature = "harness"))]
            let _ = thorough;
            contract
        }),
        Err(message) => {
            if !broken {
                reader.diagnostics.fatal(&Location { file: 0, pointer: String::new() }, message);
            }
            None
        }
    };
    (contract, reader.diagnostics.into_sorted(&documents))
}

fn about(file: &str, message: String) -> Diagnostic {
    Diagnostic { file: file.to_owned(), line: 0, column: 0, pointer: String::new(), message, fatal: true }
}
