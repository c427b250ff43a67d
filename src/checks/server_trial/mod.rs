//! A trial: one check at work on a server, with everything it may do and everything it did.

mod judging;
mod requests;
mod states;
mod time;

use std::ops::Deref;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use tokio::time::Instant;

use crate::checks::class::Class;
use crate::checks::evidence::TrialSummary;
use crate::checks::finding::Stop;
use crate::checks::settings::TrialSettings;
use crate::checks::trial_core::TrialCore;
use crate::contract::{Contract, Operation, Role};
use crate::exchange::{Exchange, Journal, Response, Transport};
use crate::model::{Allowed, BalanceValues};
use crate::subject::{ActiveState, ServerSubject};
use crate::sync::lock;

/// One check, run against a server.
#[derive(Debug)]
pub struct ServerTrial<'r> {
    core: TrialCore<'r>,
    /// The server under test.
    pub subject: &'r ServerSubject,
    /// What was sent and received.
    pub journal: Journal,
    transport: &'r Transport,
    begun: Instant,
    progress: Mutex<Progress>,
}

impl<'r> Deref for ServerTrial<'r> {
    type Target = TrialCore<'r>;

    fn deref(&self) -> &TrialCore<'r> {
        &self.core
    }
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
    /// A new trial, without accounts or requests.
    #[must_use]
    pub fn new(
        contract: &'r Arc<Contract>,
        subject: &'r ServerSubject,
        settings: &TrialSettings,
        transport: &'r Transport,
        journal: Journal,
    ) -> Self {
        let core = TrialCore::new(contract, settings, journal.redactor().clone());
        Self { core, subject, journal, transport, begun: Instant::now(), progress: Mutex::default() }
    }

    fn progress(&self) -> MutexGuard<'_, Progress> {
        lock(&self.progress)
    }

    /// Tears down what was set up, but for the accounts, and gives what was noted.
    ///
    /// Accounts stay until the trial was repeated: a server that confuses tenants does so with those of before.
    pub async fn finish(&self) -> TrialSummary {
        self.tear_down_conditions().await;
        self.evidence.take_summary()
    }

    /// Tears down what was set up, but for the accounts.
    pub(in crate::checks) async fn tear_down_conditions(&self) {
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

    /// The balance operation.
    ///
    /// # Errors
    /// If the contract has none.
    pub fn balance_operation(&self) -> Result<&'r Arc<Operation>, Stop> {
        self.operation(Role::Balance)
    }
}

/// An answer in a few words: status, and the code or the start of the body.
#[must_use]
pub fn describe(response: &Response) -> String {
    let text = String::from_utf8_lossy(&response.body);
    let text: String = text.chars().take(120).collect();
    if text.is_empty() { format!("status {}", response.status) } else { format!("status {}: {text}", response.status) }
}
