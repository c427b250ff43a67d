//! How the program ends.

use std::process::ExitCode;

use ringtrue::__cli::run::Outcome;
use ringtrue::exit_code;

/// How the program ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Every applicable `must` was exercised and held; or the command succeeded.
    Conformant,
    /// At least one violation, or a baseline entry that does not match.
    Violation,
    /// The run could not be made.
    Unusable,
    /// No violation, but some `must` was not decided, or no check ran.
    Incomplete,
    /// The user interrupted the program.
    Interrupted,
}

impl Exit {
    /// Returns the exit code.
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Conformant => exit_code::CONFORMANT,
            Self::Violation => exit_code::VIOLATION,
            Self::Unusable => exit_code::UNUSABLE,
            Self::Incomplete => exit_code::INCOMPLETE,
            Self::Interrupted => exit_code::INTERRUPTED,
        }
    }
}

impl From<Outcome> for Exit {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Conformant => Self::Conformant,
            Outcome::NonConformant => Self::Violation,
            Outcome::Incomplete => Self::Incomplete,
            // An error of the harness, and outcomes that this program does not know.
            _ => Self::Unusable,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
