//! What a test is asked to do, whatever is under test.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::contract::{Contract, LoadError};
use crate::run::{RunError, RunOptions};

/// Something under test, put together step by step.
#[derive(Debug, Clone)]
pub struct Test<T> {
    pub(super) contract: String,
    pub(super) target: T,
    pub(super) options: RunOptions,
}

/// Why a test could not be made.
#[derive(Debug, thiserror::Error)]
pub enum TestError {
    /// The contract cannot be used.
    #[error(transparent)]
    Contract(#[from] LoadError),
    /// The run could not be made.
    #[error(transparent)]
    Run(#[from] RunError),
}

impl<T> Test<T> {
    pub(super) fn new(contract: impl Into<String>, target: T) -> Self {
        Self { contract: contract.into(), target, options: RunOptions::default() }
    }

    /// Only checks whose id matches the glob; several add up.
    #[must_use]
    pub fn only(mut self, glob: impl Into<String>) -> Self {
        self.options.only.push(glob.into());
        self
    }

    /// No checks whose id matches the glob; several add up.
    #[must_use]
    pub fn skip(mut self, glob: impl Into<String>) -> Self {
        self.options.skip.push(glob.into());
        self
    }

    /// The seed of everything generated. Without it every run has its own, and the report names it.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.options.seed = Some(seed);
        self
    }

    /// How many generated cases a property is tried with; a check that takes fewer as a rule takes more in proportion.
    #[must_use]
    pub fn cases(mut self, cases: u32) -> Self {
        self.options.cases = Some(cases);
        self
    }

    /// How long a TTL may be waited for in real time, where the clock of what is under test cannot be moved.
    #[must_use]
    pub fn max_wait(mut self, wait: Duration) -> Self {
        self.options.max_wait = Some(wait);
        self
    }

    /// Keeps generated cases that failed in this file, and tries those in it first. Commit it: what failed once is tried by
    /// everybody.
    #[must_use]
    pub fn regressions(mut self, file: impl Into<PathBuf>) -> Self {
        self.options.regressions = Some(file.into());
        self
    }

    /// Everything else that a run can be asked to do.
    #[must_use]
    pub fn options(mut self, change: impl FnOnce(&mut RunOptions)) -> Self {
        change(&mut self.options);
        self
    }

    /// Loads the contract.
    ///
    /// # Errors
    /// If it cannot be used; the error has every mistake in it.
    pub fn contract(&self) -> Result<Arc<Contract>, LoadError> {
        Contract::load(&self.contract).map(Arc::new)
    }
}
