//! A client under test, put together step by step.

use std::sync::Arc;

use super::test::{Test, TestError};
use crate::client::{Config, CreditClient};
use crate::run::{self, ClientTarget, Report, Silent};
use crate::subject::AdapterCommand;

/// A client under test.
pub type ClientTest = Test<ClientTarget>;

/// A client that is to keep a contract: the name of a bundled one, or the path of a folder or document. It is opened
/// anew for each session, and must not remember others.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use ringtrue::client::{Clock, ReferenceClient};
/// # let name = ringtrue::contract::bundled().remove(0);
/// # let contract = std::sync::Arc::new(ringtrue::contract::Contract::load(&name)?);
/// // In a test of your own: `ringtrue::client("acme", |config| MyClient::new(config))`.
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

/// A client in any language, driven by an adapter.
#[must_use]
pub fn adapter(contract: impl Into<String>, program: impl Into<String>) -> ClientTest {
    let command = AdapterCommand { program: program.into(), args: Vec::new() };
    Test::new(contract, ClientTarget::Adapter(command))
}

impl ClientTest {
    /// One more argument for the adapter's program; without an adapter it has no effect.
    #[must_use]
    pub fn arg(mut self, arg: impl Into<String>) -> Self {
        if let ClientTarget::Adapter(command) = &mut self.target {
            command.args.push(arg.into());
        }
        self
    }

    /// Runs the checks.
    ///
    /// # Errors
    /// If the contract cannot be used, or the run cannot be made: an adapter that does not start, speak or end as it
    /// should. That the client does not conform is in the report.
    pub async fn run(self) -> Result<Report, TestError> {
        let contract = self.contract()?;
        let ran = run::client(contract, self.target, self.options, &Silent, std::future::pending()).await?;
        match ran.exit_error {
            Some(error) => Err(run::RunError::from(error).into()),
            None => Ok(ran.report.of_contract(&self.contract)),
        }
    }
}
