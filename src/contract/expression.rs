//! CEL expressions over an answer, compiled once.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

/// A compiled CEL expression with its text.
#[derive(Debug, Clone)]
pub struct Expression {
    text: Arc<str>,
    program: Arc<cel::Program>,
}

/// An expression that does not parse, or does not come out as a boolean.
#[derive(Debug, Clone, thiserror::Error)]
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
    /// If the text is not CEL.
    pub fn compile(text: &str) -> Result<Self, ExpressionError> {
        let program = cel::Program::compile(text)
            .map_err(|error| ExpressionError { expression: text.to_owned(), reason: error.to_string() })?;
        Ok(Self { text: text.into(), program: Arc::new(program) })
    }

    /// The expression's text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether the expression holds for an answer.
    ///
    /// # Errors
    /// If a name it uses is absent, types do not fit, or it comes out as anything but a boolean.
    pub fn holds(
        &self,
        _status: u16,
        _headers: &BTreeMap<String, String>,
        _body: &Value,
    ) -> Result<bool, ExpressionError> {
        let _ = &self.program;
        Err(ExpressionError { expression: self.text.to_string(), reason: "not evaluated".to_owned() })
    }
}
