//! A client under test, put together step by step.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::server::TestError;
use crate::client::{Config, CreditClient};
use crate::contract::{Contract, LoadError};
use crate::run::{self, ClientTarget, Options, Report, Silent};
use crate::subject::Command;

/// A client under test.
#[derive(Debug, Clone)]
pub struct ClientTest {
    contract: String,
    pub(super) target: ClientTarget,
    pub(super) options: Options,
}

/// A client that is to keep a contract: the name of a bundled one, or the path of a folder or document. It is opened
/// anew for each session, and must not remember others.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use ringtrue::client::{Client, Clock};
/// # let name = ringtrue::contract::bundled().remove(0);
/// # let contract = std::sync::Arc::new(ringtrue::contract::Contract::load(&name)?);
/// // In a test of your own: `ringtrue::client("acme", |config| MyClient::new(config))`.
/// let open = move |config| Client::builder(contract.clone(), config).clock(Clock::manual()).open().expect("a client");
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
    ClientTest { contract: contract.into(), target: factory, options: Options::default() }
}

/// A client in any language, driven by an adapter.
#[must_use]
pub fn adapter(contract: impl Into<String>, program: impl Into<String>) -> ClientTest {
    let command = Command { program: program.into(), args: Vec::new() };
    ClientTest { contract: contract.into(), target: ClientTarget::Adapter(command), options: Options::default() }
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

    /// How long a TTL may be waited for in real time, where the client's clock cannot be moved.
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
    /// If the contract cannot be used, or the run cannot be made: an adapter that does not start, speak or end as it
    /// should. That the client does not conform is in the report.
    pub async fn run(self) -> Result<Report, TestError> {
        let contract = self.contract()?;
        let ran = run::client(contract, self.target, self.options, &Silent, std::future::pending()).await?;
        match ran.lingered {
            Some(error) => Err(run::RunError::from(error).into()),
            None => Ok(ran.report.of_contract(&self.contract)),
        }
    }
}
