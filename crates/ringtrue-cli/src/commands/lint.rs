//! `ringtrue lint`: reports every mistake in a contract.

use ringtrue::__cli::contract;

use crate::error::CliError;
use crate::exit::Exit;
use crate::load;
use crate::output;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Name of a bundled contract, or path of a contract folder or of an OpenAPI document
    #[arg(value_name = "CONTRACT")]
    contract: String,
}

impl Args {
    pub(crate) async fn run(self) -> Result<Exit, CliError> {
        let name = self.contract.clone();
        let lint = load::document(&self.contract, move || contract::lint(&name)).await?;
        if lint.is_clean() {
            output::print(&format!("{}: no mistakes\n", self.contract))?;
            return Ok(Exit::Conformant);
        }
        output::print(&ringtrue::__cli::report::printable(&lint.to_string()))?;
        let mistakes = if lint.diagnostics.len() == 1 { "mistake" } else { "mistakes" };
        output::error(&format!("{} {mistakes} in {}", lint.diagnostics.len(), self.contract));
        Ok(Exit::Unusable)
    }
}
