//! A JSON Schema with its validator, compiled once.

use std::sync::Arc;

use serde_json::Value;

/// A JSON Schema (2020-12, after normalisation) with its validator.
#[derive(Debug, Clone)]
pub struct Schema {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    document: Value,
    validator: jsonschema::Validator,
}

/// Why a value does not fit a schema: data first, text last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misfit {
    /// JSON Pointer into the value.
    pub at: String,
    /// JSON Pointer into the schema.
    pub schema_at: String,
    /// The keyword that does not hold.
    pub keyword: String,
    /// What is wrong, in words; the value itself is masked.
    pub message: String,
}

impl Schema {
    /// The schema as a self-contained 2020-12 document: every reference in it is local to it.
    #[must_use]
    pub fn document(&self) -> &Value {
        &self.inner.document
    }

    /// Whether the value fits.
    #[must_use]
    pub fn accepts(&self, value: &Value) -> bool {
        self.inner.validator.is_valid(value)
    }

    /// Every way in which the value does not fit.
    #[must_use]
    pub fn misfits(&self, value: &Value) -> Vec<Misfit> {
        self.inner
            .validator
            .iter_errors(value)
            .map(|error| Misfit {
                at: error.instance_path().to_string(),
                schema_at: error.schema_path().to_string(),
                keyword: error.kind().keyword().to_owned(),
                message: error.masked().to_string(),
            })
            .collect()
    }
}
