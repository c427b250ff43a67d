//! CEL expressions over an answer, compiled once.

#[cfg(feature = "client")]
mod convert;
#[cfg(feature = "client")]
mod evaluate;
#[cfg(feature = "client")]
mod number;
#[cfg(feature = "client")]
mod rewrite;

use std::sync::Arc;

#[cfg(feature = "client")]
pub use evaluate::Computed;
#[cfg(feature = "harness")]
pub(crate) use evaluate::leaves;

/// Characters that an expression may have.
const MAX_TEXT: usize = 2_000;

/// A compiled CEL expression with its text.
///
/// It speaks about an answer by three names: `status` (int), `headers` (map from lower-case name to string; a header
/// that is absent is no key of it, so ask `'x-name' in headers`) and `body` (the JSON value). Beside the standard
/// functions there are `sum(list)`, which is 0 for an empty list, and `number(x)`, which makes a number of one or of a
/// decimal in a string.
///
/// Numbers are JSON numbers: `5`, `5.0` and `5u` are the same, arithmetic is decimal and exact where 28 digits
/// suffice (`0.1 + 0.2 == 0.3`), `/` does not round, and int and double mix freely. A number held against a string
/// is an error, not `false`: convert it with `number`. So is a name that is absent: ask `has(body.x)` first.
///
/// Without the feature `client`, an expression is its text.
#[derive(Debug, Clone)]
pub struct Expression {
    text: Arc<str>,
    #[cfg(feature = "client")]
    program: Arc<evaluate::Program>,
}

impl PartialEq for Expression {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

/// An expression that does not parse, or does not come out as a boolean.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("evaluate `{expression}`: {reason}")]
pub struct ExpressionError {
    /// The expression's text.
    pub expression: String,
    /// What is wrong with it.
    pub reason: String,
}

impl Expression {
    /// Compiles an expression.
    ///
    /// # Errors
    /// If the text is not CEL, is too long or too deeply nested, or uses an unknown name. Without the feature
    /// `client`: if it is too long.
    pub fn compile(text: &str) -> Result<Self, ExpressionError> {
        let refuse = |reason: String| ExpressionError { expression: text.to_owned(), reason };
        if text.len() > MAX_TEXT {
            return Err(refuse(format!("longer than {MAX_TEXT} characters")));
        }
        Ok(Self {
            text: text.into(),
            #[cfg(feature = "client")]
            program: Arc::new(evaluate::Program::compile(text).map_err(refuse)?),
        })
    }

    /// The expression's text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }
}
