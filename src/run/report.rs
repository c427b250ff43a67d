//! The report: plain data that every renderer works from.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::options::RunOptions;
use super::shard::ShardIdentity;
use crate::checks::{CaseCounts, TimeBasis, TrialSettings, Verdict};
use crate::contract::{Contract, Grade, Level};
use crate::exchange::Recorded;

/// The name of the report format.
pub const SCHEMA: &str = "ringtrue/report/1";

/// The results of a run.
///
/// Reports are written by `--report json`, and described by `schemas/report.schema.json`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Report {
    /// The name and version of the format: `ringtrue/report/1`.
    pub schema: String,
    /// The version of ringtrue.
    pub ringtrue: String,
    /// The seed that repeats the run.
    pub seed: u64,
    /// When the run began: RFC 3339, UTC.
    pub started_at: String,
    /// The duration of the run in milliseconds.
    pub duration_ms: u64,
    /// The contract that the subject was judged by.
    pub contract: ContractIdentity,
    /// What was under test.
    pub subject: SubjectIdentity,
    /// How to repeat the run; credentials are not included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repeat: Option<Invocation>,
    /// Which share of the checks ran; absent if all did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shard: Option<ShardIdentity>,
    /// How many shards were merged into the report; absent if it is the report of one run. Its times are sums over all shards.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shards: Option<u16>,
    /// The outcome of the run.
    pub outcome: Outcome,
    /// How many checks have which verdict.
    pub counts: Counts,
    /// One entry per check, in the order of `ringtrue list checks`.
    pub checks: Vec<CheckResult>,
    /// The exchanges that the results refer to.
    pub exchanges: Vec<Recorded>,
    /// What the reader must know about the whole run.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// The promises of the contract, each once: what could be judged.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub promises: Vec<ContractPromise>,
}

/// The contract that the subject was judged by.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ContractIdentity {
    /// The name of the contract.
    pub name: String,
    /// The digest of its files.
    pub digest: String,
}

/// What was under test.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SubjectIdentity {
    /// `server` or `client`.
    pub kind: String,
    /// A URL, a command line, or `embedded`.
    pub target: String,
}

/// How to repeat a run. Credentials are not included, and are redacted in URLs and command lines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Invocation {
    /// The contract as it was given: a name or a path.
    pub contract: String,
    /// The URL of the server; absent for the embedded mock server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The state handler.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub states: Option<String>,
    /// The adapter with its arguments; empty for a client in the same process, absent for the reference client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<Vec<String>>,
    /// How many generated cases each property check tries.
    pub cases: u32,
    /// The deadline of one exchange in milliseconds, if one was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_ms: Option<u64>,
    /// How long the run may wait for a TTL to expire, in milliseconds, if given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_wait_ms: Option<u64>,
}

impl Report {
    /// Records the name or path under which the contract was given.
    #[must_use]
    pub fn of_contract(mut self, given: &str) -> Self {
        if let Some(invocation) = &mut self.repeat {
            given.clone_into(&mut invocation.contract);
        }
        self
    }
}

impl Invocation {
    /// Describes a run with these options; the subject is added later.
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

/// The outcome of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Outcome {
    /// Every applicable `must` was exercised and held.
    Conformant,
    /// At least one violation.
    NonConformant,
    /// No violation, but some `must` could not be run or stayed inconclusive; or no check ran.
    Incomplete,
    /// The harness itself failed.
    Error,
}

/// How many checks have which verdict.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the fields are the verdicts")]
#[non_exhaustive]
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

/// The result of one check.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CheckResult {
    /// The id of the check.
    pub id: String,
    /// The level of the judged promise; of several, the one that decided the verdict.
    pub level: Level,
    /// The verdict.
    pub verdict: Verdict,
    /// The operation concerned, `GET /v1/credits` for instance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// The source of the promise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<PromiseSource>,
    /// The clock that the check measured time with.
    pub time_basis: TimeBasis,
    /// The reason; present for every verdict except `pass`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The steps that led to the finding, where there were several.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<String>,
    /// The numbers of the exchanges concerned, as in [`Report::exchanges`].
    #[serde(default)]
    pub exchanges: Vec<u64>,
    /// A command line that repeats the exchange; secrets are shell variables.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reproduce: Option<String>,
    /// The generated case that shows the finding; `ringtrue replay` repeats it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case: Option<serde_json::Value>,
    /// Whether the baseline lists the finding.
    pub baselined: bool,
    /// Less severe findings of the same check.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// The defect that explains this result and others, which bear the same text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    /// In the report of a shard: the defect that the result shows by itself. Other shards may show the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub defect: Option<String>,
    /// The generated cases, if the check has any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cases: Option<CaseCounts>,
    /// How many requests were sent for the check, or received from the client.
    #[serde(default)]
    pub requests: u64,
    /// The duration of the check in milliseconds, repetitions included.
    #[serde(default)]
    pub duration_ms: u64,
}

/// The source of a promise.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PromiseSource {
    /// The document that contains it.
    pub document: String,
    /// The quoted sentence.
    pub quote: String,
    /// How reliable the source is.
    pub grade: Grade,
    /// Where the document is published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// A promise of the contract.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ContractPromise {
    /// How binding it is.
    pub level: Level,
    /// What it is about: operations, conditions, caching and so on.
    pub about: Vec<String>,
    /// The ids of the checks that judged it and found that it held.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub held_in: Vec<String>,
    /// The source.
    pub source: PromiseSource,
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
