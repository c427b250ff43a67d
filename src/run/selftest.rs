//! Mutation testing of the checks: every check passes on conforming subjects, and fails on each of its own faults.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;

use super::attempt::{RunContext, SubjectRef};
use super::error::RunError;
use super::options::RunOptions;
use super::plan::RunPlan;
use super::report::CheckResult;
use super::server::{settings, transport};
use super::workers::{self, Queue};
use crate::checks::{CheckEntry, CheckKind, Side, TrialSettings, Verdict};
use crate::client;
use crate::contract::Contract;
use crate::exchange::{Http, Redactor};
use crate::mock::{ProviderBehaviour, ServerFault, faults};
use crate::subject::{ClientSubject, ServerSubject};

/// The deadline of an exchange with a mock whose responses never end.
const STALLED_TIMEOUT: Duration = Duration::from_millis(250);
/// The deadline of an exchange with a mock that responds, however busy the machine is.
const PATIENT_TIMEOUT: Duration = Duration::from_mins(1);
/// How long a call of the reference client may go on that gets its answers at once: it takes a moment, unless a fault holds it up.
const LONGEST_CALL: Duration = Duration::from_secs(3);

/// How many rows run concurrently that mostly wait for a deadline.
const WAITING: usize = 64;
/// How many other rows run concurrently on each core. Each has several subjects at the same time, so that more would only hold more
/// memory.
const WORKING: usize = 4;

/// The results of a selftest.
#[derive(Debug)]
pub struct Selftest {
    /// The seed of all generated cases.
    pub seed: u64,
    /// One row per check and contract.
    pub rows: Vec<SelftestRow>,
}

/// One check under one contract.
#[derive(Debug)]
pub struct SelftestRow {
    /// The name of the contract.
    pub contract: String,
    /// The id of the check.
    pub check: &'static str,
    /// The result on the conforming subject.
    pub conforming: CheckResult,
    /// The result for each fault of the check that has an effect under the contract.
    pub faulty: Vec<(&'static str, CheckResult)>,
}

impl SelftestRow {
    /// Returns whether the check passes on the conforming subject, or does not apply.
    #[must_use]
    pub fn passes(&self) -> bool {
        matches!(self.conforming.verdict, Verdict::Pass | Verdict::NotApplicable)
    }

    /// Returns the faults that the check does not find.
    pub fn missed(&self) -> impl Iterator<Item = (&'static str, &CheckResult)> {
        let missed = self.faulty.iter().filter(|(_, found)| !found.verdict.is_finding());
        missed.map(|(name, found)| (*name, found))
    }

    /// Returns whether the check passes on the conforming subject and finds all its faults.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.passes() && self.missed().next().is_none()
    }
}

impl Selftest {
    /// Returns whether all rows hold.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.rows.iter().all(SelftestRow::holds)
    }
}

/// Runs every selected check against the conforming subject and against each of its faults.
///
/// # Errors
/// If a pattern is invalid, or a mock server cannot listen on a loopback port.
pub async fn selftest(contracts: &[Arc<Contract>], options: &RunOptions) -> Result<Selftest, RunError> {
    let sides = [RunPlan::of(Side::Server, options)?, RunPlan::of(Side::Client, options)?];
    let harness = Arc::new(SelftestHarness::new(options)?);
    let entries = || sides.iter().flat_map(RunPlan::entries);
    let jobs = contracts.iter().flat_map(|contract| entries().map(move |entry| (contract.clone(), entry))).enumerate();
    // Rows that wait for a deadline all wait concurrently. The concurrency of the others is limited, so that they do not delay
    // the waiting rows. The longest rows start first.
    let (waiting, mut working): (Vec<_>, Vec<_>) = jobs.partition(|(_, (_, entry))| entry.check.slow);
    working.sort_by_key(|(_, (_, entry))| entry.check.kind != CheckKind::Sequence);
    let queue = |jobs: Vec<_>, concurrency| Queue {
        jobs: jobs.into(),
        concurrency: options.jobs.unwrap_or(concurrency).max(1),
    };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let queues = vec![queue(working, WORKING * cores), queue(waiting, WAITING)];
    let seed = harness.settings.seed;
    let shared = harness.clone();
    let judged = workers::run_all(queues, move |(n, (contract, entry))| {
        let harness = shared.clone();
        async move { (n, harness.row(&contract, entry).await, contract, entry) }
    });
    let mut judged = judged.await.map_err(RunError::Worker)?;
    judged.sort_by_key(|(n, ..)| *n);
    let mut rows = Vec::new();
    for (_, row, contract, entry) in judged {
        let mut row = row?;
        harness.decide(&mut row, &contract, entry).await?;
        rows.push(row);
    }
    Ok(Selftest { seed, rows })
}

/// Runs all futures concurrently as tasks, and returns the results in order. Dropping the future stops all tasks.
async fn run_concurrently<T: Send + 'static>(
    work: impl IntoIterator<Item = impl Future<Output = T> + Send + 'static>,
) -> Vec<T> {
    let mut tasks = JoinSet::new();
    for (n, work) in work.into_iter().enumerate() {
        tasks.spawn(async move { (n, work.await) });
    }
    // A panic is passed on to the caller.
    let mut done = tasks.join_all().await;
    done.sort_by_key(|(n, _)| *n);
    done.into_iter().map(|(_, done)| done).collect()
}

