//! A generated value, as text.

use serde_json::Value;

/// A JSON value in the spelling in which it is to be sent: `15432.50`, `1e3` and `-0` are values of
/// their own, although they parse to others.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Sample {
    text: String,
}

impl Sample {
    pub(crate) fn new(text: String) -> Self {
        Self { text }
    }

    /// The JSON text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The JSON text, by value.
    #[must_use]
    pub fn into_text(self) -> String {
        self.text
    }

    /// The value that the text parses to; number spellings are lost.
    #[must_use]
    pub fn value(&self) -> Value {
        // What is generated is JSON by construction.
        serde_json::from_str(&self.text).unwrap_or(Value::Null)
    }
}

impl std::fmt::Display for Sample {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.text)
    }
}
