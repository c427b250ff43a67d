//! A server under test, put together step by step.

use std::path::PathBuf;
use std::time::Duration;

use super::test::{Test, TestError};
use crate::run::{self, Report, ServerTarget, Silent};

/// A server under test. Without a URL it is the embedded stand-in.
pub type ServerTest = Test<ServerTarget>;

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
    Test::new(contract, ServerTarget::default())
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

    /// The deadline of one exchange.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.options.timeout = Some(timeout);
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
