//! `ringtrue client`: judges a client.

use std::sync::Arc;

use ringtrue::contract::Contract;
use ringtrue::run::{self, ClientTarget};
use ringtrue::subject::AdapterCommand;

use crate::error::CliError;
use crate::exit::Exit;
use crate::interrupt::Interrupt;
use crate::judge::Conclusion;
use crate::options::Common;
use crate::output;
use crate::progress::Progress;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Name of a bundled contract, or path of a contract folder or of an OpenAPI document
    #[arg(value_name = "CONTRACT")]
    contract: String,
    #[command(flatten)]
    common: Common,
    /// The adapter that drives the client; without it the reference client is judged
    #[arg(last = true, value_name = "COMMAND")]
    command: Vec<String>,
}

impl Args {
    pub(crate) async fn run(self) -> Result<Exit, CliError> {
        let conclusion = Conclusion::prepare(&self.common)?;
        let contract = Arc::new(Contract::load(&self.contract)?);
        let interrupt = Interrupt::watch();
        let progress = Progress::new(self.common.reporting.verbosity());
        let target = command(&self.command).map_or(ClientTarget::Embedded, ClientTarget::Adapter);
        let ran = run::client(contract, target, self.common.options(), &progress, interrupt.wait()).await;
        progress.finish();
        let ran = ran?;
        let exit = conclusion.conclude(ran.report.of_contract(&self.contract), &interrupt)?;
        let Some(exit_error) = ran.exit_error else { return Ok(exit) };
        output::complain(&format!("failed to {exit_error}"));
        Ok(if matches!(exit, Exit::Conformant | Exit::Incomplete) { Exit::Unusable } else { exit })
    }
}

/// The command that stands behind `--`.
pub(crate) fn command(words: &[String]) -> Option<AdapterCommand> {
    let (program, args) = words.split_first()?;
    Some(AdapterCommand { program: program.clone(), args: args.to_vec() })
}
