//! Accounts and states of the server.

use futures_util::future::join_all;

use super::ServerTrial;
use crate::checks::account::TestAccount;
use crate::checks::finding::Stop;
use crate::checks::stub;
use crate::contract::Tenant;
use crate::mock::{AccountNames, State, StateParams};
use crate::model::{BalanceValues, Expectations};
use crate::subject::{ActiveState, Sleep, StateError};

impl ServerTrial<'_> {
    /// Sets up a state until the end of the trial.
    ///
    /// # Errors
    /// If the state cannot be set up.
    pub async fn setup(&self, state: State, params: StateParams) -> Result<ActiveState, Stop> {
        self.setup_named(state, params).await.map(|(_, active)| active)
    }

    async fn setup_named(&self, state: State, params: StateParams) -> Result<(AccountNames, ActiveState), Stop> {
        if state == State::Clock {
            // The clock belongs to all trials.
            let ms = params.advance_ms.unwrap_or_default();
            self.sleep(Sleep::AtLeast(ms, ms)).await.map_err(|error| cannot_set(state, &error))?;
            return Ok((AccountNames::default(), ActiveState::clock(ms)));
        }
        match self.subject.states.setup(state, params).await {
            Ok((names, active)) => {
                self.with_progress(|progress| {
                    progress.set_up.insert(state);
                    progress.states.push(active.clone());
                });
                Ok((names, active))
            }
            Err(error) => Err(cannot_set(state, &error)),
        }
    }

    /// Tears down a state before the end of the trial.
    ///
    /// # Errors
    /// If the handler fails.
    pub async fn teardown(&self, active: &ActiveState) -> Result<(), Stop> {
        self.with_progress(|progress| progress.states.retain(|state| !state.is(active)));
        let gone = self.subject.states.teardown(active).await;
        gone.map_err(|error| Stop::CouldNotRun(format!("a state cannot be torn down: {error}")))
    }

    /// Opens an isolated account with this balance.
    ///
    /// # Errors
    /// If the handler cannot open an account.
    pub async fn account(&self, balance: BalanceValues) -> Result<TestAccount, Stop> {
        let (names, _) = self.setup_named(State::Account, StateParams::balance(balance)).await?;
        self.opened(names, balance)
    }

    /// Opens isolated accounts with these balances, all at once. The results are in the order of the balances.
    pub async fn accounts(&self, balances: &[BalanceValues]) -> Vec<Result<TestAccount, Stop>> {
        let opening = balances.iter().map(|balance| self.setup_named(State::Account, StateParams::balance(*balance)));
        let opened = join_all(opening).await;
        opened.into_iter().zip(balances).map(|(opened, balance)| self.opened(opened?.0, *balance)).collect()
    }

    /// The account that the handler has opened under these names.
    fn opened(&self, names: AccountNames, balance: BalanceValues) -> Result<TestAccount, Stop> {
        let tenant = names.tenant;
        let key = names.key.unwrap_or_default();
        let needs_key = self.contract.credential.is_some();
        if needs_key && key.is_empty() || !needs_key && self.contract.tenant != Tenant::Credential && tenant.is_none() {
            let missing = if needs_key { "key" } else { "tenant" };
            return Err(Stop::CouldNotRun(format!(
                "the state handler opened an account without a `{missing}` in `values`\n{}",
                stub::handler(State::Account)
            )));
        }
        let n = self.number(&key);
        let expectations = Expectations::opened(self.contract, balance);
        let account = TestAccount::new(key, tenant, n, true, expectations, self.subject.world());
        self.add_step_for(&account, format!("opened with {balance}"));
        Ok(account)
    }

    /// A valid account: a new one if there is a handler, otherwise that of `--key`.
    ///
    /// # Errors
    /// If there is neither a handler nor a key.
    pub async fn account_a(&self) -> Result<TestAccount, Stop> {
        if self.subject.states.is_present() {
            match self.account(self.credits(100)).await {
                Err(Stop::CouldNotRun(why)) if self.subject.key.is_none() => return Err(Stop::CouldNotRun(why)),
                Err(Stop::CouldNotRun(_)) => {}
                done => return done,
            }
        }
        self.given(self.subject.key.as_deref(), "--key")
    }

    /// A valid account of another tenant: a new one, or that of `--other-key`.
    ///
    /// # Errors
    /// If there is neither a handler nor another key.
    pub async fn account_b(&self) -> Result<TestAccount, Stop> {
        if self.subject.states.is_present() {
            let other = self.account(self.credits(250)).await;
            if other.is_ok() || self.subject.other_key.is_none() {
                return other;
            }
        }
        self.given(self.subject.other_key.as_deref(), "--other-key")
    }

    fn given(&self, key: Option<&str>, option: &str) -> Result<TestAccount, Stop> {
        let unknown = Expectations::opened(self.contract, BalanceValues::default());
        let new = |key: &str, tenant: Option<&str>| {
            let tenant = tenant.map(ToOwned::to_owned);
            TestAccount::new(key.to_owned(), tenant, self.number(key), false, unknown, self.subject.world())
        };
        match (key, &self.contract.credential, &self.contract.tenant) {
            (Some(key), Some(_), _) => Ok(new(key, None)),
            (Some(tenant), None, Tenant::Query { .. }) => Ok(new("", Some(tenant))),
            (_, None, Tenant::Credential) => Ok(new("", None)),
            _ => Err(Stop::CouldNotRun(format!(
                "a valid credential is needed: give {option}, or a state handler with --states"
            ))),
        }
    }

    /// The number of a new account. Its credential is redacted under a name with this number.
    fn number(&self, key: &str) -> u32 {
        let n = self.with_progress(|progress| {
            progress.accounts += 1;
            progress.accounts
        });
        let name = if n == 1 { "RINGTRUE_KEY".to_owned() } else { format!("RINGTRUE_KEY_{n}") };
        self.learn(key, &name);
        n
    }

    /// Redacts a value in all outputs.
    pub fn learn(&self, secret: &str, name: &str) {
        self.journal.redactor().learn(secret, name);
    }

    /// Changes a balance in the store, without the API.
    ///
    /// # Errors
    /// If the handler cannot change it.
    pub async fn change(&self, account: &TestAccount, balance: BalanceValues) -> Result<(), Stop> {
        let mut params = StateParams::balance(balance);
        account.name_in(&mut params);
        self.setup(State::Balance, params).await?;
        account.expectations().changed(balance);
        self.add_step_for(account, format!("the balance is changed behind the API's back: {balance}"));
        Ok(())
    }

    /// Makes the store behind this account's balance fail.
    ///
    /// # Errors
    /// If the handler cannot make it fail.
    pub async fn fail_backend(&self, account: &TestAccount) -> Result<ActiveState, Stop> {
        let params = StateParams { tenant: account.tenant.clone(), ..StateParams::default() };
        let active = self.setup(State::BackendDown, params).await?;
        account.expectations().set_down(true);
        self.add_step_for(account, "the store behind the balance fails".to_owned());
        Ok(active)
    }

    /// Restores the store.
    ///
    /// # Errors
    /// If the handler cannot restore it.
    pub async fn restore_backend(&self, account: &TestAccount, active: &ActiveState) -> Result<(), Stop> {
        self.teardown(active).await?;
        account.expectations().set_down(false);
        self.add_step_for(account, "the store works again".to_owned());
        Ok(())
    }
}

/// Why a check cannot run whose state cannot be set.
pub(super) fn cannot_set(state: State, error: &StateError) -> Stop {
    Stop::CouldNotRun(match error {
        StateError::NoHandler | StateError::Unsupported(_) => {
            format!("state `{state}` cannot be set: {error}\n{}", stub::handler(state))
        }
        StateError::Failed(_) => format!("state `{state}` cannot be set: {error}"),
    })
}
