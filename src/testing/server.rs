//! Tests of servers.

use std::path::PathBuf;
use std::time::Duration;

use super::error::Error;
use super::test::Test;
use crate::run::{self, Report, ServerTarget, Silent};

/// A test of a server, made by [`server`](crate::server()).
pub type ServerTest = Test<ServerTarget>;

/// Tests a server.
///
/// The contract is the name of a bundled contract, or the path of a contract folder or of an OpenAPI document. Without a
/// [`url`](ServerTest::url) the embedded mock server is tested.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), ringtrue::Error> {
/// # let contract = ringtrue::bundled_contracts().remove(0);
/// // In your own test: `.url(server.uri()).key("…")`, and `.states(…)` where the server has a state handler.
/// let report = ringtrue::server(contract).only("shape.*").run().await?;
/// report.assert_conformant();
/// # Ok(()) }
/// ```
pub fn server(contract: impl Into<String>) -> ServerTest {
    Test::new(contract, ServerTarget::default())
}

impl ServerTest {
    /// Sets the URL of the server. It replaces the contract's `servers[0].url`.
    ///
    /// ```
    /// ringtrue::server("contracts/acme").url("http://127.0.0.1:8080/v1");
    /// ```
    pub fn url(mut self, url: impl Into<String>) -> Self {
        self.target.url = Some(url.into());
        self
    }

    /// Sets a valid credential; where the contract has the tenant in the query, the tenant.
    ///
    /// ```
    /// ringtrue::server("contracts/acme").url("http://127.0.0.1:8080").key("test-key");
    /// ```
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.target.key = Some(key.into());
        self
    }

    /// Sets a valid credential of another tenant, for checks that keep tenants apart.
    ///
    /// ```
    /// ringtrue::server("contracts/acme").url("http://127.0.0.1:8080").key("key-a").other_key("key-b");
    /// ```
    pub fn other_key(mut self, key: impl Into<String>) -> Self {
        self.target.other_key = Some(key.into());
        self
    }

    /// Sets the state handler, which creates accounts and changes states of the server: `http://…` or `cmd:COMMAND LINE`.
    ///
    /// ```
    /// ringtrue::server("contracts/acme").url("http://127.0.0.1:8080").states("http://127.0.0.1:8080/_states");
    /// ```
    pub fn states(mut self, handler: impl Into<String>) -> Self {
        self.target.states = Some(handler.into());
        self
    }

    /// Sets the deadline of one exchange.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// ringtrue::server("contracts/acme").timeout(Duration::from_secs(2));
    /// ```
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.options.timeout = Some(timeout);
        self
    }

    /// Sets how long to wait until the server accepts connections. The default is not to wait.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// ringtrue::server("contracts/acme").url("http://127.0.0.1:8080").wait_for(Duration::from_secs(10));
    /// ```
    pub fn wait_for(mut self, wait: Duration) -> Self {
        self.options.wait_for = Some(wait);
        self
    }

    /// Permits operations that spend credits although there is no state handler.
    ///
    /// ```
    /// ringtrue::server("contracts/acme").url("http://127.0.0.1:8080").key("test-key").allow_spend();
    /// ```
    pub fn allow_spend(mut self) -> Self {
        self.options.allow_spend = true;
        self
    }

    /// Compares the server's normalised responses with the insta snapshots in this folder. A response that differs is written
    /// as `.snap.new`, for `cargo insta review`; with `INSTA_UPDATE=always` it is accepted.
    ///
    /// ```
    /// ringtrue::server("contracts/acme").snapshots("tests/snapshots");
    /// ```
    #[expect(clippy::disallowed_methods, reason = "users of insta expect its environment variable to work here too")]
    pub fn snapshots(mut self, folder: impl Into<PathBuf>) -> Self {
        self.options.snapshots = Some(folder.into());
        self.options.update_snapshots = std::env::var("INSTA_UPDATE").is_ok_and(|update| update == "always");
        self
    }

    /// Runs the checks.
    ///
    /// ```no_run
    /// # async fn example() -> Result<(), ringtrue::Error> {
    /// let report = ringtrue::server("contracts/acme").url("http://127.0.0.1:8080").run().await?;
    /// println!("{} checks passed", report.counts.pass);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// If the contract cannot be used, or the run cannot be made, for instance because the server is not reachable. That the
    /// server does not conform is in the report.
    pub async fn run(self) -> Result<Report, Error> {
        let contract = self.load()?;
        let report = run::server(contract, self.target, self.options, &Silent, std::future::pending()).await?;
        Ok(report.of_contract(&self.contract))
    }
}
