//! Regression cases: generated cases that failed, stored in a JSON Lines file. Later runs try them first.

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
use crate::text_file::read_text;

/// How many cases of a check are tried first, the newest ones; the limit bounds what they add to every run.
const MAX_CASES: usize = 16;

/// The regression cases of a contract, backed by a file.
#[derive(Debug)]
pub(super) struct Regressions {
    path: PathBuf,
    contract: String,
    stored: Vec<StoredCase>,
}

/// One line of the file: a case that failed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredCase {
    contract: String,
    check: String,
    case: Value,
    /// The seed of the run that found it.
    seed: u64,
    /// What the check found; information for readers of the file.
    reason: String,
}

impl Regressions {
    /// Reads the file that the options name, which need not exist yet, and returns the options with its cases added.
    ///
    /// # Errors
    /// If the file cannot be read, or a line of it is not a regression case.
    pub(super) fn load(contract: &Contract, options: RunOptions) -> Result<(Option<Self>, RunOptions), RunError> {
        let Some(path) = options.regressions.clone() else { return Ok((None, options)) };
        let stored = read(&path)?;
        let regressions = Self { path, contract: contract.name.clone(), stored };
        let known = regressions.cases();
        Ok((Some(regressions), RunOptions { known, ..options }))
    }

    /// The newest cases of each check.
    fn cases(&self) -> RegressionCases {
        let mut cases: HashMap<String, Vec<Value>> = HashMap::new();
        for entry in self.stored.iter().rev().filter(|entry| entry.contract == self.contract) {
            let tried = cases.entry(entry.check.clone()).or_default();
            if tried.len() < MAX_CASES {
                tried.push(entry.case.clone());
            }
        }
        RegressionCases::first(cases)
    }

    /// Adds the cases of all findings to the file, and returns how many are new.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub(super) fn store(&self, checks: &[CheckResult], seed: u64) -> Result<usize, RunError> {
        let failed = checks.iter().filter(|check| matches!(check.verdict, Verdict::Fail | Verdict::Warn));
        let mut lines = String::new();
        let mut count = 0;
        for check in failed {
            let Some(case) = &check.case else { continue };
            let same =
                |have: &StoredCase| have.contract == self.contract && have.check == check.id && have.case == *case;
            if self.stored.iter().any(same) {
                continue;
            }
            let entry = StoredCase {
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
            append(&self.path, &lines)
                .map_err(|source| RunError::WriteRegressions { path: self.path.clone(), source })?;
        }
        Ok(count)
    }

    /// The path of the file.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

fn read(path: &Path) -> Result<Vec<StoredCase>, RunError> {
    let text = match read_text(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => {
            return Err(RunError::ReadRegressions { path: path.to_owned(), line: 0, reason: source.to_string() });
        }
    };
    parse(path, &text)
}

/// Returns how many cases a file of regressions with this text has.
///
/// # Errors
/// If a line is not a regression case.
pub fn count_cases(text: &str) -> Result<usize, RunError> {
    parse(Path::new(""), text).map(|cases| cases.len())
}

fn parse(path: &Path, text: &str) -> Result<Vec<StoredCase>, RunError> {
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let parsed = lines.map(|(at, line)| {
        serde_json::from_str(line).map_err(|error| RunError::ReadRegressions {
            path: path.to_owned(),
            line: at + 1,
            reason: error.to_string(),
        })
    });
    parsed.collect()
}

/// Appends lines and rewrites nothing, so that concurrent runs do not lose each other's cases.
fn append(path: &Path, lines: &str) -> io::Result<()> {
    let mut file = std::fs::OpenOptions::new().create(true).append(true).open(path)?;
    file.write_all(lines.as_bytes())
}
