//! Progress of a run, reported to a listener while it goes on.

use super::report::CheckResult;

/// Receives the progress of a run.
pub trait Events: Sync {
    /// The number of checks that will run.
    fn planned(&self, _total: usize) {}
    /// A check has finished.
    fn finished(&self, _result: &CheckResult) {}
    /// A message for the user that is not a result.
    fn notice(&self, _text: &str) {}
}

/// A listener that ignores all progress.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Events for Silent {}
