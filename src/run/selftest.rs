//! The test of the harness itself: every check passes on what conforms, and fails on its own fault.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;

use super::attempt::{RunContext, SubjectRef};
use super::workers::{self, Queue};
use super::error::RunError;
use super::options::RunOptions;
use super::plan::RunPlan;
use super::report::CheckResult;
use super::server::{TIMEOUT, settings};
use crate::checks::{CheckEntry, CheckKind, Side, TrialSettings, Verdict};
use crate::client;
use crate::contract::Contract;
use crate::exchange::{Http, Limits, Redactor, Transport};
use crate::mock::{ProviderBehaviour, ServerFault, faults};
use crate::subject::{ClientSubject, ServerSubject};

/// The deadline of an exchange with a stand-in whose answers never end.
const BRISK: Duration = Duration::from_millis(250);

/// How many rows wait at a time.
const WAITING: usize = 64;
/// How many rows are worked at meanwhile.
const WORKING: usize = 24;

/// What a selftest found.
#[derive(Debug)]
pub struct Selftest {
    /// The seed of everything that was generated.
    pub seed: u64,
    /// One row for each check and contract.
    pub rows: Vec<SelftestRow>,
}

/// One check under one contract.
#[derive(Debug)]
pub struct SelftestRow {
    /// Name of the contract.
    pub contract: String,
    /// Id of the check.
    pub check: &'static str,
    /// What it says of the conforming stand-in.
    pub conforming: CheckResult,
    /// What it says of each of its faults that make a difference under the contract.
    pub faulty: Vec<(&'static str, CheckResult)>,
}

impl SelftestRow {
    /// Whether the check passes on what conforms, or has nothing to judge.
    #[must_use]
    pub fn passes(&self) -> bool {
        matches!(self.conforming.verdict, Verdict::Pass | Verdict::NotApplicable)
    }

    /// The faults that it misses.
    pub fn missed(&self) -> impl Iterator<Item = (&'static str, &CheckResult)> {
        let missed = self.faulty.iter().filter(|(_, found)| !caught(found));
        missed.map(|(name, found)| (*name, found))
    }

    /// Whether both laws hold.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.passes() && self.missed().next().is_none()
    }
}

impl Selftest {
    /// Whether the laws hold for every check and every contract.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.rows.iter().all(SelftestRow::holds)
    }
}

/// Whether a verdict says that something is wrong.
#[must_use]
pub fn caught(result: &CheckResult) -> bool {
    matches!(result.verdict, Verdict::Fail | Verdict::Warn | Verdict::Info)
}

/// Runs every selected check against the conforming stand-in and against each of its faults.
///
/// # Errors
/// If a pattern is unusable, or no loopback port can be had.
pub async fn selftest(contracts: &[Arc<Contract>], options: &RunOptions) -> Result<Selftest, RunError> {
    let sides = [RunPlan::of(Side::Server, options)?, RunPlan::of(Side::Client, options)?];
    let workshop = Arc::new(SelftestHarness::new(options)?);
    let entries = || sides.iter().flat_map(RunPlan::entries);
    let jobs = contracts.iter().flat_map(|contract| entries().map(move |entry| (contract.clone(), entry))).enumerate();
    // Where somebody has to wait for what never comes, all wait together; few work meanwhile, so that nobody who waits is made
    // late. What has most to do is first.
    let (waiting, mut working): (Vec<_>, Vec<_>) = jobs.partition(|(_, (_, entry))| entry.check.slow);
    working.sort_by_key(|(_, (_, entry))| entry.check.kind != CheckKind::Sequence);
    let queue =
        |jobs: Vec<_>, at_a_time| Queue { jobs: jobs.into(), at_a_time: options.jobs.unwrap_or(at_a_time).max(1) };
    let queues = vec![queue(working, WORKING), queue(waiting, WAITING)];
    let seed = workshop.settings.seed;
    let rows = workers::work(queues, move |(n, (contract, entry))| {
        let workshop = workshop.clone();
        async move { (n, workshop.row(&contract, entry).await) }
    });
    let mut rows = rows.await.map_err(RunError::Crew)?;
    rows.sort_by_key(|(n, _)| *n);
    let rows = rows.into_iter().map(|(_, row)| row).collect::<Result<_, _>>()?;
    Ok(Selftest { seed, rows })
}

