//! A generated value, as JSON text.

use serde_json::Value;

/// A JSON value, in the spelling in which it was generated.
///
/// `15432.50`, `1e3` and `-0` are spellings of their own; parsing loses the difference.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Sample {
    text: String,
}

impl Sample {
    pub(crate) fn new(text: String) -> Self {
        Self { text }
    }

    /// Returns the JSON text.
    ///
    /// ```
    /// # let schema = serde_json::json!({ "const": true });
    /// let samples = jsonschema_proptest::sample(&schema, 1, 0)?;
    /// assert_eq!(samples[0].text(), "true");
    /// # Ok::<(), jsonschema_proptest::GenerateError>(())
    /// ```
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns the JSON text, by value.
    ///
    /// ```
    /// # let schema = serde_json::json!({ "const": null });
    /// for sample in jsonschema_proptest::sample(&schema, 1, 0)? {
    ///     assert_eq!(sample.into_text(), String::from("null"));
    /// }
    /// # Ok::<(), jsonschema_proptest::GenerateError>(())
    /// ```
    #[must_use]
    pub fn into_text(self) -> String {
        self.text
    }

    /// Parses the text.
    ///
    /// ```
    /// # let schema = serde_json::json!({ "const": [1, 2] });
    /// let samples = jsonschema_proptest::sample(&schema, 1, 0)?;
    /// assert_eq!(samples[0].value(), serde_json::json!([1, 2]));
    /// # Ok::<(), jsonschema_proptest::GenerateError>(())
    /// ```
    #[must_use]
    pub fn value(&self) -> Value {
        // The text is JSON by construction.
        serde_json::from_str(&self.text).unwrap_or(Value::Null)
    }
}

impl std::fmt::Display for Sample {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.text)
    }
}
