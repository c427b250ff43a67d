//! The core that trials of servers and trials of clients share.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use rust_decimal::Decimal;
use tokio::time::Instant;

use super::case_scope::CaseScope;
use super::evidence::Evidence;
use super::finding::{Judgement, Stop};
use super::progress::Progress;
use super::settings::TrialSettings;
use crate::contract::{Contract, Operation, Promise, Role};
use crate::exchange::{BusyClock, Redactor};
use crate::model::{BalanceValues, can_show};
use crate::subject::Member;
use crate::sync::lock;

/// What was used of the total of an account before it was opened, in credits.
const USED: Decimal = Decimal::from_parts(25, 0, 0, false, 0);
/// Amounts from here on are about the size of numbers, and stay alone.
const LARGE: Decimal = Decimal::from_parts(1_000_000, 0, 0, false, 0);

/// One run of one check: the contract, the settings, and the evidence gathered so far.
#[derive(Debug)]
pub struct TrialCore<'r> {
    /// The contract.
    pub contract: &'r Arc<Contract>,
    /// Seed, numbers of cases and limits.
    pub settings: TrialSettings,
    pub(super) evidence: Evidence,
    pub(super) redactor: Redactor,
    /// What the trial has set up. Generated cases have progress of their own, until they have ended.
    pub(super) progress: Mutex<Progress>,
    /// The place in the world of the server; a client has no such world.
    pub(super) member: Option<Member>,
    /// Measures the time of the subject; without it, all time counts.
    pub(super) busy: Option<Arc<BusyClock>>,
    begun: Instant,
}

impl<'r> TrialCore<'r> {
    pub(super) fn new(contract: &'r Arc<Contract>, settings: &TrialSettings, redactor: Redactor) -> Self {
        Self {
            contract,
            settings: settings.clone(),
            evidence: Evidence::default(),
            redactor,
            progress: Mutex::default(),
            member: None,
            busy: None,
            begun: Instant::now(),
        }
    }

    /// How much time the subject has taken for this trial so far.
    pub(super) fn busy(&self) -> Duration {
        self.busy.as_ref().map_or_else(|| self.begun.elapsed(), |busy| busy.total())
    }

    /// Changes the progress of the generated case that is judged here, or else that of the trial.
    pub(super) fn with_progress<T>(&self, change: impl FnOnce(&mut Progress) -> T) -> T {
        match CaseScope::current() {
            Some(case) => change(&mut case.progress()),
            None => change(&mut lock(&self.progress)),
        }
    }

    /// Takes over what a generated case has set up.
    pub(super) fn absorb_progress(&self, case: &CaseScope) {
        lock(&self.progress).absorb(std::mem::take(&mut case.progress()));
    }

    /// The operation with this role.
    ///
    /// # Errors
    /// `NotApplicable` if the contract has none.
    pub fn operation(&self, role: Role) -> Result<&'r Arc<Operation>, Stop> {
        let missing = || Stop::NotApplicable(format!("the contract names no {role:?} operation").to_lowercase());
        self.contract.operation(role).ok_or_else(missing)
    }

    /// A balance with this remaining amount, in the roles that the contract has.
    #[must_use]
    pub fn credits(&self, remaining: impl Into<Decimal>) -> BalanceValues {
        let fields = self.contract.operation(Role::Balance).map(|operation| operation.fields.clone());
        let unused = BalanceValues::of(remaining.into(), &fields.unwrap_or_default());
        self.partly_used(unused).unwrap_or(unused)
    }

    /// The same balance after something was used of a larger total, where the contract has a total and can show it.
    fn partly_used(&self, unused: BalanceValues) -> Option<BalanceValues> {
        let total =
            unused.total.filter(|total| unused.remaining.is_some() && total.abs() < LARGE)?.checked_add(USED)?;
        let used = BalanceValues { total: Some(total), ..unused };
        can_show(self.contract, &used).then_some(used)
    }

    /// Adds a step that is about the whole trial.
    pub fn add_step(&self, step: String) {
        self.evidence.add_step(None, step);
    }

    /// Judges a promise by the exchanges with these numbers.
    pub(super) fn judge_exchanges(
        &self,
        promise: &Promise,
        operation: Option<&Operation>,
        numbers: Vec<u64>,
        holds: bool,
        reason: impl FnOnce() -> String,
    ) -> Judgement {
        self.evidence.judge(&self.redactor, promise, operation, numbers, holds, reason)
    }
}
