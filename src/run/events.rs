//! What a run says while it goes on; events flow one way.

use super::report::CheckResult;

/// Listens to a run.
pub trait Events: Sync {
    /// So many checks will run.
    fn planned(&self, _total: usize) {}
    /// A check is over.
    fn finished(&self, _result: &CheckResult) {}
    /// Something worth saying that is no result.
    fn notice(&self, _text: &str) {}
}

/// Listens to nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Events for Silent {}
