//! `ringtrue compare`: compares two reports.

use std::path::{Path, PathBuf};

use ringtrue::__cli::report::Comparison;
use ringtrue::__cli::run::{Replay, Report, read_text};

use crate::error::CliError;
use crate::exit::Exit;
use crate::output;

/// Exits with code 1 if a finding is new that no baseline lists, and else with 3 if a finding was not looked for again, or not
/// decided.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Earlier report in JSON, written by `--report json=PATH`
    #[arg(value_name = "OLD.json")]
    old: PathBuf,
    /// Later report in JSON
    #[arg(value_name = "NEW.json")]
    new: PathBuf,
    /// Print JSON: one object, as schemas/comparison.schema.json describes it
    #[arg(long)]
    json: bool,
}

impl Args {
    #[expect(clippy::unused_async, reason = "all commands have the same signature")]
    pub(crate) async fn run(self) -> Result<Exit, CliError> {
        let comparison = Comparison::of(&read(&self.old)?, &read(&self.new)?)?;
        output::print(&if self.json { comparison.to_json()? } else { comparison.to_text()? })?;
        Ok(match (comparison.has_new(), comparison.undecided.is_empty()) {
            (true, _) => Exit::Violation,
            (false, false) => Exit::Incomplete,
            (false, true) => Exit::Conformant,
        })
    }
}

fn read(path: &Path) -> Result<Report, CliError> {
    let text = read_text(path).map_err(|source| CliError::Read { path: path.to_owned(), source })?;
    Replay::read(&text).map_err(|source| CliError::Compare { path: path.to_owned(), source })
}
