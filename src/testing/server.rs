//! A server under test, put together step by step.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::contract::{Contract, LoadError};
use crate::run::{self, Options, Report, RunError, ServerTarget, Silent};

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

/// A server under test. Without a URL it is the embedded stand-in.
#[derive(Debug, Clone)]
pub struct ServerTest {
    contract: String,
    pub(super) target: ServerTarget,
    pub(super) options: Options,
}

/// A server that is to keep a contract: the name of a bundled one, or the path of a folder or document.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let contract = ringtrue::contract::bundled().remove(0);
/// // In a test of your own: `.url(server.uri()).key("…")`, and `.states(…)` where you can set them.
/// let report = ringtrue::server(contract).only("shape.*").run().await?;
/// report.assert_conformant();
/// # Ok(()) }
/// ```
#[must_use]
pub fn server(contract: impl Into<String>) -> ServerTest {
    ServerTest { contract: contract.into(), target: ServerTarget::default(), options: Options::default() }
}

impl ServerTest {
    /// Where the server is: it takes the place of the contract's `servers[0].url`.
    #[must_use]
    pub fn url(mut self, url: impl Into<String>) -> Self {
        self.target.url = Some(url.into());
        self
    }

    /// A valid credential; where the contract names the tenant in the query, the tenant.
    #[must_use]
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.target.key = Some(key.into());
        self
    }

    /// A valid credential of another tenant.
    #[must_use]
    pub fn other_key(mut self, key: impl Into<String>) -> Self {
        self.target.other_key = Some(key.into());
        self
    }

    /// The state handler: `http://…` or `cmd:COMMAND LINE`.
    #[must_use]
    pub fn states(mut self, handler: impl Into<String>) -> Self {
        self.target.states = Some(handler.into());
        self
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

    /// The deadline of one exchange.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.options.timeout = Some(timeout);
        self
    }

    /// How long a TTL may be waited for in real time, where the server's clock cannot be moved.
    #[must_use]
    pub fn max_wait(mut self, wait: Duration) -> Self {
        self.options.max_wait = Some(wait);
        self
    }

    /// Lets operations that spend credits be called although there is no state handler.
    #[must_use]
    pub fn allow_spend(mut self) -> Self {
        self.options.allow_spend = true;
        self
    }

    /// Compares the server's normalised answers with the insta snapshots kept in this folder. What differs is put beside
    /// as `.snap.new`, which `cargo insta review` shows; with `INSTA_UPDATE=always` it is accepted.
    #[must_use]
    #[expect(
        clippy::disallowed_methods,
        reason = "insta's own switch, which whoever reviews snapshots expects to work"
    )]
    pub fn snapshots(mut self, folder: impl Into<PathBuf>) -> Self {
        self.options.snapshots = Some(folder.into());
        self.options.update_snapshots = std::env::var("INSTA_UPDATE").is_ok_and(|update| update == "always");
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
    pub fn options(mut self, change: impl FnOnce(&mut Options)) -> Self {
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

    /// Runs the checks.
    ///
    /// # Errors
    /// If the contract cannot be used, or the run cannot be made. That the server does not conform is in the report.
    pub async fn run(self) -> Result<Report, TestError> {
        let contract = self.contract()?;
        let report = run::server(contract, self.target, self.options, &Silent, std::future::pending()).await?;
        Ok(report.of_contract(&self.contract))
    }
}
