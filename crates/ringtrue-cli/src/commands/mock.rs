//! `ringtrue mock`: serves mock providers.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::sync::Arc;

use ringtrue::__cli::contract::Contract;
use ringtrue::__cli::mock::{Provider, ProviderServer, ServerOptions, faults};
use ringtrue::__cli::report::printable;

use crate::error::CliError;
use crate::exit::Exit;
use crate::interrupt::Interrupt;
use crate::load;
use crate::nearest::nearest;
use crate::output;
use crate::values::Secret;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Names of bundled contracts, or paths; several are served under /<name> each
    #[arg(value_name = "CONTRACT", required = true)]
    contracts: Vec<String>,
    /// Address to listen on; port 0 selects a free port
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// Credential of an account that exists from the start: a literal, `env:NAME` or `file:PATH`
    #[arg(long, value_name = "KEY")]
    key: Option<Secret>,
    /// Break a promise, see `ringtrue list faults`; repeatable
    #[arg(long, value_name = "NAME")]
    fault: Vec<String>,
}

impl Args {
    pub(crate) async fn run(self) -> Result<Exit, CliError> {
        let key = self.key.as_ref().map(|key| key.reveal("key")).transpose()?;
        // Before the address is printed, so that no interrupt is missed.
        let interrupt = Interrupt::watch();
        let mut providers: Vec<Arc<Provider>> = Vec::new();
        for name in &self.contracts {
            let contract = load::contract(name, &interrupt, None).await?;
            let provider = self.provider(contract)?;
            if providers.iter().any(|have| have.contract().name == provider.contract().name) {
                let message = format!(
                    "two contracts have the name `{}`, so they cannot share a server",
                    provider.contract().name
                );
                return Err(CliError::Argument(message));
            }
            if let Some(key) = &key {
                provider.open_account(key, key, provider.example_balance());
            }
            providers.push(Arc::new(provider));
        }
        let server = ProviderServer::start(providers.clone(), ServerOptions::default().listen(self.listen))
            .await
            .map_err(|source| CliError::Listen { address: self.listen, source })?;
        if !self.listen.ip().is_loopback() {
            output::warn(&format!(
                "{} can be reached from other machines, and everyone who reaches it can change accounts and read credentials",
                self.listen
            ));
        }
        let mut text = String::new();
        for provider in &providers {
            let name = &provider.contract().name;
            // Writing to a string does not fail.
            let _ = writeln!(text, "{name} {}", server.url(name));
        }
        let _ = writeln!(text, "states {}", server.states_url());
        output::print(&printable(&text))?;
        interrupt.wait().await;
        // An interrupt is the normal end of a server.
        Ok(Exit::Conformant)
    }

    fn provider(&self, contract: Arc<Contract>) -> Result<Provider, CliError> {
        Provider::with_faults(contract, &self.fault).map_err(|unknown| CliError::Unknown {
            kind: "fault",
            nearest: nearest(&unknown.0, faults::all().map(|fault| fault.name)),
            name: unknown.0,
        })
    }
}
