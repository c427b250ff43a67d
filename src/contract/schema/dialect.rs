//! The dialects of JSON Schema that are read.

/// Which rules a schema follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::contract) enum Dialect {
    /// The schema object of `OpenAPI` 3.0.
    OpenApi30,
    /// Drafts 4, 6 and 7.
    Legacy,
    /// Drafts 2019-09 and 2020-12, and so `OpenAPI` 3.1 and later.
    #[default]
    Modern,
}

impl Dialect {
    /// The dialect that a `$schema` names.
    pub(in crate::contract) fn of_schema(address: &str) -> Option<Self> {
        let address = address.trim_end_matches('#');
        if address.contains("draft-04") || address.contains("draft-06") || address.contains("draft-07") {
            Some(Self::Legacy)
        } else if address.contains("2019-09") || address.contains("2020-12") {
            Some(Self::Modern)
        } else {
            None
        }
    }

    /// Whether what stands beside a `$ref` counts for nothing.
    pub(in crate::contract) fn ignores_siblings(self) -> bool {
        self != Self::Modern
    }
}
