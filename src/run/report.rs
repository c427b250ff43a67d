//! The plain report that every renderer works from.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::options::RunOptions;
use crate::checks::{TimeBasis, TrialSettings, Verdict};
use crate::contract::{Contract, Grade, Level};
use crate::exchange::Recorded;

/// The name of the report format.
pub const SCHEMA: &str = "ringtrue/report/1";

/// What a run found.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Report {
    /// [`SCHEMA`].
    pub schema: String,
    /// Version of ringtrue.
    pub ringtrue: String,
    /// The seed that repeats the run.
    pub seed: u64,
    /// When it began: RFC 3339, UTC.
    pub started_at: String,
    /// How long it took, in milliseconds.
    pub duration_ms: u64,
    /// The contract judged by.
    pub contract: ContractIdentity,
    /// What was judged.
    pub subject: SubjectIdentity,
    /// What it takes to make the run again, but for credentials.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repeat: Option<Invocation>,
    /// All in one word.
    pub outcome: Outcome,
    /// How many checks came out how.
    pub counts: Counts,
    /// One entry a check, in the order of the registry.
    pub checks: Vec<CheckResult>,
    /// The exchanges that the entries refer to.
    pub exchanges: Vec<Recorded>,
}

/// The contract judged by.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ContractIdentity {
    /// Its name.
    pub name: String,
    /// Digest of its files.
    pub digest: String,
}

/// What was judged.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SubjectIdentity {
    /// `server` or `client`.
    pub kind: String,
    /// A URL, a command line, or `embedded`.
    pub target: String,
}

/// What it takes to make a run again. Credentials are no part of it, and are replaced where they stand in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invocation {
    /// The contract, as it was given: a name or a path.
    pub contract: String,
    /// Where the server was; the embedded stand-in if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Who put it into states.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub states: Option<String>,
    /// The adapter with its arguments; empty for a client of the same process, absent for the reference client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<Vec<String>>,
    /// Generated cases per property.
    pub cases: u32,
    /// The deadline of one exchange, in milliseconds, if one was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_ms: Option<u64>,
    /// How long a TTL could be waited for, in milliseconds, if that was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_wait_ms: Option<u64>,
}

impl Report {
    /// The same, of a contract that was given under this name or path.
    #[must_use]
    pub fn of_contract(mut self, given: &str) -> Self {
        if let Some(recipe) = &mut self.repeat {
            given.clone_into(&mut recipe.contract);
        }
        self
    }
}

impl Invocation {
    /// What a run by these options, on a subject that is still to be named, is made of.
    pub(super) fn of(contract: &Contract, settings: &TrialSettings, options: &RunOptions) -> Self {
        let millis = |time: Option<Duration>| time.and_then(|time| u64::try_from(time.as_millis()).ok());
        Self {
            contract: contract.name.clone(),
            url: None,
            states: None,
            command: None,
            cases: settings.cases,
            timeout_ms: millis(options.timeout),
            max_wait_ms: millis(options.max_wait),
        }
    }
}

/// All in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Every applicable must was exercised and held.
    Conformant,
    /// At least one violation.
    NonConformant,
    /// No violation, but some must could not be run or stayed inconclusive; or no check ran.
    Incomplete,
    /// The run could not be made.
    Error,
}

/// How many checks came out how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the fields are the verdicts")]
pub struct Counts {
    pub pass: u32,
    pub fail: u32,
    pub warn: u32,
    pub info: u32,
    pub not_applicable: u32,
    pub could_not_run: u32,
    pub inconclusive: u32,
    pub error: u32,
}

/// What one check found.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CheckResult {
    /// Its id.
    pub id: String,
    /// How binding the promise judged is; of several, the one that decided.
    pub level: Level,
    /// What it says.
    pub verdict: Verdict,
    /// The operation concerned, `GET /v1/credits` for instance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// Where the promise comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<PromiseSource>,
    /// What time it measured by.
    pub time_basis: TimeBasis,
    /// Why, for every verdict but `pass`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The steps that led there, where it took several.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<String>,
    /// Numbers of the exchanges concerned.
    #[serde(default)]
    pub exchanges: Vec<u64>,
    /// A command line that repeats the exchange that shows it; secrets are shell variables.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reproduce: Option<String>,
    /// The generated case that shows it: `ringtrue replay` repeats it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case: Option<serde_json::Value>,
    /// Known, and listed in the baseline.
    pub baselined: bool,
    /// Further findings of the same check that decide less.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// Where a promise comes from.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PromiseSource {
    /// The document.
    pub document: String,
    /// The quoted sentence.
    pub quote: String,
    /// How sure it is.
    pub grade: Grade,
}

impl Counts {
    /// Counts the verdicts.
    #[must_use]
    pub fn of(checks: &[CheckResult]) -> Self {
        let mut counts = Self::default();
        for check in checks {
            *(match check.verdict {
                Verdict::Pass => &mut counts.pass,
                Verdict::Fail => &mut counts.fail,
                Verdict::Warn => &mut counts.warn,
                Verdict::Info => &mut counts.info,
                Verdict::NotApplicable => &mut counts.not_applicable,
                Verdict::CouldNotRun => &mut counts.could_not_run,
                Verdict::Inconclusive => &mut counts.inconclusive,
                Verdict::Error => &mut counts.error,
            }) += 1;
        }
        counts
    }
}
