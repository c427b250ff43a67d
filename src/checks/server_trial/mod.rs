//! The context of one check of a server: its accounts, states and exchanges.

mod judging;
mod request_content;
mod requests;
pub(in crate::checks) mod reset_time;
mod side_by_side;
mod states;
mod time;

use std::ops::Deref;
use std::sync::Arc;

use futures_util::future::join_all;
use tokio::time::Instant;

use crate::checks::class::Class;
use crate::checks::finding::Stop;
use crate::checks::records::TrialSummary;
use crate::checks::settings::TrialSettings;
use crate::checks::trial_core::TrialCore;
use crate::contract::{Contract, Operation, Role};
use crate::exchange::{Exchange, Journal, Response, Transport, quote};
use crate::model::{Allowed, BalanceValues};
use crate::subject::{ActiveState, Member, ServerSubject};

/// One check, run against a server.
#[derive(Debug)]
pub struct ServerTrial<'r> {
    core: TrialCore<'r>,
    /// The server under test.
    pub subject: &'r ServerSubject,
    /// The exchanges.
    pub journal: Journal,
    transport: &'r Transport,
    begun: Instant,
}

impl<'r> Deref for ServerTrial<'r> {
    type Target = TrialCore<'r>;

    fn deref(&self) -> &TrialCore<'r> {
        &self.core
    }
}

/// The response to a check of the balance.
#[derive(Debug)]
pub struct BalanceRead {
    /// The exchange.
    pub exchange: Arc<Exchange>,
    /// The balance in it, or why there is no readable balance.
    pub balance: Result<BalanceValues, String>,
    /// The responses that were allowed at that time.
    pub allowed: Allowed,
}

/// The response to a paid call.
#[derive(Debug)]
pub struct SpendResult {
    /// The exchange.
    pub exchange: Arc<Exchange>,
    /// The class of the response; `Other` also if there is no response.
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
        let mut core = TrialCore::new(contract, settings, journal.redactor().clone());
        core.member = Some(subject.enter());
        core.busy = Some(journal.busy().clone());
        Self { core, subject, journal, transport, begun: Instant::now() }
    }

    /// Tears down all states except the accounts, and returns the summary.
    ///
    /// The accounts stay until the trial was repeated, because a server that mixes up tenants may show those of an earlier trial.
    pub async fn finish(&self) -> TrialSummary {
        self.tear_down_conditions().await;
        self.member.iter().for_each(Member::leave);
        self.evidence.take_summary()
    }

    /// Tears down all states except the accounts.
    pub(in crate::checks) async fn tear_down_conditions(&self) {
        let conditions = self.with_progress(|progress| {
            let states = std::mem::take(&mut progress.states);
            let (accounts, conditions) = states.into_iter().partition(ActiveState::is_account);
            progress.states = accounts;
            conditions
        });
        self.tear_down(conditions).await;
    }

    /// Closes the accounts that were opened.
    pub async fn close(&self) {
        let accounts = self.with_progress(|progress| std::mem::take(&mut progress.states));
        // Accounts are independent of each other.
        join_all(accounts.iter().map(|account| self.subject.states.teardown(account))).await;
    }

    async fn tear_down(&self, states: Vec<ActiveState>) {
        for state in states.iter().rev() {
            // A state that cannot be torn down shows in the following checks; this one has ended.
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

pub(crate) use requests::with_credential;

/// A response in a few words: the status, and the start of the body as a [quotation](quote).
#[must_use]
pub fn describe(response: &Response) -> String {
    let Response { status, body, .. } = response;
    if body.is_empty() { format!("status {status}") } else { format!("status {status}: {}", quote(body)) }
}
