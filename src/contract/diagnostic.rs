//! What is wrong with a contract, and where.

use std::fmt;

/// One diagnostic in a contract's files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// The file, as it was named when the contract was loaded.
    pub file: String,
    /// The line, counted from 1; 0 if the diagnostic concerns the file as a whole.
    pub line: usize,
    /// The column in characters, counted from 1; 0 if the diagnostic concerns the file as a whole.
    pub column: usize,
    /// JSON Pointer (RFC 6901) to the place; empty for the whole document.
    pub pointer: String,
    /// What is wrong and what to do about it.
    pub message: String,
    /// Whether nothing can be made of the contract while it stands. The others keep only a contract from loading that
    /// has an `x-conformance` extension; of anyone's plain document what is sound is used.
    pub fatal: bool,
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:", self.file)?;
        if self.line > 0 {
            write!(out, "{}:{}:", self.line, self.column)?;
        }
        write!(out, " {}", self.message)?;
        if self.pointer.is_empty() { Ok(()) } else { write!(out, " (at #{})", self.pointer) }
    }
}

/// Everything that is wrong with a contract.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Lint {
    /// The diagnostics, by file and place; empty if there are none.
    pub diagnostics: Vec<Diagnostic>,
}

impl Lint {
    /// Whether there are no diagnostics.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.diagnostics.is_empty()
    }
}

impl fmt::Display for Lint {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for diagnostic in &self.diagnostics {
            writeln!(out, "{diagnostic}")?;
        }
        Ok(())
    }
}

/// A contract that cannot be used, with every reason.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("load the contract `{name}`:{}", listing(.diagnostics))]
#[non_exhaustive]
pub struct LoadError {
    /// What was asked for.
    pub name: String,
    /// The diagnostics, by file and place; at least one.
    pub diagnostics: Vec<Diagnostic>,
}

fn listing(diagnostics: &[Diagnostic]) -> String {
    diagnostics.iter().fold(String::new(), |text, diagnostic| text + "\n  " + &diagnostic.to_string())
}
