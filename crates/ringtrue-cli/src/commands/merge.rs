//! `ringtrue merge`: makes one report of the reports of shards.

use std::path::PathBuf;

use ringtrue::__cli::run::{ShardReport, merge};

use crate::conclusion::Conclusion;
use crate::error::CliError;
use crate::exit::Exit;
use crate::interrupt::Interrupt;
use crate::options::{Reporting, Selection};

/// The reports must be those of all shards of one run: of one contract, subject, seed and version. The exit code is that of the whole
/// run.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Reports of all shards in JSON, written by `--shard K/N --report json=PATH`
    #[arg(value_name = "REPORT", required = true)]
    reports: Vec<PathBuf>,
    #[command(flatten)]
    reporting: Reporting,
}

impl Args {
    #[expect(clippy::unused_async, reason = "all commands have the same signature")]
    pub(crate) async fn run(self) -> Result<Exit, CliError> {
        let shards = ShardReport::load(&self.reports)?;
        let selection = shards.first().map(|first| Selection::of_shard(first.shard()));
        let report = merge(shards)?;
        let selection = selection.unwrap_or_default();
        Conclusion::of(&self.reporting, &selection)?.conclude(report, &Interrupt::absent())
    }
}
