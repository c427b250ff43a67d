//! Repeats the findings of a report.

use std::time::Duration;

use super::options::{ClientTarget, RunOptions, ServerTarget};
use super::report::{CheckResult, Invocation, Report, SCHEMA};
use crate::checks::{RegressionCases, Side, Verdict};
use crate::subject::AdapterCommand;

/// A plan that repeats the findings of a report.
#[derive(Debug, Clone)]
pub struct Replay {
    /// The ids of the checks, in the order of the report.
    pub ids: Vec<String>,
    /// Which side was under test.
    pub side: Side,
    /// How the run was made.
    pub invocation: Invocation,
    seed: u64,
    known: RegressionCases,
}

/// The outcome of repeating one finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReplayOutcome {
    /// The check finds it again.
    Fails,
    /// The check no longer finds it.
    Holds,
    /// The check could not decide.
    Undecided,
}

/// Whether the commands that a report contains may be run. The author of the report chose them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReportCommands {
    /// They are an error that shows them.
    Refuse,
    /// They are run.
    Run,
}

/// Why a report cannot be replayed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReplayError {
    /// The text is not a report.
    #[error("the report cannot be read")]
    Json(#[from] serde_json::Error),
    /// The report has another format, or a later version.
    #[error("the report cannot be read: its `schema` is `{0}`, and only `{SCHEMA}` is supported")]
    Schema(String),
    /// The report does not contain how the run was made.
    #[error(
        "the report cannot be repeated: it does not contain how the run was made; give --url, or the adapter after `--`"
    )]
    NoInvocation,
    /// The report is about recorded traffic.
    #[error(
        "the report cannot be repeated: it is about traffic, which passes once; `ringtrue judge` judges a recording again"
    )]
    Traffic,
    /// The client is part of a test binary.
    #[error(
        "the report cannot be repeated: the client is part of a test binary; run that test again with the seed {0}"
    )]
    InProcess(u64),
    /// The report names a command that was not permitted.
    #[error(
        "the report names {0}, which is not run because a report names it: read it, and give --run-commands to run it"
    )]
    Command(String),
    /// The report has no such check.
    #[error("the report has no check `{id}`; it has findings of: {}", list(.findings))]
    NoCheck {
        /// The requested id.
        id: String,
        /// The ids that have findings.
        findings: Vec<String>,
    },
    /// The check has no finding.
    #[error("the report has no finding of `{id}`; its verdict is `{verdict}`")]
    NoFinding {
        /// The requested id.
        id: String,
        /// The verdict of the check.
        verdict: String,
    },
}

fn is_address(states: &str) -> bool {
    states.starts_with("http://") || states.starts_with("https://")
}

fn list(ids: &[String]) -> String {
    if ids.is_empty() { "no check".to_owned() } else { ids.join(", ") }
}

impl Replay {
    /// Reads a report.
    ///
    /// # Errors
    /// If the text is not a report of a supported version.
    pub fn read(text: &str) -> Result<Report, ReplayError> {
        let value: serde_json::Value = serde_json::from_str(text)?;
        if let Some(schema) = value["schema"].as_str()
            && schema != SCHEMA
        {
            return Err(ReplayError::Schema(schema.to_owned()));
        }
        Ok(serde_json::from_str(text)?)
    }

    /// Selects all findings of a report, or those of one check.
    ///
    /// # Errors
    /// If the requested check has no finding, or the report does not contain how the run was made.
    pub fn of(report: &Report, id: Option<&str>) -> Result<Self, ReplayError> {
        let findings: Vec<&CheckResult> = report.checks.iter().filter(|check| check.verdict.is_finding()).collect();
        if let Some(id) = id
            && !findings.iter().any(|check| check.id == id)
        {
            return Err(match report.checks.iter().find(|check| check.id == id) {
                Some(check) => ReplayError::NoFinding { id: id.to_owned(), verdict: check.verdict.to_string() },
                None => {
                    let findings = findings.iter().map(|check| check.id.clone()).collect();
                    ReplayError::NoCheck { id: id.to_owned(), findings }
                }
            });
        }
        if report.subject.kind == "traffic" {
            return Err(ReplayError::Traffic);
        }
        let chosen = || findings.iter().filter(|check| id.is_none_or(|id| check.id == id));
        let cases = chosen().filter_map(|check| Some((check.id.clone(), vec![check.case.clone()?])));
        let side = if report.subject.kind == Side::Client.to_string() { Side::Client } else { Side::Server };
        Ok(Self {
            ids: chosen().map(|check| check.id.clone()).collect(),
            side,
            invocation: report.repeat.clone().ok_or(ReplayError::NoInvocation)?,
            seed: report.seed,
            known: RegressionCases::only(cases.collect()),
        })
    }

    /// Returns the options of the repeated run; permissions come from the caller, never from the report.
    #[must_use]
    pub fn options(&self, permitted: RunOptions) -> RunOptions {
        let millis = |ms: Option<u64>| ms.map(Duration::from_millis);
        RunOptions {
            only: self.ids.clone(),
            seed: Some(self.seed),
            cases: Some(self.invocation.cases),
            known: self.known.clone(),
            timeout: permitted.timeout.or(millis(self.invocation.timeout_ms)),
            max_wait: permitted.max_wait.or(millis(self.invocation.max_wait_ms)),
            ..permitted
        }
    }

    /// Returns the server that was under test, with the state handler that is given, or else that of the report. The report contains no
    /// credentials.
    ///
    /// # Errors
    /// If the state handler of the report is a command, and the commands of the report are not permitted.
    pub fn server(&self, states: Option<&str>, commands: ReportCommands) -> Result<ServerTarget, ReplayError> {
        let named = self.invocation.states.as_deref().filter(|_| states.is_none());
        if let Some(command) = named.filter(|named| commands == ReportCommands::Refuse && !is_address(named)) {
            return Err(ReplayError::Command(format!("the state handler `{command}`")));
        }
        let states = states.or(named);
        let states = states.map(str::to_owned);
        Ok(ServerTarget { url: self.invocation.url.clone(), states, ..ServerTarget::default() })
    }

    /// Returns the client that was under test.
    ///
    /// # Errors
    /// If it was part of a test binary, or is a command, and the commands of the report are not permitted.
    pub fn client(&self, commands: ReportCommands) -> Result<ClientTarget, ReplayError> {
        match self.invocation.command.as_ref().map(|command| command.split_first()) {
            Some(Some((program, args))) if commands == ReportCommands::Refuse => {
                let words = std::iter::once(program).chain(args).map(|word| format!("{word:?}"));
                Err(ReplayError::Command(format!("the adapter {}", words.collect::<Vec<_>>().join(" "))))
            }
            Some(Some((program, args))) => {
                Ok(ClientTarget::Adapter(AdapterCommand { program: program.clone(), args: args.to_vec() }))
            }
            Some(None) => Err(ReplayError::InProcess(self.seed)),
            None => Ok(ClientTarget::Embedded),
        }
    }
}

impl ReplayOutcome {
    /// Returns the outcome that the new result of the check stands for.
    #[must_use]
    pub fn of(check: &CheckResult) -> Self {
        match check.verdict {
            _ if check.verdict.is_finding() => Self::Fails,
            Verdict::Pass | Verdict::NotApplicable => Self::Holds,
            _ => Self::Undecided,
        }
    }
}
