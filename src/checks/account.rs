//! An account of the server under test, with its expectations.

use std::sync::{Mutex, MutexGuard};

use crate::mock::StateParams;
use crate::model::{BalanceValues, Expectations};
use crate::sync::lock;

/// An account of the server under test.
#[derive(Debug)]
pub struct TestAccount {
    /// The credential; empty if the contract requires none.
    pub key: String,
    /// The tenant, as the state handler names it.
    pub tenant: Option<String>,
    /// The number in the trial, from 1, in steps and in names of redacted secrets.
    pub n: u32,
    /// Whether it was opened for this trial, so that its balance is known.
    pub own: bool,
    expectations: Mutex<Expectations>,
}

impl TestAccount {
    pub(super) fn new(key: String, tenant: Option<String>, n: u32, own: bool, expectations: Expectations) -> Self {
        Self { key, tenant, n, own, expectations: Mutex::new(expectations) }
    }

    /// Names this account in the parameters of a state.
    pub fn name_in(&self, params: &mut StateParams) {
        if !self.key.is_empty() {
            params.key = Some(self.key.clone());
        }
        if let Some(tenant) = &self.tenant {
            params.tenant = Some(tenant.clone());
        }
    }

    /// The allowed responses, and the history that they follow from.
    pub fn expectations(&self) -> MutexGuard<'_, Expectations> {
        lock(&self.expectations)
    }

    /// The balance in the store.
    #[must_use]
    pub fn true_balance(&self) -> BalanceValues {
        self.expectations().true_balance()
    }
}
