//! Generated cases that failed, kept in a file of JSON Lines: they are tried first the next time.

use std::collections::HashMap;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::error::RunError;
use super::options::RunOptions;
use super::report::CheckResult;
use crate::checks::{RegressionCases, Verdict};
use crate::contract::Contract;

/// So many cases of a check are tried first, the last ones that were found: each is paid for in every run to come.
const TRIED: usize = 16;

/// Cases that failed, in a file.
#[derive(Debug)]
pub(super) struct Regressions {
    path: PathBuf,
    contract: String,
    entries: Vec<Entry>,
}

/// One line of the file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    contract: String,
    check: String,
    case: Value,
    /// The seed of the run that found it.
    seed: u64,
    /// What was found, for whoever reads the file.
    reason: String,
}

impl Regressions {
    /// Those in the file that the options name; it need not be there yet. The options come back with what is known.
    ///
    /// # Errors
    /// If the file cannot be read, or a line of it is none of ours.
    pub(super) fn of(contract: &Contract, options: RunOptions) -> Result<(Option<Self>, RunOptions), RunError> {
        let Some(path) = options.regressions.clone() else { return Ok((None, options)) };
        let entries = read(&path)?;
        let regressions = Self { path, contract: contract.name.clone(), entries };
        let known = regressions.known();
        Ok((Some(regressions), RunOptions { known, ..options }))
    }

    fn known(&self) -> RegressionCases {
        let mut cases: HashMap<String, Vec<Value>> = HashMap::new();
        for entry in self.entries.iter().rev().filter(|entry| entry.contract == self.contract) {
            let tried = cases.entry(entry.check.clone()).or_default();
            if tried.len() < TRIED {
                tried.push(entry.case.clone());
            }
        }
        RegressionCases::first(cases)
    }

    /// Keeps what was found; says how many cases are new.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub(super) fn learn(&self, checks: &[CheckResult], seed: u64) -> Result<usize, RunError> {
        let failed = checks.iter().filter(|check| matches!(check.verdict, Verdict::Fail | Verdict::Warn));
        let mut lines = String::new();
        let mut count = 0;
        for check in failed {
            let Some(case) = &check.case else { continue };
            let same = |have: &Entry| have.contract == self.contract && have.check == check.id && have.case == *case;
            if self.entries.iter().any(same) {
                continue;
            }
            let entry = Entry {
                contract: self.contract.clone(),
                check: check.id.clone(),
                case: case.clone(),
                seed,
                reason: check.reason.clone().unwrap_or_default(),
            };
            lines.push_str(&serde_json::to_string(&entry).unwrap_or_default());
            lines.push('\n');
            count += 1;
        }
        if count > 0 {
            append(&self.path, &lines).map_err(|source| RunError::Keep { path: self.path.clone(), source })?;
        }
        Ok(count)
    }

    /// The file.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

fn read(path: &Path) -> Result<Vec<Entry>, RunError> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => return Err(RunError::Kept { path: path.to_owned(), line: 0, reason: source.to_string() }),
    };
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let parsed = lines.map(|(at, line)| {
        serde_json::from_str(line).map_err(|error| RunError::Kept {
            path: path.to_owned(),
            line: at + 1,
            reason: error.to_string(),
        })
    });
    parsed.collect()
}

/// Lines are added and none is rewritten, so that runs at the same time do not lose each other's.
fn append(path: &Path, lines: &str) -> io::Result<()> {
    let mut file = std::fs::OpenOptions::new().create(true).append(true).open(path)?;
    file.write_all(lines.as_bytes())
}
