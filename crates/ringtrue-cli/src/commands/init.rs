//! `ringtrue init`: drafts a contract from an OpenAPI document or from recorded responses.

use std::path::{Path, PathBuf};

use ringtrue::__cli::init::{self, Draft, InitOptions};

use crate::error::CliError;
use crate::exit::Exit;
use crate::load;
use crate::output;

/// The name of the document in the folder of a contract.
const DOCUMENT: &str = "openapi.yaml";

/// The draft lints clean and can be used at once. Read its comments: they show where each line was taken from, how sure it is, and
/// what is to be filled in.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// OpenAPI document (3.0 or 3.1) in YAML or JSON
    #[arg(value_name = "OPENAPI", required_unless_present = "examples")]
    document: Option<String>,
    /// Recorded traffic instead of a document: HTTP archives (HAR), saved responses (curl -i), JSON bodies
    #[arg(long, value_name = "FILE", num_args = 1.., conflicts_with = "document")]
    examples: Vec<PathBuf>,
    /// Folder to write the contract to; the title of the document in small letters if absent
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Operation that reads the balance: operationId, 'METHOD /path', or path
    #[arg(long, value_name = "OPERATION")]
    balance: Option<String>,
    /// Operation that spends credits; none for none
    #[arg(long, value_name = "OPERATION")]
    spend: Option<String>,
    /// Operation that refreshes the balance; none for none
    #[arg(long, value_name = "OPERATION")]
    refresh: Option<String>,
    /// Operation that says whether a credential is valid; none for none
    #[arg(long, value_name = "OPERATION")]
    health: Option<String>,
    /// Replace a contract that is there
    #[arg(long)]
    force: bool,
}

impl Args {
    pub(crate) async fn run(self) -> Result<Exit, CliError> {
        let options = InitOptions {
            balance: self.balance.clone(),
            spend: self.spend.clone(),
            refresh: self.refresh.clone(),
            health: self.health.clone(),
        };
        let draft = match &self.document {
            Some(document) => {
                let path = document.clone();
                load::document(document, move || init::init(&path, &options)).await??
            }
            None => init::init_examples(&self.examples, &options)?,
        };
        let folder = self.out.clone().unwrap_or_else(|| PathBuf::from(&draft.name));
        self.store(&folder, &draft)?;
        for line in &draft.rejected {
            output::note(&format!("not taken for {line}"));
        }
        for line in &draft.left_out {
            output::warn(line);
        }
        output::print(&summary(&folder, &draft))?;
        Ok(Exit::Conformant)
    }

    fn store(&self, folder: &Path, draft: &Draft) -> Result<(), CliError> {
        let path = folder.join(DOCUMENT);
        if path.exists() && !self.force {
            let message =
                format!("{} exists: give another folder with --out, or --force to replace it", path.display());
            return Err(CliError::Argument(message));
        }
        std::fs::create_dir_all(folder).map_err(|source| CliError::Write { path: folder.to_owned(), source })?;
        output::write_file(&path, &draft.text)
    }
}

/// What was found, and what to do next.
fn summary(folder: &Path, draft: &Draft) -> String {
    let mut lines = vec![format!("{}", folder.join(DOCUMENT).display()), String::new()];
    let width = |length: &dyn Fn(&init::FoundLine) -> usize| draft.found.iter().map(length).max().unwrap_or(0);
    let (first, second) = (width(&|line| line.what.len()), width(&|line| line.value.chars().count()).min(60));
    for line in &draft.found {
        lines.push(format!("{:first$}  {:second$}  {:7}  {}", line.what, line.value, line.sure, line.place));
    }
    lines.push(String::new());
    let folder = folder.display();
    lines.push(format!(
        "{} lines are marked FILL IN; next: ringtrue lint {folder}, ringtrue selftest {folder}",
        draft.to_fill_in
    ));
    let lines: Vec<String> = lines.iter().map(|line| ringtrue::__cli::report::printable(line.trim_end())).collect();
    lines.join("\n") + "\n"
}
