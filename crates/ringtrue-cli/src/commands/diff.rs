//! `ringtrue diff`: compares two contracts in terms of promises.

use ringtrue::__cli::contract::Contract;
use ringtrue::__cli::diff::Difference;
use ringtrue::__cli::report::printable;

use crate::error::CliError;
use crate::exit::Exit;
use crate::load;
use crate::output;

/// Exits with code 1 if a client or a server that keeps the old contract would break the new one.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Old contract: name of a bundled one, contract folder, or OpenAPI document
    #[arg(value_name = "OLD")]
    old: String,
    /// New contract
    #[arg(value_name = "NEW")]
    new: String,
    /// Print JSON: one object, as schemas/difference.schema.json describes it
    #[arg(long)]
    json: bool,
}

impl Args {
    pub(crate) async fn run(self) -> Result<Exit, CliError> {
        let (old, new) = (self.old.clone(), self.new.clone());
        let compare = move || Ok::<_, CliError>(Difference::of(&Contract::load(&old)?, &Contract::load(&new)?));
        let difference = load::document(&format!("{} or {}", self.old, self.new), compare).await??;
        output::print(&if self.json { difference.to_json() } else { printable(&difference.to_text()) })?;
        Ok(if difference.breaks() { Exit::Violation } else { Exit::Conformant })
    }
}
