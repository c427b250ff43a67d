//! The core that trials of servers and trials of clients share.

use std::sync::Arc;

use rust_decimal::Decimal;

use super::evidence::Evidence;
use super::finding::{Judgement, Stop};
use super::property::PropertyRunner;
use super::settings::TrialSettings;
use crate::contract::{Contract, Operation, Promise, Role};
use crate::exchange::Redactor;
use crate::model::{BalanceValues, can_show};

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
}

impl<'r> TrialCore<'r> {
    pub(super) fn new(contract: &'r Arc<Contract>, settings: &TrialSettings, redactor: Redactor) -> Self {
        Self { contract, settings: settings.clone(), evidence: Evidence::default(), redactor }
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

    /// The runner of the generated cases of a check.
    pub(super) fn cases(&self, id: &'static str) -> PropertyRunner<'_> {
        PropertyRunner::new(id, &self.evidence, &self.settings)
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
