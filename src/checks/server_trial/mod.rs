//! A trial: one check at work on a server, with everything it may do and everything it did.

mod judging;
mod requests;
mod states;
mod time;

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use rust_decimal::Decimal;
use tokio::time::Instant;

use crate::checks::check::Stop;
use crate::checks::class::Class;
use crate::checks::evidence::{Evidence, TrialSummary};
use crate::checks::property::RegressionCases;
use crate::contract::{Contract, Operation, Role};
use crate::exchange::{Exchange, Journal, Response, Transport};
use crate::model::{Allowed, BalanceValues};
use crate::subject::{ActiveState, ServerSubject};
use crate::sync::lock;

/// What a trial may use up.
#[derive(Debug, Clone)]
pub struct TrialSettings {
    /// The seed of everything generated.
    pub seed: u64,
    /// Generated cases per property.
    pub cases: u32,
    /// How many smaller forms of a failing case are tried.
    pub shrinks: u32,
    /// Cases that failed before, which are tried first.
    pub known: RegressionCases,
    /// How long a TTL may be waited for in real time.
    pub max_wait: Duration,
    /// Where snapshots of the subject's answers are kept.
    pub snapshots: Option<std::path::PathBuf>,
    /// Whether new snapshots are accepted.
    pub update_snapshots: bool,
}

/// One check at work.
#[derive(Debug)]
pub struct ServerTrial<'r> {
    /// What was promised.
    pub contract: &'r Arc<Contract>,
    /// What is judged.
    pub subject: &'r ServerSubject,
    /// What may be used up.
    pub settings: &'r TrialSettings,
    /// What was sent and received.
    pub journal: Journal,
    line: &'r Transport,
    begun: Instant,
    progress: Mutex<Progress>,
    pub(in crate::checks) ledger: Evidence,
}

/// How far a trial has come.
#[derive(Debug, Default)]
pub(super) struct Progress {
    /// The part of the real time that the expectations were told of as a move of the clock.
    waited: Duration,
    accounts: u32,
    states: Vec<ActiveState>,
}

/// An answer to a check of the balance.
#[derive(Debug)]
pub struct BalanceRead {
    /// The exchange.
    pub exchange: Arc<Exchange>,
    /// What it says, or why it cannot be read.
    pub balance: Result<BalanceValues, String>,
    /// What was allowed when it was asked for.
    pub allowed: Allowed,
}

/// An answer to a call that spends.
#[derive(Debug)]
pub struct SpendResult {
    /// The exchange.
    pub exchange: Arc<Exchange>,
    /// What it is; `Other` also where no answer came.
    pub class: Class,
}

impl<'r> ServerTrial<'r> {
    /// A trial that has done nothing yet.
    #[must_use]
    pub fn new(
        contract: &'r Arc<Contract>,
        subject: &'r ServerSubject,
        settings: &'r TrialSettings,
        line: &'r Transport,
        journal: Journal,
    ) -> Self {
        Self {
            contract,
            subject,
            settings,
            journal,
            line,
            begun: Instant::now(),
            progress: Mutex::default(),
            ledger: Evidence::default(),
        }
    }

    fn progress(&self) -> MutexGuard<'_, Progress> {
        lock(&self.progress)
    }

    /// Tears down what was set up, but for the accounts, and gives what was noted.
    ///
    /// Accounts stay until the trial was repeated: a server that confuses tenants does so with those of before.
    pub async fn finish(&self) -> TrialSummary {
        self.clear_up().await;
        self.ledger.close()
    }

    /// Tears down what was set up, but for the accounts.
    pub(in crate::checks) async fn clear_up(&self) {
        let states = std::mem::take(&mut self.progress().states);
        let (accounts, conditions) = states.into_iter().partition(ActiveState::is_account);
        self.progress().states = accounts;
        self.tear_down(conditions).await;
    }

    /// Closes the accounts that were opened.
    pub async fn close(&self) {
        let accounts = std::mem::take(&mut self.progress().states);
        self.tear_down(accounts).await;
    }

    async fn tear_down(&self, states: Vec<ActiveState>) {
        for state in states.iter().rev() {
            // A state that does not go away shows in the checks that follow; this one is over.
            let _ = self.subject.states.teardown(state).await;
        }
    }

    /// The operation of that role.
    ///
    /// # Errors
    /// If the contract has none.
    pub fn operation(&self, role: Role) -> Result<&'r Arc<Operation>, Stop> {
        let missing = || Stop::NotApplicable(format!("the contract names no {role:?} operation").to_lowercase());
        self.contract.operation(role).ok_or_else(missing)
    }

    /// The balance operation.
    ///
    /// # Errors
    /// If the contract has none.
    pub fn balance_operation(&self) -> Result<&'r Arc<Operation>, Stop> {
        self.operation(Role::Balance)
    }

    /// So many credits in the roles that the contract has.
    #[must_use]
    pub fn credits(&self, remaining: impl Into<Decimal>) -> BalanceValues {
        let fields = self.contract.operation(Role::Balance).map(|operation| operation.fields.clone());
        BalanceValues::of(remaining.into(), &fields.unwrap_or_default())
    }
}

/// An answer in a few words: status, and the code or the start of the body.
#[must_use]
pub fn describe(response: &Response) -> String {
    let text = String::from_utf8_lossy(&response.body);
    let text: String = text.chars().take(120).collect();
    if text.is_empty() { format!("status {}", response.status) } else { format!("status {}: {text}", response.status) }
}