/// Does all of it at a time, each in a task of its own. All are gone when this is dropped.
async fn side_by_side<T: Send + 'static>(
    work: impl IntoIterator<Item = impl Future<Output = T> + Send + 'static>,
) -> Vec<T> {
    let mut tasks = JoinSet::new();
    for (n, work) in work.into_iter().enumerate() {
        tasks.spawn(async move { (n, work.await) });
    }
    // A panic is the caller's.
    let mut done = tasks.join_all().await;
    done.sort_by_key(|(n, _)| *n);
    done.into_iter().map(|(_, done)| done).collect()
}

/// Judges stand-ins, each judgement on one of its own, so that none disturbs another.
#[derive(Debug)]
pub struct SelftestHarness {
    /// For what conforms: as patient as any run.
    patient: Http,
    /// For what never ends: nobody waits long for an answer that does not come.
    brisk: Http,
    settings: TrialSettings,
}

impl SelftestHarness {
    /// A workshop in which these options hold; only those that do not choose the subject matter.
    ///
    /// # Errors
    /// If the HTTP client cannot be set up.
    pub fn new(options: &RunOptions) -> Result<Self, RunError> {
        let seed = options.seed.unwrap_or(0);
        let timeout = options.timeout.unwrap_or(TIMEOUT);
        Ok(Self {
            patient: Http::new(timeout)?,
            brisk: Http::new(timeout.min(BRISK))?,
            // That a fault is caught is the question, not by how little.
            settings: TrialSettings { shrinks: 0, ..settings(options, seed) },
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
        // At a time: many a fault shows only when somebody has waited for what never comes.
        let faulty = names.into_iter().map(|name| {
            let (workshop, contract) = (self.clone(), contract.clone());
            async move { workshop.judge_named(&contract, entry, Some(name)).await.map(|found| (name, found)) }
        });
        let faulty = side_by_side(faulty).await.into_iter().collect::<Result<_, _>>()?;
        Ok(SelftestRow { contract: contract.name.clone(), check: entry.check.id, conforming, faulty })
    }

    /// The faults of a check that make a difference under a contract.
    #[must_use]
    pub fn faults(contract: &Contract, entry: &'static CheckEntry) -> Vec<&'static str> {
        let applies = |name: &str| match entry.check.side {
            Side::Server => faults::find(name).is_some_and(|fault| (fault.applies)(contract)),
            Side::Client => client::faults::named(name).is_some_and(|fault| (fault.applies)(contract)),
        };
        entry.check.faults.iter().copied().filter(|name| applies(name)).collect()
    }

    /// What a check says of whatever it judges, with the fault of that name if one is given.
    ///
    /// # Errors
    /// If no loopback port can be had.
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

    /// What a check says of the reference client, with this fault if one is given.
    pub async fn judge_client(
        &self,
        contract: &Arc<Contract>,
        entry: &CheckEntry,
        fault: Option<&client::faults::ClientFault>,
    ) -> CheckResult {
        let behaviour = fault.map(client::faults::ClientFault::behaviour).unwrap_or_default();
        let subject = ClientSubject::reference(contract, behaviour);
        let secrets = Redactor::default();
        let bench =
            RunContext { contract, subject: SubjectRef::Client(&subject), settings: &self.settings, secrets: &secrets };
        bench.run(entry).await.result
    }

    /// What a check says of a stand-in with these faults.
    ///
    /// # Errors
    /// If no loopback port can be had.
    pub async fn judge(
        &self,
        contract: &Arc<Contract>,
        entry: &CheckEntry,
        faults: &[&ServerFault],
    ) -> Result<CheckResult, RunError> {
        let mut behaviour = ProviderBehaviour::default();
        faults.iter().for_each(|fault| (fault.install)(&mut behaviour));
        let http = if behaviour.stalls { &self.brisk } else { &self.patient };
        let subject = ServerSubject::embedded(contract, behaviour).await?;
        let line = Transport::new(&subject.base_url, http.clone(), Limits::default());
        let secrets = Redactor::default();
        let bench = RunContext {
            contract,
            subject: SubjectRef::Server(&subject, &line),
            settings: &self.settings,
            secrets: &secrets,
        };
        Ok(bench.run(entry).await.result)
    }
}