/// Runs single checks, each on a new mock server or reference client of its own.
#[derive(Debug)]
pub struct SelftestHarness {
    /// With a long deadline.
    pub(super) ordinary: Http,
    /// With a short deadline, for mocks whose responses never end.
    impatient: Http,
    pub(super) settings: TrialSettings,
}

impl SelftestHarness {
    /// Creates a harness with these options; those that select the subject are ignored.
    ///
    /// # Errors
    /// If the HTTP client cannot be set up.
    pub fn new(options: &RunOptions) -> Result<Self, RunError> {
        let seed = options.seed.unwrap_or(0);
        let timeout = options.timeout.unwrap_or(PATIENT_TIMEOUT);
        Ok(Self {
            ordinary: Http::new(timeout)?,
            impatient: Http::new(timeout.min(STALLED_TIMEOUT))?,
            // The selftest asks whether a fault is found, so cases are not shrunk. On a busy machine, too, the number of cases
            // ends the search: the same seed gives the same verdicts.
            settings: TrialSettings {
                shrinks: 0,
                search_limit: Duration::MAX,
                longest_call: LONGEST_CALL,
                // Most faults show in the first cases.
                first_batch: 1,
                batch_growth: 2,
                ..settings(options, seed)
            },
        })
    }

    async fn row(
        self: &Arc<Self>,
        contract: &Arc<Contract>,
        entry: &'static CheckEntry,
    ) -> Result<SelftestRow, RunError> {
        let conforming = self.judge_named(contract, entry, None).await?;
        let names =
            if conforming.verdict == Verdict::NotApplicable { Vec::new() } else { Self::faults(contract, entry) };
        // Concurrently, because many faults show only after a deadline has passed.
        let faulty = names.into_iter().map(|name| {
            let (harness, contract) = (self.clone(), contract.clone());
            async move { harness.judge_named(&contract, entry, Some(name)).await.map(|found| (name, found)) }
        });
        let faulty = run_concurrently(faulty).await.into_iter().collect::<Result<_, _>>()?;
        Ok(SelftestRow { contract: contract.name.clone(), check: entry.check.id, conforming, faulty })
    }

    /// Judges again what was left undecided, while nothing else runs.
    async fn decide(
        &self,
        row: &mut SelftestRow,
        contract: &Arc<Contract>,
        entry: &CheckEntry,
    ) -> Result<(), RunError> {
        if row.conforming.verdict.is_undecided() {
            row.conforming = self.judge_named(contract, entry, None).await?;
        }
        for (fault, result) in row.faulty.iter_mut().filter(|(_, result)| result.verdict.is_undecided()) {
            *result = self.judge_named(contract, entry, Some(fault)).await?;
        }
        Ok(())
    }

    /// Returns the faults of a check that have an effect under a contract.
    #[must_use]
    pub fn faults(contract: &Contract, entry: &'static CheckEntry) -> Vec<&'static str> {
        let applies = |name: &str| match entry.check.side {
            Side::Server => faults::find(name).is_some_and(|fault| (fault.applies)(contract)),
            Side::Client => client::faults::named(name).is_some_and(|fault| (fault.applies)(contract)),
        };
        entry.check.faults.iter().copied().filter(|name| applies(name)).collect()
    }

    /// Runs a check on a subject of its side, with the fault of that name if one is given.
    ///
    /// # Errors
    /// If the mock server cannot listen on a loopback port.
    pub async fn judge_named(
        &self,
        contract: &Arc<Contract>,
        entry: &CheckEntry,
        fault: Option<&str>,
    ) -> Result<CheckResult, RunError> {
        match entry.check.side {
            Side::Server => {
                let fault = fault.and_then(faults::find);
                self.judge(contract, entry, fault.as_slice()).await
            }
            Side::Client => {
                let fault = fault.and_then(client::faults::named);
                Ok(self.judge_client(contract, entry, fault).await)
            }
        }
    }

    /// Runs a check on the reference client, with this fault if one is given.
    pub async fn judge_client(
        &self,
        contract: &Arc<Contract>,
        entry: &CheckEntry,
        fault: Option<&client::faults::ClientFault>,
    ) -> CheckResult {
        let behaviour = fault.map(client::faults::ClientFault::behaviour).unwrap_or_default();
        let subject = ClientSubject::reference(contract, behaviour);
        let secrets = Redactor::default();
        let context =
            RunContext { contract, subject: SubjectRef::Client(&subject), settings: &self.settings, secrets: &secrets };
        context.run(entry).await.result
    }

    /// Runs a check on a mock server with these faults.
    ///
    /// # Errors
    /// If the mock server cannot listen on a loopback port.
    pub async fn judge(
        &self,
        contract: &Arc<Contract>,
        entry: &CheckEntry,
        faults: &[&ServerFault],
    ) -> Result<CheckResult, RunError> {
        let mut behaviour = ProviderBehaviour::default();
        faults.iter().for_each(|fault| (fault.install)(&mut behaviour));
        let http = if behaviour.stalls { &self.impatient } else { &self.ordinary };
        let subject = ServerSubject::embedded(contract, behaviour).await?;
        let transport = transport(contract, &subject, http.clone(), &RunOptions::default());
        let secrets = Redactor::default();
        let context = RunContext {
            contract,
            subject: SubjectRef::Server(&subject, &transport),
            settings: &self.settings,
            secrets: &secrets,
        };
        Ok(context.run(entry).await.result)
    }
}
