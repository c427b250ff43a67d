//! An account of the server under test, with its expectations.

use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, MutexGuard};

use crate::mock::StateParams;
use crate::model::{BalanceValues, Expectations};
use crate::subject::{Passed, World};
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
    expectations: Mutex<Timed>,
    world: Arc<World>,
}

/// Expectations, and the time of the world that they know of.
#[derive(Debug)]
struct Timed {
    expectations: Expectations,
    told: Passed,
}

/// The expectations of an account, up to date with the clock of the world.
#[derive(Debug)]
pub struct ExpectationsGuard<'a>(MutexGuard<'a, Timed>);

impl Deref for ExpectationsGuard<'_> {
    type Target = Expectations;

    fn deref(&self) -> &Expectations {
        &self.0.expectations
    }
}

impl DerefMut for ExpectationsGuard<'_> {
    fn deref_mut(&mut self) -> &mut Expectations {
        &mut self.0.expectations
    }
}

impl TestAccount {
    pub(super) fn new(
        key: String,
        tenant: Option<String>,
        n: u32,
        own: bool,
        expectations: Expectations,
        world: &Arc<World>,
    ) -> Self {
        let timed = Timed { expectations, told: world.now() };
        Self { key, tenant, n, own, expectations: Mutex::new(timed), world: world.clone() }
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

    /// The allowed responses, and the history that they follow from. Whichever trial has moved the clock of the server, the expectations
    /// know of it.
    pub fn expectations(&self) -> ExpectationsGuard<'_> {
        let mut timed = lock(&self.expectations);
        let now = self.world.now();
        let passed = now.since(timed.told);
        if passed.ms > 0 {
            timed.told = now;
            timed.expectations.advanced_in(passed.ms, passed.moves);
        }
        ExpectationsGuard(timed)
    }

    /// By how much the clock of the server has been moved in this run, in milliseconds.
    #[must_use]
    pub fn moved_ms(&self) -> u64 {
        self.world.now().ms
    }

    /// The balance in the store.
    #[must_use]
    pub fn true_balance(&self) -> BalanceValues {
        self.expectations().true_balance()
    }
}
