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
    rejects: u32,
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
    /// Too many candidates were rejected. Values may exist, but the bounded search did not find one.
    TooManyRejects,
    /// Only values that exceed the generator's limits of size or depth conform to the schema.
    TooLarge,
}

impl GenerateError {
    pub(crate) fn invalid(pointer: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { kind: ErrorKind::Invalid, pointer: pointer.into(), reason: reason.into(), rejects: 0 }
    }

    pub(crate) fn unsatisfiable(pointer: String) -> Self {
        Self { kind: ErrorKind::Unsatisfiable, pointer, reason: String::new(), rejects: 0 }
    }

    pub(crate) fn unbreakable(reason: &str) -> Self {
        Self { kind: ErrorKind::Unbreakable, pointer: String::new(), reason: reason.to_owned(), rejects: 0 }
    }

    pub(crate) fn too_many_rejects(pointer: String, rejects: u32, reason: impl Into<String>) -> Self {
        Self { kind: ErrorKind::TooManyRejects, pointer, reason: reason.into(), rejects }
    }

    pub(crate) fn too_large(pointer: String, reason: String) -> Self {
        Self { kind: ErrorKind::TooLarge, pointer, reason, rejects: 0 }
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
        let Self { kind, pointer, reason, rejects } = self;
        match kind {
            ErrorKind::Invalid => write!(f, "read the schema at '{pointer}': {reason}"),
            ErrorKind::Unsatisfiable => write!(
                f,
                "generate a value: nothing can satisfy the schema at '{pointer}'; its keywords contradict each other, so \
                 relax one of them"
            ),
            ErrorKind::Unbreakable => {
                write!(f, "generate a breaking value: {reason} at '{pointer}'; add a keyword that can fail by itself")
            }
            ErrorKind::TooManyRejects => write!(
                f,
                "generate a value: {rejects} tries gave none that satisfies the schema at '{pointer}' ({reason}); state \
                 the constraint more directly"
            ),
            ErrorKind::TooLarge => write!(
                f,
                "generate a value: the schema at '{pointer}' asks for values of a size that is not generated ({reason}); \
                 lower its minimum"
            ),
        }
    }
}

impl std::error::Error for GenerateError {}
