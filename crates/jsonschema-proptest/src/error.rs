//! The error of this crate.

use std::fmt;

/// The reason why no values can be generated from a schema.
///
/// The message is a fragment that completes "failed to …". It names the location in the schema as a JSON pointer.
///
/// ```
/// use jsonschema_proptest::{ErrorKind, Generator};
/// use serde_json::json;
///
/// let error = Generator::compile(&json!({ "type": "integer", "minimum": 5, "maximum": 4 })).unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::Unsatisfiable);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GenerateError {
    kind: ErrorKind,
    pointer: String,
    reason: String,
    /// The number of rejected candidates. It is zero if the search did not begin.
    rejects: u32,
    is_for_breaking_value: bool,
}

/// The kind of a [`GenerateError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The document is not a usable schema: it is malformed, too deeply nested, or a reference cannot be resolved.
    Invalid,
    /// The keywords contradict each other: no value conforms to the schema.
    Unsatisfiable,
    /// No value breaks exactly one keyword of the schema.
    Unbreakable,
    /// Too many candidates were rejected, or the schema is outside the bounded search. Values may exist, but none was found.
    TooManyRejects,
    /// Only values that exceed the generator's limits of size or depth conform to the schema.
    TooLarge,
}

impl GenerateError {
    fn new(kind: ErrorKind, pointer: String, reason: String) -> Self {
        Self { kind, pointer, reason, rejects: 0, is_for_breaking_value: false }
    }

    pub(crate) fn invalid(pointer: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::new(ErrorKind::Invalid, pointer.into(), reason.into())
    }

    pub(crate) fn unsatisfiable(pointer: String) -> Self {
        Self::new(ErrorKind::Unsatisfiable, pointer, String::new())
    }

    pub(crate) fn unbreakable(reason: &str) -> Self {
        Self::new(ErrorKind::Unbreakable, String::new(), reason.to_owned())
    }

    pub(crate) fn too_many_rejects(pointer: String, rejects: u32, reason: impl Into<String>) -> Self {
        Self { rejects, ..Self::new(ErrorKind::TooManyRejects, pointer, reason.into()) }
    }

    /// Something was omitted from the search, and nothing is left to try.
    pub(crate) fn outside_search(pointer: String, omission: &str) -> Self {
        Self::new(ErrorKind::TooManyRejects, pointer, omission.to_owned())
    }

    pub(crate) fn too_large(pointer: String, reason: String) -> Self {
        Self::new(ErrorKind::TooLarge, pointer, reason)
    }

    /// Marks the error as one about a breaking value, not a conforming one.
    pub(crate) fn for_breaking_value(self) -> Self {
        Self { is_for_breaking_value: true, ..self }
    }

    /// Returns the kind of the error.
    ///
    /// ```
    /// # use jsonschema_proptest::{ErrorKind, sample_breaking};
    /// let accepts_everything = serde_json::json!(true);
    /// assert_eq!(sample_breaking(&accepts_everything, 1, 0).unwrap_err().kind(), ErrorKind::Unbreakable);
    /// ```
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// Returns the location in the schema as a JSON pointer. It is empty for the whole document.
    ///
    /// ```
    /// # use jsonschema_proptest::Generator;
    /// let schema = serde_json::json!({ "required": ["a"], "type": "object", "properties": { "a": false } });
    /// assert_eq!(Generator::compile(&schema).unwrap_err().pointer(), "/properties/a");
    /// ```
    #[must_use]
    pub fn pointer(&self) -> &str {
        &self.pointer
    }
}

impl fmt::Display for GenerateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, pointer, reason, rejects, is_for_breaking_value } = self;
        match kind {
            ErrorKind::Invalid => write!(f, "read the schema at '{pointer}': {reason}"),
            ErrorKind::Unsatisfiable => write!(
                f,
                "generate a value: nothing can satisfy the schema at '{pointer}'; its keywords contradict each other, so \
                 relax one of them"
            ),
            ErrorKind::Unbreakable => write!(
                f,
                "generate a breaking value from the schema at '{pointer}': {reason}; add a keyword that can be broken by \
                 itself"
            ),
            ErrorKind::TooManyRejects => {
                let (value, property) = if *is_for_breaking_value {
                    ("a breaking value", "breaks exactly one keyword of")
                } else {
                    ("a value", "satisfies")
                };
                if *rejects == 0 {
                    write!(f, "generate {value}: the schema at '{pointer}' is outside the bounded search ({reason})")?;
                } else {
                    write!(
                        f,
                        "generate {value}: {rejects} tries gave none that {property} the schema at '{pointer}' ({reason})"
                    )?;
                }
                f.write_str("; state the constraint more directly")
            }
            ErrorKind::TooLarge => write!(
                f,
                "generate a value: the schema at '{pointer}' asks for values of a size that is not generated ({reason}); \
                 lower its minimum"
            ),
        }
    }
}

impl std::error::Error for GenerateError {}

#[cfg(test)]
mod tests {
    use super::GenerateError;

    #[test]
    fn message_about_tries_names_the_kind_of_value() {
        let error = GenerateError::too_many_rejects("/a".to_owned(), 200, "a reason");
        assert_eq!(
            error.to_string(),
            "generate a value: 200 tries gave none that satisfies the schema at '/a' (a reason); state the constraint more \
             directly"
        );
        assert_eq!(
            error.for_breaking_value().to_string(),
            "generate a breaking value: 200 tries gave none that breaks exactly one keyword of the schema at '/a' (a \
             reason); state the constraint more directly"
        );
    }
}
