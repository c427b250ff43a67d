//! Baselines: known findings do not fail a run, and a known finding that no longer occurs does.

use serde::{Deserialize, Serialize};

use crate::checks::Verdict;
use crate::run::{CheckResult, Report};

/// The name of the baseline format.
const SCHEMA: &str = "ringtrue/baseline/1";

/// A list of known findings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    /// The name and version of the format: `ringtrue/baseline/1`.
    pub schema: String,
    /// The findings.
    pub known: Vec<KnownFinding>,
}

/// A known finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KnownFinding {
    /// The name of the contract.
    pub contract: String,
    /// The id of the check.
    pub check: String,
    /// The operation; any operation if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// The reason; any reason if absent. Quoted values and numbers other than HTTP statuses may differ.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Why the finding is accepted; information for readers of the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

/// A baseline entry that does not match the report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StaleEntry {
    /// Its position in the file, from 1.
    pub entry: usize,
    /// The id of its check.
    pub check: String,
    /// What the report contains instead.
    pub why: String,
}

/// Why a baseline cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BaselineError {
    /// The text is not JSON of the expected structure.
    #[error("the baseline is invalid")]
    Json(#[from] serde_json::Error),
    /// The baseline has another format, or a later version.
    #[error("the baseline is invalid: its `schema` is `{0}`, and only `{SCHEMA}` is supported")]
    Schema(String),
}

impl std::fmt::Display for StaleEntry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "entry {} ({}): {}", self.entry, self.check, self.why)
    }
}

impl Baseline {
    /// Reads a baseline from its JSON text.
    ///
    /// # Errors
    /// If the text is not JSON, has an unknown key, lacks a required one, or has another format.
    pub fn parse(text: &str) -> Result<Self, BaselineError> {
        let baseline: Self = serde_json::from_str(text)?;
        if baseline.schema == SCHEMA { Ok(baseline) } else { Err(BaselineError::Schema(baseline.schema)) }
    }

    /// Makes a baseline of all violations and warnings of a report.
    #[must_use]
    pub fn of(report: &Report) -> Self {
        let known = report.checks.iter().filter(|check| is_listed(check)).map(|check| KnownFinding {
            contract: report.contract.name.clone(),
            check: check.id.clone(),
            operation: check.operation.clone(),
            reason: check.reason.clone(),
            comment: None,
        });
        Self { schema: SCHEMA.to_owned(), known: known.collect() }
    }

    /// Writes the baseline as JSON.
    ///
    /// # Errors
    /// Never in practice: the fields are plain text.
    pub fn to_json(&self) -> Result<String, BaselineError> {
        let mut text = serde_json::to_string_pretty(self)?;
        text.push('\n');
        Ok(text)
    }

    /// Marks the known findings of a report, and returns the entries that do not match it.
    ///
    /// Entries of checks that were not `selected` for the run are ignored. So are entries of checks that could not decide,
    /// because the finding may still be there.
    pub fn apply(&self, report: &mut Report, selected: impl Fn(&str) -> bool) -> Vec<StaleEntry> {
        let mut stale = Vec::new();
        for (index, known) in self.known.iter().enumerate() {
            if !selected(&known.check) {
                continue;
            }
            if let Some(why) = known.apply(report) {
                stale.push(StaleEntry { entry: index + 1, check: known.check.clone(), why });
            }
        }
        stale
    }
}

impl KnownFinding {
    /// Marks the findings that the entry describes, or returns why there are none.
    fn apply(&self, report: &mut Report) -> Option<String> {
        if self.contract != report.contract.name {
            return Some(format!(
                "it belongs to contract {}, and the run used {}",
                self.contract, report.contract.name
            ));
        }
        let mut of_check: Vec<&mut CheckResult> =
            report.checks.iter_mut().filter(|check| check.id == self.check).collect();
        let Some(verdict) = of_check.first().map(|check| check.verdict) else {
            return Some("no check with that id ran".to_owned());
        };
        let mut matched = false;
        for check in of_check.iter_mut().filter(|check| is_listed(check) && self.describes(check)) {
            check.baselined = true;
            matched = true;
        }
        let undecided = [Verdict::CouldNotRun, Verdict::Inconclusive, Verdict::Error];
        if matched || of_check.iter().any(|check| undecided.contains(&check.verdict)) {
            return None;
        }
        Some(match of_check.iter().find(|check| is_listed(check)) {
            Some(other) => {
                format!(
                    "the check has a different finding now: {}",
                    other.reason.as_deref().unwrap_or("without a reason")
                )
            }
            None => match verdict {
                Verdict::Pass => "the check passes now".to_owned(),
                Verdict::NotApplicable => "the check does not apply now".to_owned(),
                _ => "the check finds no violation now".to_owned(),
            },
        })
    }

    /// Whether a finding matches the entry.
    fn describes(&self, check: &CheckResult) -> bool {
        let same_operation = self.operation.is_none() || self.operation == check.operation;
        let same_reason = self
            .reason
            .as_ref()
            .is_none_or(|reason| masked(reason) == masked(check.reason.as_deref().unwrap_or_default()));
        same_operation && same_reason
    }
}

/// Whether the result is a violation or a warning.
fn is_listed(check: &CheckResult) -> bool {
    matches!(check.verdict, Verdict::Fail | Verdict::Warn)
}

/// Masks what differs from run to run: quoted values, and numbers other than HTTP statuses.
pub(super) fn masked(reason: &str) -> String {
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
    use super::masked;

    #[test]
    fn masking_a_reason_keeps_statuses_only() {
        assert_eq!(masked("expected 401, found 200"), "expected 401, found 200");
        assert_eq!(masked(r#"/credits is "1 \ 2", port 8080 took 12 ms"#), r#"/credits is "…", port # took # ms"#);
        assert_eq!(masked(r#"an "open quote"#), r#"an "…""#);
    }
}
