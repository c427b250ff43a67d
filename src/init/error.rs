//! Why no contract can be drafted.

use std::path::PathBuf;

use crate::contract::LoadError;

/// Why no contract can be drafted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InitError {
    /// The document cannot be read.
    #[error(transparent)]
    Document(#[from] LoadError),
    /// The document is a contract already.
    #[error("{name} has the extension `x-conformance`: it is a contract already")]
    IsContract {
        /// The document.
        name: String,
    },
    /// No operation reads a balance.
    #[error(
        "no operation of {name} reads a balance, as far as its words show; looked at {operations} operations{}\nname it with --balance 'METHOD /path', if there is one",
        listing("; the nearest were", .nearest)
    )]
    NoBalance {
        /// The document.
        name: String,
        /// How many operations it has.
        operations: usize,
        /// The operations that came nearest, with their scores.
        nearest: Vec<String>,
    },
    /// An operation that was asked for does not exist.
    #[error("--{option}: no operation is called `{wanted}`{}", listing("; the document has", .known))]
    NoOperation {
        /// The option.
        option: &'static str,
        /// What was asked for.
        wanted: String,
        /// Some operations of the document.
        known: Vec<String>,
    },
    /// The needed part of the document has mistakes that cannot be left out.
    #[error("the part of the document that a contract needs has mistakes{}", listing("", .mistakes))]
    Broken {
        /// The mistakes.
        mistakes: Vec<String>,
    },
    /// A file cannot be read.
    #[error("{} cannot be read", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file with examples holds something else.
    #[error("{}: {message}", path.display())]
    Examples {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        message: String,
    },
}

fn listing(before: &str, lines: &[String]) -> String {
    if lines.is_empty() {
        String::new()
    } else {
        format!("{before}:{}", lines.iter().map(|line| format!("\n  {line}")).collect::<String>())
    }
}
