//! Where in an answer a value stands.

use serde::Deserialize;

/// Where an answer states an amount or a flag.
///
/// Exactly one of `pointer` and `header` is set; [`super::Contract`] values hold to that, because loading refuses others.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Locator {
    /// JSON Pointer (RFC 6901) into the body. A segment `*` stands for every element of an array: the amounts
    /// are summed, and none at all is 0.
    pub pointer: Option<String>,
    /// Name of a header field.
    pub header: Option<String>,
    /// A second pointer whose amount is taken off the first (`remaining` = limit − used).
    pub minus: Option<String>,
    /// How the amount is written.
    #[serde(default)]
    pub encoding: Encoding,
}

/// How an amount is written in a body. A header always carries text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Encoding {
    /// A JSON number, or `true` and `false` for a flag.
    #[default]
    Native,
    /// A decimal in a JSON string.
    String,
}
