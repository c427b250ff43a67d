//! A subject that is judged check by check, on demand: for test harnesses that run each check as a test.

use std::sync::Arc;

use tokio::sync::RwLock;

use super::attempt::{RunContext, SubjectRef};
use super::error::RunError;
use super::options::{ClientTarget, RunOptions, ServerTarget};
use super::plan::RunPlan;
use super::regressions::Regressions;
use super::report::CheckResult;
use super::server::{fresh_seed, guard, open, settings};
use crate::checks::{CheckEntry, Schedule, Side, TrialSettings};
use crate::contract::Contract;
use crate::exchange::{Redactor, Transport};
use crate::subject::{ClientSubject, ServerSubject};

/// A subject, ready to be judged by one check after the other, or by several at a time.
#[derive(Debug)]
pub struct Suite {
    contract: Arc<Contract>,
    subject: Owned,
    settings: TrialSettings,
    secrets: Redactor,
    plan: RunPlan,
    /// Checks that change what others would see hold it alone.
    company: RwLock<()>,
    regressions: Option<Regressions>,
}

/// What is judged.
#[derive(Debug)]
enum Owned {
    Server(Box<ServerSubject>, Box<Transport>),
    Client(Box<ClientSubject>),
}

impl Suite {
    /// Makes a client ready.
    ///
    /// # Errors
    /// If a pattern is unusable, or the adapter does not start.
    pub async fn start_client(
        contract: Arc<Contract>,
        target: ClientTarget,
        options: RunOptions,
    ) -> Result<Self, RunError> {
        let (regressions, options) = Regressions::of(&contract, options)?;
        let plan = RunPlan::of(Side::Client, &options)?;
        let subject = Owned::Client(Box::new(super::client::open(&contract, target).await?));
        let settings = settings(&options, options.seed.unwrap_or_else(fresh_seed));
        let secrets = Redactor::default();
        Ok(Self { contract, subject, settings, secrets, plan, company: RwLock::new(()), regressions })
    }

    /// Makes a server ready.
    ///
    /// # Errors
    /// If a pattern, the URL or the handler is unusable, or nobody listens.
    pub async fn start(contract: Arc<Contract>, target: ServerTarget, options: RunOptions) -> Result<Self, RunError> {
        let (regressions, options) = Regressions::of(&contract, options)?;
        let plan = RunPlan::of(Side::Server, &options)?;
        let (subject, http, secrets) = open(&contract, target, &options).await?;
        let seed = options.seed.unwrap_or_else(fresh_seed);
        let line = Transport::new(&subject.base_url, http, guard(&subject, &options));
        let settings = settings(&options, seed);
        let subject = Owned::Server(Box::new(subject), Box::new(line));
        Ok(Self { contract, subject, settings, secrets, plan, company: RwLock::new(()), regressions })
    }

    /// The contract judged by.
    #[must_use]
    pub fn contract(&self) -> &Arc<Contract> {
        &self.contract
    }

    /// The ids of the selected checks.
    pub fn ids(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.plan.entries().map(|entry| entry.check.id)
    }

    /// Whether the contract gives the check anything to judge.
    #[must_use]
    pub fn applies(&self, id: &str) -> bool {
        self.entry(id).is_some_and(|entry| (entry.check.applies)(&self.contract).is_ok())
    }

    /// What a check says; `None` if it is not among those selected.
    pub async fn judge(&self, id: &str) -> Option<CheckResult> {
        let entry = self.entry(id)?;
        let bench = RunContext {
            contract: &self.contract,
            subject: match &self.subject {
                Owned::Server(subject, line) => SubjectRef::Server(subject, line),
                Owned::Client(subject) => SubjectRef::Client(subject),
            },
            settings: &self.settings,
            secrets: &self.secrets,
        };
        if entry.check.schedule != Schedule::Shared {
            let _alone = self.company.write().await;
            return Some(self.kept(bench.run(entry).await.result));
        }
        let _together = self.company.read().await;
        Some(self.kept(bench.run(entry).await.result))
    }

    /// The result, and the generated case that it shows is kept.
    fn kept(&self, mut result: CheckResult) -> CheckResult {
        if let Some(regressions) = &self.regressions
            && let Err(error) = regressions.learn(std::slice::from_ref(&result), self.settings.seed)
        {
            result.notes.push(format!("failed to {error}"));
        }
        result
    }

    /// Tears down what is still set up.
    pub async fn tear_down(&self) {
        match &self.subject {
            Owned::Server(subject, _) => subject.states.teardown_all().await,
            // An adapter that does not end by itself is ended; what it was judged for has been said.
            Owned::Client(subject) => drop(subject.end().await),
        }
    }

    fn entry(&self, id: &str) -> Option<&'static CheckEntry> {
        self.plan.entries().find(|entry| entry.check.id == id)
    }
}
