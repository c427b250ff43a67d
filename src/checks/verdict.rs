//! Verdicts: what a check says in the end.

use serde::{Deserialize, Serialize};

/// What a check says in the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// What was promised was exercised, and held.
    Pass,
    /// A must does not hold.
    Fail,
    /// A should does not hold.
    Warn,
    /// A may, or unspecified behaviour worth knowing.
    Info,
    /// The contract promises nothing of the kind.
    NotApplicable,
    /// A state, a key or a permission is missing.
    CouldNotRun,
    /// It ran, and what it saw does not decide.
    Inconclusive,
    /// The harness itself failed.
    Error,
}

/// What time a check measured by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimeBasis {
    /// The subject's clock was moved.
    Virtual,
    /// A shortened TTL was waited for.
    Scaled,
    /// The promised TTL was waited for.
    Real,
    /// Time plays no part.
    #[default]
    None,
}

/// Which side a check judges.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Servers.
    Server,
    /// Clients.
    Client,
}

impl std::fmt::Display for Side {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Server => "server",
            Self::Client => "client",
        })
    }
}
