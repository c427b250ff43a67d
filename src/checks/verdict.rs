//! The result of a check, and what it refers to.

use serde::{Deserialize, Serialize};

use crate::words::words;

words! {
    /// The result of a check.
    #[non_exhaustive]
    pub enum Verdict {
        /// The promise was exercised and holds.
        Pass = "pass",
        /// A `must` does not hold.
        Fail = "fail",
        /// A `should` does not hold.
        Warn = "warn",
        /// A `may` does not hold, or unspecified behaviour that is worth knowing was found.
        Info = "info",
        /// The contract makes no such promise.
        NotApplicable = "not_applicable",
        /// A state, a key or a permission is missing.
        CouldNotRun = "could_not_run",
        /// The check ran, but its observations do not decide.
        Inconclusive = "inconclusive",
        /// The harness itself failed.
        Error = "error",
    }
}

impl Verdict {
    /// Whether it says something about the subject that its developers have to know.
    #[must_use]
    pub fn is_finding(self) -> bool {
        matches!(self, Self::Fail | Self::Warn | Self::Info)
    }

    /// Whether the check could not decide.
    #[must_use]
    pub fn is_undecided(self) -> bool {
        matches!(self, Self::CouldNotRun | Self::Inconclusive | Self::Error)
    }
}

/// How a check measured time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TimeBasis {
    /// The subject's clock was moved.
    Virtual,
    /// The check waited for a shortened TTL.
    Scaled,
    /// The check waited for the documented TTL.
    Real,
    /// Time is not part of the check.
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
