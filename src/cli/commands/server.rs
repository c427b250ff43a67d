//! `ringtrue server`: judges a server.

use std::sync::Arc;

use ringtrue::contract::Contract;
use ringtrue::run::{self, ServerTarget};

use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::interrupt::Interrupt;
use crate::cli::judge::Conclusion;
use crate::cli::options::Common;
use crate::cli::output;
use crate::cli::progress::Progress;
use crate::cli::values::Secret;

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// Name of a bundled contract, or path of a contract folder or of an OpenAPI document
    #[arg(value_name = "CONTRACT")]
    contract: String,
    /// Where the server is, in place of the contract's server URL; without it the embedded stand-in is judged
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// A valid credential: a literal, `env:NAME` or `file:PATH`
    #[arg(long, value_name = "SECRET")]
    key: Option<Secret>,
    /// A valid credential of another tenant
    #[arg(long, value_name = "SECRET")]
    other_key: Option<Secret>,
    /// Who puts the server into states: `http://…` or `cmd:COMMAND LINE`
    #[arg(long, value_name = "HANDLER")]
    states: Option<String>,
    #[command(flatten)]
    common: Common,
}

impl Args {
    pub(in crate::cli) async fn run(self) -> Result<Exit, CliError> {
        let conclusion = Conclusion::prepare(&self.common)?;
        let reveal = |secret: &Option<Secret>, option| secret.as_ref().map(|secret| secret.reveal(option)).transpose();
        if self.url.as_deref().is_some_and(has_userinfo) {
            // Refused here, as whoever refuses it later would quote it.
            let message = "credentials do not belong into a URL; use --key".to_owned();
            return Err(CliError::Option { option: "url", message });
        }
        let target = match &self.url {
            Some(url) => ServerTarget {
                url: Some(url.clone()),
                key: reveal(&self.key, "key")?,
                other_key: reveal(&self.other_key, "other-key")?,
                states: self.states.clone(),
            },
            None => ServerTarget::default(),
        };
        if self.url.is_none() && (self.key.is_some() || self.other_key.is_some() || self.states.is_some()) {
            output::warn("there is no --url, so the embedded stand-in is judged, and keys and states given are not used");
        }
        let contract = Arc::new(Contract::load(&self.contract)?);
        let interrupt = Interrupt::watch();
        let progress = Progress::new(self.common.reporting.verbosity());
        let report = run::server(contract, target, self.common.options(), &progress, interrupt.wait()).await;
        progress.finish();
        conclusion.conclude(report?.of_contract(&self.contract), &interrupt)
    }
}

/// Whether there is something before an `@` in the authority of a URL.
fn has_userinfo(url: &str) -> bool {
    let authority = url.split_once("://").map_or(url, |(_, rest)| rest);
    authority.split(['/', '?', '#']).next().is_some_and(|authority| authority.contains('@'))
}
