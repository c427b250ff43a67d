//! `ringtrue man`: prints the manual page, or writes one for each subcommand.

use std::path::PathBuf;

use clap::CommandFactory as _;
use clap_mangen::Man;

use crate::Cli;
use crate::error::CliError;
use crate::exit::Exit;
use crate::output;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Folder for the pages of the program and of each subcommand; without it, the program's page is printed
    #[arg(value_name = "DIR")]
    folder: Option<PathBuf>,
}

impl Args {
    #[expect(clippy::unused_async, reason = "all commands have the same signature")]
    pub(crate) async fn run(self) -> Result<Exit, CliError> {
        let failed = |path: PathBuf| move |source| CliError::Write { path, source };
        match self.folder {
            Some(folder) => {
                std::fs::create_dir_all(&folder).map_err(failed(folder.clone()))?;
                clap_mangen::generate_to(Cli::command(), &folder).map_err(failed(folder))?;
            }
            None => {
                let mut page = Vec::new();
                Man::new(Cli::command()).render(&mut page).map_err(failed(PathBuf::from("ringtrue.1")))?;
                output::print(&String::from_utf8_lossy(&page))?;
            }
        }
        Ok(Exit::Conformant)
    }
}
