//! Tests of clients.

use std::sync::Arc;

use super::error::Error;
use super::test::Test;
use crate::client::{Config, CreditClient};
use crate::run::{self, ClientTarget, Report, Silent};
use crate::subject::AdapterCommand;

/// A test of a client, made by [`client`](crate::client()) or [`adapter`](crate::adapter()).
pub type ClientTest = Test<ClientTarget>;

/// Tests a Rust client of an API.
///
/// The contract is the name of a bundled contract, or the path of a contract folder or of an OpenAPI document. Each session of
/// the test calls `open` for a new client, which must not share state with others.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use ringtrue::client::{Clock, ReferenceClient};
/// # let name = ringtrue::bundled_contracts().remove(0);
/// # let contract = std::sync::Arc::new(ringtrue::Contract::load(&name)?);
/// // In your own test: `ringtrue::client("contracts/acme", |config| MyClient::new(config))`.
/// let open = move |config| ReferenceClient::builder(contract.clone(), config).clock(Clock::manual()).open().expect("a client");
/// let report = ringtrue::client(name, open).only("auth.*").run().await?;
/// report.assert_conformant();
/// # Ok(()) }
/// ```
pub fn client<C, F>(contract: impl Into<String>, open: F) -> ClientTest
where
    C: CreditClient,
    F: Fn(Config) -> C + Send + Sync + 'static,
{
    let factory = ClientTarget::Rust(Arc::new(move |config| Arc::new(open(config))));
    Test::new(contract, factory)
}

/// Tests a client in any language through an adapter process, which speaks the adapter protocol on its standard input and
/// output.
///
/// ```no_run
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), ringtrue::Error> {
/// let report = ringtrue::adapter("contracts/acme", "node").arg("tests/adapter.mjs").run().await?;
/// report.assert_conformant();
/// # Ok(()) }
/// ```
pub fn adapter(contract: impl Into<String>, program: impl Into<String>) -> ClientTest {
    let command = AdapterCommand { program: program.into(), args: Vec::new() };
    Test::new(contract, ClientTarget::Adapter(command))
}

impl ClientTest {
    /// Adds an argument for the adapter's program. Without an adapter it has no effect.
    ///
    /// ```
    /// ringtrue::adapter("contracts/acme", "python3").arg("tests/adapter.py");
    /// ```
    pub fn arg(mut self, arg: impl Into<String>) -> Self {
        if let ClientTarget::Adapter(command) = &mut self.target {
            command.args.push(arg.into());
        }
        self
    }

    /// Runs the checks.
    ///
    /// ```no_run
    /// # async fn example() -> Result<(), ringtrue::Error> {
    /// let report = ringtrue::adapter("contracts/acme", "./adapter").run().await?;
    /// println!("{} checks passed", report.counts.pass);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// If the contract cannot be used, or the run cannot be made, for instance because the adapter does not start. That the
    /// client does not conform is in the report.
    pub async fn run(self) -> Result<Report, Error> {
        let contract = self.load()?;
        let run = run::client(contract, self.target, self.options, &Silent, std::future::pending()).await?;
        match run.exit_error {
            Some(error) => Err(error.into()),
            None => Ok(run.report.of_contract(&self.contract)),
        }
    }
}
