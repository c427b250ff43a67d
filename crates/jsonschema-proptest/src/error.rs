//! What can go wrong between a schema and values of it.

/// Why no values can be had from a schema.
///
/// Every message is a fragment that completes "failed to …" and names the place in the schema as a
/// JSON pointer (empty for the whole document).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GenerateError {
    /// The document is no usable schema: malformed, or a reference leads nowhere.
    #[error("read the schema at '{at}': {reason}")]
    Invalid {
        /// Where in the schema.
        at: String,
        /// What is wrong there.
        reason: String,
    },
    /// The schema contradicts itself: no value can satisfy it.
    #[error(
        "generate a value: nothing can satisfy the schema at '{at}'; its keywords contradict each other, so relax one of them"
    )]
    Unsatisfiable {
        /// The deepest place in the schema that is known to admit nothing.
        at: String,
    },
    /// No value breaks exactly one keyword of the schema.
    #[error("generate a breaking value: {reason} at '{at}'; add a keyword that can fail by itself")]
    Unbreakable {
        /// Where in the schema.
        at: String,
        /// Why nothing breaks it.
        reason: String,
    },
    /// Values may exist, but the bounded search met none.
    #[error(
        "generate a value: {tries} tries gave none that satisfies the schema at '{at}' ({reason}); state the constraint more directly"
    )]
    NotFound {
        /// Where in the schema.
        at: String,
        /// How many candidates were thrown away.
        tries: u32,
        /// What the candidates failed on, or what is beyond the generator.
        reason: String,
    },
    /// Only values beyond the generator's size limits would do.
    #[error(
        "generate a value: the schema at '{at}' asks for values of a size that is not generated ({reason}); lower its minimum"
    )]
    TooLarge {
        /// Where in the schema.
        at: String,
        /// The limit that was met.
        reason: String,
    },
}
