//! Known findings, as data: they do not fail a run, and one that has gone does.

use serde::{Deserialize, Serialize};

use crate::checks::Verdict;
use crate::run::{CheckResult, Report};

/// The name of the baseline format.
const SCHEMA: &str = "ringtrue/baseline/1";

/// Known findings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    /// The name of the format: `ringtrue/baseline/1`.
    pub schema: String,
    /// The findings.
    pub known: Vec<Known>,
}

/// A known finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Known {
    /// Name of the contract.
    pub contract: String,
    /// Id of the check.
    pub check: String,
    /// The operation concerned; any if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// The reason given; any if absent. Quoted values and numbers other than HTTP statuses may differ.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Why it is put up with, for whoever reads the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

/// An entry that no longer says what is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stale {
    /// Where it stands in the file, from 1.
    pub entry: usize,
    /// Id of its check.
    pub check: String,
    /// What is the case instead.
    pub why: String,
}

/// Why a baseline could not be read. The texts complete "failed to …".
#[derive(Debug, thiserror::Error)]
pub enum BaselineError {
    /// It is not JSON of that form.
    #[error("read the baseline: {0}")]
    Json(#[from] serde_json::Error),
    /// It is of another format, or of a later version.
    #[error("read the baseline: its `schema` is `{0}`, where `{SCHEMA}` is understood")]
    Schema(String),
}

impl std::fmt::Display for Stale {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "entry {} ({}): {}", self.entry, self.check, self.why)
    }
}

impl Baseline {
    /// Reads a baseline from its JSON text.
    ///
    /// # Errors
    /// If the text is not JSON, has a key that does not belong there, lacks one, or is of another format.
    pub fn parse(text: &str) -> Result<Self, BaselineError> {
        let baseline: Self = serde_json::from_str(text)?;
        if baseline.schema == SCHEMA { Ok(baseline) } else { Err(BaselineError::Schema(baseline.schema)) }
    }

    /// All findings of a report, violations and warnings, as known.
    #[must_use]
    pub fn of(report: &Report) -> Self {
        let known = report.checks.iter().filter(|check| is_finding(check)).map(|check| Known {
            contract: report.contract.name.clone(),
            check: check.id.clone(),
            operation: check.operation.clone(),
            reason: check.reason.clone(),
            comment: None,
        });
        Self { schema: SCHEMA.to_owned(), known: known.collect() }
    }

    /// The JSON text of the baseline.
    ///
    /// # Errors
    /// Never in practice: the fields are plain text.
    pub fn to_json(&self) -> Result<String, BaselineError> {
        let mut text = serde_json::to_string_pretty(self)?;
        text.push('\n');
        Ok(text)
    }

    /// Marks the findings of a report that are known, and gives the entries that are stale.
    ///
    /// `selected` says which checks were meant to run: an entry for another one is left in peace. So is one whose
    /// check could not be decided, as it may still hold.
    pub fn apply(&self, report: &mut Report, selected: impl Fn(&str) -> bool) -> Vec<Stale> {
        let mut stale = Vec::new();
        for (index, known) in self.known.iter().enumerate() {
            if !selected(&known.check) {
                continue;
            }
            if let Some(why) = known.apply(report) {
                stale.push(Stale { entry: index + 1, check: known.check.clone(), why });
            }
        }
        stale
    }
}

impl Known {
    /// Marks what the entry speaks of; else says why there is nothing to mark.
    fn apply(&self, report: &mut Report) -> Option<String> {
        if self.contract != report.contract.name {
            return Some(format!("it is of contract {}, and {} was judged", self.contract, report.contract.name));
        }
        let mut of_check: Vec<&mut CheckResult> =
            report.checks.iter_mut().filter(|check| check.id == self.check).collect();
        let Some(verdict) = of_check.first().map(|check| check.verdict) else {
            return Some("no check of that id ran".to_owned());
        };
        let mut matched = false;
        for check in of_check.iter_mut().filter(|check| is_finding(check) && self.describes(check)) {
            check.baselined = true;
            matched = true;
        }
        let undecided = [Verdict::CouldNotRun, Verdict::Inconclusive, Verdict::Error];
        if matched || of_check.iter().any(|check| undecided.contains(&check.verdict)) {
            return None;
        }
        Some(match of_check.iter().find(|check| is_finding(check)) {
            Some(other) => {
                format!("what is found now is another: {}", other.reason.as_deref().unwrap_or("without a reason"))
            }
            None => match verdict {
                Verdict::Pass => "it holds now".to_owned(),
                Verdict::NotApplicable => "it does not apply now".to_owned(),
                _ => "it is no violation now".to_owned(),
            },
        })
    }

    fn describes(&self, check: &CheckResult) -> bool {
        let same_operation = self.operation.is_none() || self.operation == check.operation;
        let same_reason =
            self.reason.as_ref().is_none_or(|reason| gist(reason) == gist(check.reason.as_deref().unwrap_or_default()));
        same_operation && same_reason
    }
}

fn is_finding(check: &CheckResult) -> bool {
    matches!(check.verdict, Verdict::Fail | Verdict::Warn)
}

/// A reason without what differs from run to run: quoted values, and numbers that are no HTTP status.
fn gist(reason: &str) -> String {
    let mut out = String::with_capacity(reason.len());
    let mut rest = reason;
    while let Some(c) = rest.chars().next() {
        let token = if c.is_ascii_digit() {
            rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len()
        } else if c == '"' {
            rest[1..].find('"').map_or(rest.len(), |end| end + 2)
        } else {
            c.len_utf8()
        };
        let (token, after) = rest.split_at(token);
        out.push_str(match c {
            '0'..='9' if token.len() != 3 => "#",
            '"' => "\"…\"",
            _ => token,
        });
        rest = after;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::gist;

    #[test]
    fn the_gist_forgets_values_and_keeps_statuses() {
        assert_eq!(gist("expected 401, found 200"), "expected 401, found 200");
        assert_eq!(gist(r#"/credits is "1 \ 2", port 8080 took 12 ms"#), r#"/credits is "…", port # took # ms"#);
        assert_eq!(gist(r#"an "open quote"#), r#"an "…""#);
    }
}
