//! What stands in place of evaluation in a build without the feature `expressions`: an error.
//!
//! Loading refuses a contract in which a client would have to evaluate something, so no client meets this error.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Computed, Expression, ExpressionError};

impl Expression {
    /// Refuses to evaluate.
    ///
    /// # Errors
    /// Always.
    pub fn holds(&self, _: u16, _: &BTreeMap<String, String>, _: &Value) -> Result<bool, ExpressionError> {
        Err(self.unavailable())
    }

    /// Refuses to evaluate.
    ///
    /// # Errors
    /// Always.
    pub fn computed(&self, _: &str) -> Result<Computed, ExpressionError> {
        Err(self.unavailable())
    }

    fn unavailable(&self) -> ExpressionError {
        ExpressionError { expression: self.text.to_string(), reason: "it needs the feature `expressions`".to_owned() }
    }
}
