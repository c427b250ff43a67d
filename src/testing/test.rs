//! Options that tests of servers and of clients share.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::error::Error;
use crate::contract::Contract;
use crate::run::RunOptions;

/// A test of a server or of a client: see [`ServerTest`](crate::ServerTest) and [`ClientTest`](crate::ClientTest).
#[derive(Debug, Clone)]
#[must_use = "a test does nothing until it runs"]
pub struct Test<T> {
    pub(super) contract: String,
    pub(super) target: T,
    pub(super) options: RunOptions,
}

impl<T> Test<T> {
    pub(super) fn new(contract: impl Into<String>, target: T) -> Self {
        Self { contract: contract.into(), target, options: RunOptions::default() }
    }

    /// Selects the checks whose id matches the glob. Several calls select the union.
    ///
    /// ```
    /// ringtrue::server("contracts/acme").only("auth.*").only("error.*");
    /// ```
    pub fn only(mut self, glob: impl Into<String>) -> Self {
        self.options.only.push(glob.into());
        self
    }

    /// Leaves out the checks whose id matches the glob.
    ///
    /// ```
    /// ringtrue::server("contracts/acme").skip("robust.*");
    /// ```
    pub fn skip(mut self, glob: impl Into<String>) -> Self {
        self.options.skip.push(glob.into());
        self
    }

    /// Sets the seed of all generated cases. The default is a random seed, which the report contains.
    ///
    /// ```
    /// ringtrue::server("contracts/acme").seed(42);
    /// ```
    pub fn seed(mut self, seed: u64) -> Self {
        self.options.seed = Some(seed);
        self
    }

    /// Sets how many generated cases each property check tries. Checks with another default scale in proportion.
    ///
    /// ```
    /// ringtrue::server("contracts/acme").cases(200);
    /// ```
    pub fn cases(mut self, cases: u32) -> Self {
        self.options.cases = Some(cases);
        self
    }

    /// Sets how long the test may wait in real time for a TTL to expire, where the clock of the subject cannot be moved. The
    /// default is not to wait.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// ringtrue::server("contracts/acme").max_wait(Duration::from_secs(5));
    /// ```
    pub fn max_wait(mut self, wait: Duration) -> Self {
        self.options.max_wait = Some(wait);
        self
    }

    /// Sets the maximum duration of the test. Checks that have not finished by then are reported as `could_not_run`.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// ringtrue::server("contracts/acme").max_time(Duration::from_mins(2));
    /// ```
    pub fn max_time(mut self, limit: Duration) -> Self {
        self.options.max_time = Some(limit);
        self
    }

    /// Sets how many checks run concurrently.
    ///
    /// ```
    /// ringtrue::server("contracts/acme").jobs(1);
    /// ```
    pub fn jobs(mut self, jobs: usize) -> Self {
        self.options.jobs = Some(jobs);
        self
    }

    /// Stores generated cases that failed in this file, and tries the cases in it first. Commit the file, so that every run
    /// tries them.
    ///
    /// ```
    /// ringtrue::server("contracts/acme").regressions("tests/acme.regressions.jsonl");
    /// ```
    pub fn regressions(mut self, file: impl Into<PathBuf>) -> Self {
        self.options.regressions = Some(file.into());
        self
    }

    /// Loads the contract.
    pub(super) fn load(&self) -> Result<Arc<Contract>, Error> {
        Ok(Arc::new(Contract::load(&self.contract)?))
    }
}
