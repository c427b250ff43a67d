//! `ringtrue server`: tests a server.

use ringtrue::__cli::run::{self, ServerTarget};

use crate::conclusion::Conclusion;
use crate::error::CliError;
use crate::exit::Exit;
use crate::interrupt::Interrupt;
use crate::load;
use crate::options::Common;
use crate::progress::Progress;
use crate::target::Target;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Name of a bundled contract, or path of a contract folder or of an OpenAPI document
    #[arg(value_name = "CONTRACT")]
    contract: String,
    #[command(flatten)]
    target: Target,
    #[command(flatten)]
    common: Common,
}

impl Args {
    pub(crate) async fn run(self) -> Result<Exit, CliError> {
        let conclusion = Conclusion::prepare(&self.common)?;
        let target = self.target.or(ServerTarget::default())?;
        let interrupt = Interrupt::watch();
        let max_time = self.common.options().max_time;
        let contract = load::contract(&self.contract, &interrupt, max_time).await?;
        Interrupt::limit(max_time);
        let progress = Progress::new(self.common.reporting.verbosity());
        let report = run::server(contract, target, self.common.options(), &progress, interrupt.wait()).await;
        progress.finish();
        conclusion.conclude(report?.of_contract(&self.contract), &interrupt)
    }
}
