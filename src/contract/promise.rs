//! A promise: what a source says, how binding it is, and how sure we are that it says so.

use serde::{Deserialize, Serialize};

/// How binding a promise is, from the wording of its source (RFC 2119).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Optional or unspecified behaviour that is worth knowing; never a violation.
    May,
    /// Recommended; not holding is a warning.
    Should,
    /// Binding; not holding is a violation.
    Must,
}

/// Where our knowledge of a promise comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Grade {
    /// Stated on the provider's own page for the endpoint.
    Seed,
    /// Stated in the provider's other public documents, or in its open source.
    Public,
    /// Stated by a standard, an RFC for instance.
    Standard,
    /// Seen in captures or third-party code, promised nowhere.
    Seen,
    /// Concluded by us, promised nowhere.
    Inferred,
}

impl Grade {
    /// Whether a `must` or a `should` may rest on this grade; the others carry a `may` at most.
    #[must_use]
    pub fn binds(self) -> bool {
        matches!(self, Self::Seed | Self::Public | Self::Standard)
    }
}

/// A promise with the sentence that it comes from.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Promise {
    /// How binding.
    pub level: Level,
    /// How sure it is that the source says so.
    pub grade: Grade,
    /// The source: a short name under the contract's `sources`, or a standard such as `RFC 9110, 15.5.2`.
    pub document: String,
    /// The quoted sentence.
    pub quote: String,
}
