//! The table of exit codes.

use std::process::ExitCode;

use ringtrue::run::Outcome;

/// How the program ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Every applicable must was exercised and held; the command did what it was asked for.
    Conformant = 0,
    /// At least one violation, or a stale entry in the baseline.
    Violation = 1,
    /// The run could not be made.
    Unusable = 2,
    /// No violation seen, but some must was not decided, or no check ran.
    Incomplete = 3,
    /// Interrupted.
    Interrupted = 130,
}

impl From<Outcome> for Exit {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Conformant => Self::Conformant,
            Outcome::NonConformant => Self::Violation,
            Outcome::Error => Self::Unusable,
            Outcome::Incomplete => Self::Incomplete,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
