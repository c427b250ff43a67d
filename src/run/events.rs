//! Progress of a run, reported to a listener while it goes on.

use std::time::Duration;

use super::report::CheckResult;
use super::status::RunStatus;

/// Receives the progress of a run.
pub trait Events: Sync {
    /// The number of checks that will run.
    fn planned(&self, _total: usize) {}
    /// How often the listener wants to know the state of the run; never if absent.
    fn interval(&self) -> Option<Duration> {
        None
    }
    /// The state of the run.
    fn status(&self, _status: &RunStatus) {}
    /// A check has finished.
    fn finished(&self, _result: &CheckResult) {}
    /// A message for the user that is not a result.
    fn notice(&self, _text: &str) {}
}

/// A listener that ignores all progress.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Events for Silent {}
