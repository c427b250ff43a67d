//! A prepared subject whose checks run one by one on demand, for test harnesses that show each check as a test.

use std::sync::Arc;

use tokio::sync::RwLock;

use super::attempt::{RunContext, SubjectRef};
use super::error::{RunError, chain};
use super::options::{ClientTarget, RunOptions, ServerTarget};
use super::outage_scope;
use super::plan::RunPlan;
use super::premises;
use super::regressions::Regressions;
use super::report::CheckResult;
use super::server::{open, random_seed, settings, transport};
use crate::checks::{CheckEntry, Schedule, Side, TrialSettings};
use crate::contract::Contract;
use crate::exchange::{Redactor, Transport};
use crate::subject::{ClientSubject, ServerSubject};

/// A subject that is ready for single checks, which may run concurrently.
#[derive(Debug)]
pub struct Suite {
    contract: Arc<Contract>,
    subject: Subject,
    settings: TrialSettings,
    secrets: Redactor,
    plan: RunPlan,
    /// Held for writing by checks that change what other checks would see, and for reading by all others.
    isolation: RwLock<()>,
    regressions: Option<Regressions>,
}

/// The subject under test.
#[derive(Debug)]
enum Subject {
    Server(Box<ServerSubject>, Box<Transport>),
    Client(Box<ClientSubject>),
}

impl Suite {
    /// Prepares a client.
    ///
    /// # Errors
    /// If a pattern is invalid, or the adapter does not start.
    pub async fn start_client(
        contract: Arc<Contract>,
        target: ClientTarget,
        options: RunOptions,
    ) -> Result<Self, RunError> {
        let (regressions, options) = Regressions::load(&contract, options)?;
        let plan = RunPlan::share(Side::Client, &contract, &options)?;
        let subject = Subject::Client(Box::new(super::client::open(&contract, target).await?));
        let settings = settings(&options, options.seed.unwrap_or_else(random_seed));
        let secrets = Redactor::default();
        Ok(Self { contract, subject, settings, secrets, plan, isolation: RwLock::new(()), regressions })
    }

    /// Prepares a server.
    ///
    /// # Errors
    /// If a pattern, the URL or the state handler is invalid, or the server is not reachable.
    pub async fn start(contract: Arc<Contract>, target: ServerTarget, options: RunOptions) -> Result<Self, RunError> {
        let (regressions, options) = Regressions::load(&contract, options)?;
        let plan = RunPlan::share(Side::Server, &contract, &options)?;
        let (subject, http, secrets) = open(&contract, target, &options).await?;
        let seed = options.seed.unwrap_or_else(random_seed);
        let transport = transport(&contract, &subject, http, &options);
        let settings = settings(&options, seed);
        let context = RunContext {
            contract: &contract,
            subject: SubjectRef::Server(&subject, &transport),
            settings: &settings,
            secrets: &secrets,
        };
        premises::prove(&context, &subject, &transport).await?;
        if plan.has_outages() {
            outage_scope::find(&context, &subject, &transport).await;
        }
        let subject = Subject::Server(Box::new(subject), Box::new(transport));
        Ok(Self { contract, subject, settings, secrets, plan, isolation: RwLock::new(()), regressions })
    }

    /// Returns the contract.
    #[must_use]
    pub fn contract(&self) -> &Arc<Contract> {
        &self.contract
    }

    /// Returns the ids of the selected checks.
    pub fn ids(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.plan.entries().map(|entry| entry.check.id)
    }

    /// Returns whether the check applies to the contract.
    #[must_use]
    pub fn applies(&self, id: &str) -> bool {
        self.entry(id).is_some_and(|entry| (entry.check.applies)(&self.contract).is_ok())
    }

    /// Runs a check; `None` if it is not selected.
    pub async fn judge(&self, id: &str) -> Option<CheckResult> {
        let entry = self.entry(id)?;
        let context = RunContext {
            contract: &self.contract,
            subject: match &self.subject {
                Subject::Server(subject, transport) => SubjectRef::Server(subject, transport),
                Subject::Client(subject) => SubjectRef::Client(subject),
            },
            settings: &self.settings,
            secrets: &self.secrets,
        };
        if !self.is_shared(entry.check.schedule) {
            let _alone = self.isolation.write().await;
            return Some(self.with_stored_case(context.run(entry).await.result));
        }
        let _together = self.isolation.read().await;
        Some(self.with_stored_case(context.run(entry).await.result))
    }

    /// Whether checks with this schedule may run concurrently.
    fn is_shared(&self, schedule: Schedule) -> bool {
        match (schedule, &self.subject) {
            (Schedule::Shared, _) => true,
            (Schedule::Outage, Subject::Server(subject, _)) => subject.fails_per_tenant(),
            _ => false,
        }
    }

    /// Stores the generated case of a finding. An error becomes a note of the result.
    fn with_stored_case(&self, mut result: CheckResult) -> CheckResult {
        if let Some(regressions) = &self.regressions
            && let Err(error) = regressions.store(std::slice::from_ref(&result), self.settings.seed)
        {
            result.notes.push(chain(&error));
        }
        result
    }

    /// Tears down the states that are still set up, and stops the adapter.
    pub async fn tear_down(&self) {
        match &self.subject {
            Subject::Server(subject, _) => drop(subject.tear_down().await),
            // An adapter that does not exit is killed; its checks have been reported already.
            Subject::Client(subject) => drop(subject.end().await),
        }
    }

    fn entry(&self, id: &str) -> Option<&'static CheckEntry> {
        self.plan.entries().find(|entry| entry.check.id == id)
    }
}
