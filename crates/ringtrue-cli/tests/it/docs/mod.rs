//! The Markdown files: generated parts and console samples are current, links lead somewhere, names exist.
//!
//! A generated part stands between `<!-- generated: NAME -->` and `<!-- end -->`. This renews all of them:
//! `RINGTRUE_REGENERATE=1 cargo test -p ringtrue-cli --test it docs`. The pages of providers are generated as a whole.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod console;
mod generated;
mod links;
mod markdown;
mod names;
mod providers;

use std::path::{Path, PathBuf};

pub(crate) type Outcomes = Result<(), Box<dyn std::error::Error>>;

/// The root folder of the repository: the nearest folder above this package that holds the workspace.
fn root() -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let is_root = |folder: &&Path| {
        std::fs::read_to_string(folder.join("Cargo.toml")).is_ok_and(|manifest| manifest.contains("[workspace]"))
    };
    package.ancestors().find(is_root).unwrap_or(package).to_owned()
}

/// The program that the samples run.
fn program() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_ringtrue"))
}

/// Every Markdown file of the repository, relative to its root.
fn files() -> Vec<PathBuf> {
    let root = root();
    let mut found = Vec::new();
    collect(&root, &root, &mut found);
    found.sort();
    found
}

fn collect(root: &Path, folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        // Markdown in `src` is documentation of Rust items, whose links rustdoc checks.
        let skipped = name.starts_with('.') || ["src", "target", "node_modules"].contains(&name.as_str());
        if path.is_dir() && !skipped && !path.is_symlink() {
            collect(root, &path, found);
        } else if path.extension().is_some_and(|extension| extension == "md") {
            found.push(path.strip_prefix(root).unwrap().to_owned());
        }
    }
}
