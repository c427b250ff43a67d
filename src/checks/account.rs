//! An account that a trial works with, and what is known of it.

use std::sync::{Mutex, MutexGuard};

use crate::mock::StateParams;
use crate::model::{BalanceValues, Expectations};
use crate::sync::lock;

/// An account of the server under test.
#[derive(Debug)]
pub struct TestAccount {
    /// Its credential; empty where the contract asks for none.
    pub key: String,
    /// Its tenant, as the handler calls it.
    pub tenant: Option<String>,
    /// Its number in the trial, from 1: what stories and secrets call it by.
    pub n: u32,
    /// Whether it was opened for this trial alone, so that its balance is known.
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

    /// What may be answered, and why.
    pub fn expectations(&self) -> MutexGuard<'_, Expectations> {
        lock(&self.expectations)
    }

    /// The balance as it must be in the store.
    #[must_use]
    pub fn true_balance(&self) -> BalanceValues {
        self.expectations().true_balance()
    }
}
