//! Findings of a report, tried again.

use std::time::Duration;

use super::options::{ClientTarget, RunOptions, ServerTarget};
use super::report::{CheckResult, Invocation, Report, SCHEMA};
use super::selftest::caught;
use crate::checks::{RegressionCases, Side, Verdict};
use crate::subject::AdapterCommand;

/// What it takes to try the findings of a report again.
#[derive(Debug, Clone)]
pub struct Replay {
    /// The ids of the checks, in the order of the report.
    pub ids: Vec<String>,
    /// Which side was judged.
    pub side: Side,
    /// What the run was made of.
    pub recipe: Invocation,
    seed: u64,
    known: RegressionCases,
}

/// What became of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReplayOutcome {
    /// It is still there.
    Fails,
    /// It is gone.
    Holds,
    /// It could not be decided.
    Undecided,
}

/// Why a report cannot be replayed. The texts complete "failed to …".
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// It is not a report.
    #[error("read the report: {0}")]
    Json(#[from] serde_json::Error),
    /// It is of another format, or of a later version.
    #[error("read the report: its `schema` is `{0}`, where `{SCHEMA}` is understood")]
    Schema(String),
    /// It does not say how the run was made.
    #[error("repeat the report: it does not say how the run was made; give --url, or the adapter behind `--`")]
    NoRecipe,
    /// The client lives in a test binary.
    #[error("repeat the report: the client is part of a test binary; run that test again, with the seed {0}")]
    InProcess(u64),
    /// There is no such check in the report.
    #[error("find the check `{id}` in the report; it has findings of: {}", listed(.findings))]
    NoCheck {
        /// The id that was asked for.
        id: String,
        /// The ids that there are.
        findings: Vec<String>,
    },
    /// The check has no finding.
    #[error("repeat `{id}`: the report has no finding of it; its verdict is `{verdict}`")]
    NoFinding {
        /// The id that was asked for.
        id: String,
        /// What the check says.
        verdict: String,
    },
}

fn listed(ids: &[String]) -> String {
    if ids.is_empty() { "no check".to_owned() } else { ids.join(", ") }
}

impl Replay {
    /// Reads a report.
    ///
    /// # Errors
    /// If the text is no report of a version that is understood.
    pub fn read(text: &str) -> Result<Report, ReplayError> {
        let value: serde_json::Value = serde_json::from_str(text)?;
        if let Some(schema) = value["schema"].as_str()
            && schema != SCHEMA
        {
            return Err(ReplayError::Schema(schema.to_owned()));
        }
        Ok(serde_json::from_str(text)?)
    }

    /// All findings of a report, or those of one check.
    ///
    /// # Errors
    /// If the check that is asked for has none, or the report does not say how the run was made.
    pub fn of(report: &Report, id: Option<&str>) -> Result<Self, ReplayError> {
        let findings: Vec<&CheckResult> = report.checks.iter().filter(|check| caught(check)).collect();
        if let Some(id) = id
            && !findings.iter().any(|check| check.id == id)
        {
            return Err(match report.checks.iter().find(|check| check.id == id) {
                Some(check) => ReplayError::NoFinding { id: id.to_owned(), verdict: named(check.verdict) },
                None => {
                    let findings = findings.iter().map(|check| check.id.clone()).collect();
                    ReplayError::NoCheck { id: id.to_owned(), findings }
                }
            });
        }
        let chosen = || findings.iter().filter(|check| id.is_none_or(|id| check.id == id));
        let cases = chosen().filter_map(|check| Some((check.id.clone(), vec![check.case.clone()?])));
        let side = if report.subject.kind == Side::Client.to_string() { Side::Client } else { Side::Server };
        Ok(Self {
            ids: chosen().map(|check| check.id.clone()).collect(),
            side,
            recipe: report.repeat.clone().ok_or(ReplayError::NoRecipe)?,
            seed: report.seed,
            known: RegressionCases::only(cases.collect()),
        })
    }

    /// What the run is to do, besides what only whoever starts it can permit.
    #[must_use]
    pub fn options(&self, permitted: RunOptions) -> RunOptions {
        let millis = |ms: Option<u64>| ms.map(Duration::from_millis);
        RunOptions {
            only: self.ids.clone(),
            seed: Some(self.seed),
            cases: Some(self.recipe.cases),
            known: self.known.clone(),
            timeout: permitted.timeout.or(millis(self.recipe.timeout_ms)),
            max_wait: permitted.max_wait.or(millis(self.recipe.max_wait_ms)),
            ..permitted
        }
    }

    /// The server that was judged, as far as the report says; credentials are not in it.
    #[must_use]
    pub fn server(&self) -> ServerTarget {
        ServerTarget { url: self.recipe.url.clone(), states: self.recipe.states.clone(), ..ServerTarget::default() }
    }

    /// The client that was judged.
    ///
    /// # Errors
    /// If it was part of a test binary.
    pub fn client(&self) -> Result<ClientTarget, ReplayError> {
        match self.recipe.command.as_ref().map(|words| words.split_first()) {
            Some(Some((program, args))) => {
                Ok(ClientTarget::Adapter(AdapterCommand { program: program.clone(), args: args.to_vec() }))
            }
            Some(None) => Err(ReplayError::InProcess(self.seed)),
            None => Ok(ClientTarget::Embedded),
        }
    }
}

impl ReplayOutcome {
    /// What became of a finding, by what its check says now.
    #[must_use]
    pub fn of(check: &CheckResult) -> Self {
        match check.verdict {
            _ if caught(check) => Self::Fails,
            Verdict::Pass | Verdict::NotApplicable => Self::Holds,
            _ => Self::Undecided,
        }
    }
}

fn named(verdict: Verdict) -> String {
    serde_json::to_value(verdict).ok().and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default()
}
