//! Drafting contracts from documents and from recorded traffic.

mod bundled;
mod document;
mod hostile;
mod recorded;

use std::path::{Path, PathBuf};

use ringtrue::__cli::contract::{self, Contract, Role};
use ringtrue::__cli::init::{self, Draft, InitError, InitOptions};

/// A folder with files, for drafts and for what they are made of.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    /// Drafts a contract from a document.
    fn draft(&self, text: &str, options: &InitOptions) -> Result<Draft, InitError> {
        init::init(&self.write("document.yaml", text).display().to_string(), options)
    }
}

/// The contract that a draft is; it has to lint clean.
fn contract(draft: &Draft) -> Contract {
    let (contract, lint) = contract::in_memory("draft", "openapi.yaml", &draft.text);
    assert!(lint.is_clean(), "{lint}\n{}", draft.text);
    contract.unwrap()
}

/// The operation of a role, as `METHOD /path`.
fn operation(contract: &Contract, role: Role) -> Option<String> {
    contract.operation(role).map(|operation| format!("{} {}", operation.method, operation.path))
}

/// The pointer to what is left.
fn remaining(contract: &Contract) -> Option<String> {
    contract.operation(Role::Balance)?.fields.remaining.as_ref()?.pointer.clone()
}

/// The places of found things, by what they are.
fn place<'d>(draft: &'d Draft, what: &str) -> Option<&'d str> {
    draft.found.iter().find(|line| line.what == what).map(|line| line.place.as_str())
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}
