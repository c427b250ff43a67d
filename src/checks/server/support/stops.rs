//! Stops that a check expects, and goes on after.

use crate::checks::finding::Stop;

/// The result of a step that not every server supports: `None` where it could not run.
pub(in crate::checks) fn optional<T>(result: Result<T, Stop>) -> Result<Option<T>, Stop> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(Stop::CouldNotRun(_)) => Ok(None),
        Err(stop) => Err(stop),
    }
}

/// The result of a step that not every server supports and not every contract describes: `None` where it could not run
/// or does not apply.
pub(in crate::checks) fn if_applicable<T>(result: Result<T, Stop>) -> Result<Option<T>, Stop> {
    match result {
        Err(Stop::NotApplicable(_)) => Ok(None),
        result => optional(result),
    }
}

/// The result of a step that need not succeed: `None` where it could not run or decided nothing.
pub(in crate::checks) fn if_conclusive<T>(result: Result<T, Stop>) -> Result<Option<T>, Stop> {
    match result {
        Err(Stop::Inconclusive(_)) => Ok(None),
        result => optional(result),
    }
}

/// The server refuses requests because there were too many, so their responses decide nothing.
pub(in crate::checks) fn rate_limited() -> Stop {
    Stop::Inconclusive("the server limits the rate of requests".to_owned())
}
