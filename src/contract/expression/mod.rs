//! CEL expressions over an answer, compiled once.

#[cfg(feature = "expressions")]
mod convert;
mod dependence;
#[cfg(feature = "expressions")]
mod evaluate;
#[cfg(feature = "expressions")]
mod number;
#[cfg(feature = "expressions")]
mod rewrite;
#[cfg(not(feature = "expressions"))]
mod unavailable;

use std::sync::Arc;

use rust_decimal::Decimal;
use serde_json::Value;

#[cfg(feature = "harness")]
pub(crate) use dependence::leaves;

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
/// Without the feature `expressions`, it is its text, and evaluating it is an error.
#[derive(Debug, Clone)]
pub struct Expression {
    text: Arc<str>,
    #[cfg(feature = "expressions")]
    program: Arc<evaluate::Program>,
}

impl PartialEq for Expression {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

/// What an expression comes out as.
#[derive(Debug, Clone, PartialEq)]
pub enum Computed {
    /// A number.
    Number(Decimal),
    /// A boolean, a string or `null`.
    Other(Value),
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
    /// `expressions`: if it is too long.
    pub fn compile(text: &str) -> Result<Self, ExpressionError> {
        let refuse = |reason: String| ExpressionError { expression: text.to_owned(), reason };
        if text.len() > MAX_TEXT {
            return Err(refuse(format!("longer than {MAX_TEXT} characters")));
        }
        Ok(Self {
            text: text.into(),
            #[cfg(feature = "expressions")]
            program: Arc::new(evaluate::Program::compile(text).map_err(refuse)?),
        })
    }

    /// Whether this build evaluates expressions: whether it has the feature `expressions`.
    pub(super) const EVALUATED: bool = cfg!(feature = "expressions");

    /// The expression's text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }
}
