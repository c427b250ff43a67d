//! A promise: a quoted sentence, how binding it is, and where it comes from.

use serde::{Deserialize, Serialize};

use crate::words::words;

words! {
    /// How binding a promise is, from the wording of its source (RFC 2119).
    #[non_exhaustive]
    pub enum Level {
        /// Optional or unspecified behaviour that is worth knowing; never a violation.
        May = "may",
        /// Recommended; a deviation is a warning.
        Should = "should",
        /// Required; a deviation is a violation.
        Must = "must",
    }
}

words! {
    /// The kind of source that a promise comes from.
    #[non_exhaustive]
    pub enum Grade {
        /// The provider's own page for the endpoint.
        Primary = "primary" | "seed",
        /// The provider's other public documentation, its published `OpenAPI` document included.
        Documentation = "documentation" | "public",
        /// The provider's open source code: how its server behaves, which its documentation does not promise.
        SourceCode = "source-code",
        /// A standard, for example an RFC.
        Standard = "standard",
        /// Captures or third-party code.
        Observed = "observed" | "seen",
        /// A conclusion of the author of the contract.
        Inferred = "inferred",
    }
}

impl Grade {
    /// The highest level that a promise of this grade may have.
    ///
    /// Documentation and standards: up to must. Source code: up to should. Observations and conclusions: may only.
    #[must_use]
    pub(crate) const fn max_level(self) -> Level {
        match self {
            Self::Primary | Self::Documentation | Self::Standard => Level::Must,
            Self::SourceCode => Level::Should,
            Self::Observed | Self::Inferred => Level::May,
        }
    }
}

/// A promise with the sentence that states it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Promise {
    /// How binding it is.
    pub level: Level,
    /// The kind of source.
    pub grade: Grade,
    /// The source: a short name under the contract's `sources`, or a standard such as `RFC 9110, 15.5.2`.
    pub document: String,
    /// The quoted sentence.
    pub quote: String,
}
