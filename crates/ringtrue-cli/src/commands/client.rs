//! `ringtrue client`: tests a client.

use ringtrue::__cli::run::{self, ClientTarget};
use ringtrue::__cli::subject::AdapterCommand;

use crate::conclusion::Conclusion;
use crate::error::CliError;
use crate::exit::Exit;
use crate::interrupt::Interrupt;
use crate::load;
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
    /// Command that starts the adapter of the client; without it the reference client is tested
    #[arg(last = true, value_name = "COMMAND")]
    command: Vec<String>,
}

impl Args {
    pub(crate) async fn run(self) -> Result<Exit, CliError> {
        let conclusion = Conclusion::prepare(&self.common)?;
        let interrupt = Interrupt::watch();
        let max_time = self.common.options().max_time;
        let contract = load::contract(&self.contract, &interrupt, max_time).await?;
        Interrupt::limit(max_time);
        let progress = Progress::new(self.common.reporting.verbosity());
        let target = command(&self.command).map_or(ClientTarget::Embedded, ClientTarget::Adapter);
        let run = run::client(contract, target, self.common.options(), &progress, interrupt.wait()).await;
        progress.finish();
        let run = run?;
        let exit = conclusion.conclude(run.report.of_contract(&self.contract), &interrupt)?;
        let Some(exit_error) = run.exit_error else { return Ok(exit) };
        output::error(&run::chain(&exit_error));
        Ok(if matches!(exit, Exit::Conformant | Exit::Incomplete) { Exit::Unusable } else { exit })
    }
}

/// Returns the command after `--`, if there is one.
pub(crate) fn command(words: &[String]) -> Option<AdapterCommand> {
    let (program, args) = words.split_first()?;
    Some(AdapterCommand { program: program.clone(), args: args.to_vec() })
}
