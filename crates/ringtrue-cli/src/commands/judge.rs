//! `ringtrue judge`: judges recorded traffic.

use std::path::PathBuf;

use ringtrue::__cli::passive::{BaseUrls, HarSummary, TrafficJudge, TrafficOptions, har_files, judge_har};
use ringtrue::__cli::run::chain;

use crate::conclusion::Conclusion;
use crate::error::CliError;
use crate::exit::Exit;
use crate::interrupt::Interrupt;
use crate::load;
use crate::options::Common;
use crate::values::Secret;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Name of a bundled contract, or path of a contract folder or of an OpenAPI document
    #[arg(value_name = "CONTRACT")]
    contract: String,
    /// HAR files, and folders with HAR files
    #[arg(value_name = "HAR", required = true)]
    recordings: Vec<PathBuf>,
    /// Base URL of the API in the recording, in place of the contract's server URL; repeatable
    #[arg(long, value_name = "URL")]
    url: Vec<String>,
    /// A credential in the recording, so that reports call it by this name: a literal, `env:NAME` or `file:PATH`
    #[arg(long, value_name = "SECRET")]
    key: Option<Secret>,
    /// Another credential in the recording
    #[arg(long, value_name = "SECRET")]
    other_key: Option<Secret>,
    #[command(flatten)]
    common: Common,
}

impl Args {
    pub(crate) async fn run(self) -> Result<Exit, CliError> {
        let conclusion = Conclusion::prepare(&self.common)?;
        let interrupt = Interrupt::watch();
        let max_time = self.common.options().max_time;
        let contract = load::contract(&self.contract, &interrupt, max_time).await?;
        let bases = BaseUrls::new(&contract, &self.url)
            .map_err(|error| CliError::Option { option: "url", message: error.to_string() })?;
        let files = har_files(&self.recordings)?;
        let keys = [(&self.key, "key"), (&self.other_key, "other-key")];
        let keys = keys.into_iter().filter_map(|(key, name)| Some(key.as_ref()?.reveal(name)));
        let options = TrafficOptions { keys: keys.collect::<Result<_, _>>()?, side: None, run: self.common.options() };
        Interrupt::limit(max_time);
        let begun = tokio::time::Instant::now();
        let is_over = || max_time.is_some_and(|limit| begun.elapsed() >= limit);
        let is_stopped = || interrupt.occurred() || is_over();
        let mut judge = TrafficJudge::new(contract, &options)?;
        let (mut all, mut first) = (HarSummary::default(), 1);
        for path in &files {
            if is_stopped() {
                break;
            }
            match judge_har(&mut judge, &bases, path, first, &is_stopped) {
                Ok(summary) => {
                    first += summary.entries;
                    all.add(path, summary);
                }
                // One bad file of many does not make the others useless.
                Err(error) if files.len() > 1 => all.problems.push(chain(&error)),
                Err(error) => return Err(error.into()),
            }
        }
        let report = judge.report(&target(&self.recordings), all.notes());
        conclusion.conclude(report.of_contract(&self.contract), &interrupt)
    }
}

/// The recordings in one line.
fn target(paths: &[PathBuf]) -> String {
    let names: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
    match names.as_slice() {
        [first, _, _, ..] => format!("{first} and {} more", names.len() - 1),
        _ => names.join(", "),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::target;

    #[test]
    fn target_names_few_files() {
        let paths = ["a.har", "b.har", "c.har"].map(|name| Path::new(name).to_owned());
        assert_eq!(target(&paths[..1]), "a.har");
        assert_eq!(target(&paths[..2]), "a.har, b.har");
        assert_eq!(target(&paths), "a.har and 2 more");
    }
}
