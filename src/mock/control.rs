//! Control of a provider from outside its API: accounts, balances, credentials, outages, the rate limit and the clock.

use std::time::Duration;

use rust_decimal::Decimal;

use super::provider::{Provider, ProviderError, ProviderState};
use super::state::State;
use super::state_params::{AccountNames, JobOutcome, StateParams};
use crate::contract::{Role, Tenant};
use crate::hash::sha256;
use crate::model::{BalanceValues, CredentialState};

impl Provider {
    /// Opens an account with a generated name, and returns its names.
    ///
    /// Amounts that `balance` lacks are those of [`Provider::example_balance`].
    ///
    /// ```
    /// use std::sync::Arc;
    /// use ringtrue::{Contract, mock::{BalanceValues, Provider}};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let contract = Arc::new(Contract::load(&ringtrue::bundled_contracts()[0])?);
    /// let provider = Provider::new(contract);
    /// let account = provider.create_account(BalanceValues { remaining: Some(5.into()), ..BalanceValues::default() });
    /// assert!(account.key.is_some() || account.tenant.is_some());
    /// # Ok(()) }
    /// ```
    pub fn create_account(&self, balance: BalanceValues) -> AccountNames {
        let balance = merged(self.example_balance(), balance);
        let mut state = self.lock();
        state.opened += 1;
        let digest = sha256(format!("{} account {}", self.contract.name, state.opened).as_bytes());
        let hex: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        let short = format!("t{}{}", state.opened, hex.get(..6).unwrap_or_default());
        match &self.contract.tenant {
            Tenant::Query { form, .. } => {
                let tenant = form.replace("{tenant}", &short);
                state.open(&tenant, &tenant, balance);
                AccountNames { key: None, tenant: Some(tenant) }
            }
            Tenant::Credential => {
                let prefix = self.contract.credential.as_ref().map_or("", |credential| credential.prefix.as_str());
                // Letters in both cases, so that a credential in another case is another credential.
                let key = format!("{prefix}Rt{}{hex}", state.opened);
                state.open(&key, &short, balance);
                AccountNames { key: Some(key), tenant: Some(short) }
            }
        }
    }

    /// Opens an account with the given credential and tenant, or replaces it.
    ///
    /// Where the contract identifies accounts by the tenant alone, `key` is ignored.
    pub fn open_account(&self, key: &str, tenant: &str, balance: BalanceValues) {
        let name = if self.contract.tenant == Tenant::Credential { key } else { tenant };
        self.lock().open(name, tenant, balance);
    }

    /// Closes an account. Its credential is unknown afterwards.
    ///
    /// # Errors
    /// If no account has this credential or tenant.
    pub fn close_account(&self, account: &str) -> Result<(), ProviderError> {
        let mut state = self.lock();
        let tenant = state.tenant_of(account)?;
        state.close(&tenant);
        Ok(())
    }

    /// Changes the balance of an account in the store. Cached responses stay as they are.
    ///
    /// `account` is a credential or a tenant. Amounts that `balance` lacks stay as they are; `allowed` then follows from
    /// `remaining`.
    ///
    /// # Errors
    /// If no account has this credential or tenant.
    pub fn set_balance(&self, account: &str, balance: BalanceValues) -> Result<(), ProviderError> {
        let mut state = self.lock();
        let tenant = state.tenant_of(account)?;
        let current = state.model.balance(&tenant).unwrap_or_default();
        state.model.set_balance(&tenant, merged(current, balance));
        Ok(())
    }

    /// Sets the amount that the operation shows which limits the balance too.
    ///
    /// # Errors
    /// If no account has this credential or tenant.
    pub(crate) fn set_cap(&self, account: &str, amount: rust_decimal::Decimal) -> Result<(), ProviderError> {
        let mut state = self.lock();
        let tenant = state.tenant_of(account)?;
        state.model.set_cap(&tenant, amount);
        Ok(())
    }

    /// Revokes the credential of an account, lets it expire, or makes it valid again.
    ///
    /// # Errors
    /// If no account has this credential or tenant.
    pub fn set_credential(&self, account: &str, credential: CredentialState) -> Result<(), ProviderError> {
        let mut state = self.lock();
        let tenant = state.tenant_of(account)?;
        state.model.set_credential(&tenant, credential);
        Ok(())
    }

    /// Makes the store behind the balance fail or work again, for one account or (`None`) for all.
    ///
    /// # Errors
    /// If no account has this credential or tenant.
    pub fn set_backend_down(&self, account: Option<&str>, down: bool) -> Result<(), ProviderError> {
        let mut state = self.lock();
        let tenant = account.map(|account| state.tenant_of(account)).transpose()?;
        state.model.set_down(tenant.as_deref(), down);
        Ok(())
    }

    /// Puts one account or (`None`) all accounts over the rate limit, with this `Retry-After` in seconds; `None` ends it.
    ///
    /// # Errors
    /// If no account has this credential or tenant.
    pub fn set_rate_limit(&self, account: Option<&str>, retry_after_s: Option<u64>) -> Result<(), ProviderError> {
        let mut state = self.lock();
        let tenant = account.map(|account| state.tenant_of(account)).transpose()?;
        state.model.set_limited(tenant.as_deref(), retry_after_s);
        Ok(())
    }

    /// Brings the jobs to an end that paid calls of an account have started. Jobs that fail cost nothing.
    ///
    /// # Errors
    /// If no account has this credential or tenant.
    pub fn settle_jobs(&self, account: &str, outcome: JobOutcome) -> Result<(), ProviderError> {
        let mut state = self.lock();
        let tenant = state.tenant_of(account)?;
        state.model.settle_jobs(&tenant, outcome == JobOutcome::Succeeded);
        Ok(())
    }

    /// Moves the provider's clock forward.
    pub fn advance(&self, by: Duration) {
        self.lock().model.advance(u64::try_from(by.as_millis()).unwrap_or(u64::MAX));
    }

    /// The balance of a tenant, as it is in the store.
    #[must_use]
    pub fn balance(&self, tenant: &str) -> Option<BalanceValues> {
        self.lock().model.balance(tenant)
    }

    /// The balance of accounts that are opened without amounts: 100 credits, in the fields that the contract has.
    #[must_use]
    pub fn example_balance(&self) -> BalanceValues {
        let fields = self.contract.operation(Role::Balance).map(|operation| operation.fields.clone());
        BalanceValues::of(Decimal::from(100), &fields.unwrap_or_default())
    }

    /// Sets a state up, and returns the names of the account that [`State::Account`] opened.
    ///
    /// # Errors
    /// If the parameters name an account that does not exist, or lack one that the state needs.
    pub fn setup(&self, state: State, params: &StateParams) -> Result<Option<AccountNames>, ProviderError> {
        match state {
            State::Account => return Ok(Some(self.create_account(params.balance))),
            State::Balance => self.set_balance(&self.required_account(params)?, params.balance)?,
            State::KeyRevoked => self.set_credential(&self.required_account(params)?, CredentialState::Revoked)?,
            State::KeyExpired => self.set_credential(&self.required_account(params)?, CredentialState::Expired)?,
            State::BackendDown => self.set_backend_down(self.account(params)?.as_deref(), true)?,
            State::RateLimited => {
                let retry_after_s = params.retry_after_s.unwrap_or(1);
                self.set_rate_limit(self.account(params)?.as_deref(), Some(retry_after_s))?;
            }
            State::Clock => {
                let ms = params.advance_ms.ok_or(ProviderError::MissingAdvance)?;
                self.advance(Duration::from_millis(ms));
            }
            State::JobsSettled => {
                let outcome = params.outcome.unwrap_or(JobOutcome::Succeeded);
                self.settle_jobs(&self.required_account(params)?, outcome)?;
            }
        }
        Ok(None)
    }

    /// Tears a state down. Balances and the clock stay as they are, as they have no former state to return to.
    ///
    /// # Errors
    /// If the parameters name an account that does not exist, or lack one that the state needs.
    pub fn teardown(&self, state: State, params: &StateParams) -> Result<(), ProviderError> {
        match state {
            State::Account => match self.account(params) {
                Ok(Some(tenant)) => self.close_account(&tenant),
                // An account that does not exist any more needs no teardown.
                Ok(None) | Err(_) => Ok(()),
            },
            State::Balance | State::Clock | State::JobsSettled => Ok(()),
            State::KeyRevoked | State::KeyExpired => {
                self.set_credential(&self.required_account(params)?, CredentialState::Valid)
            }
            State::BackendDown => self.set_backend_down(self.account(params)?.as_deref(), false),
            State::RateLimited => self.set_rate_limit(self.account(params)?.as_deref(), None),
        }
    }

    /// The tenant that the parameters name, by a credential or directly; `None` if they name no account.
    fn account(&self, params: &StateParams) -> Result<Option<String>, ProviderError> {
        let state = self.lock();
        if let Some(tenant) = params.key.as_ref().and_then(|key| state.keys.get(key)) {
            return Ok(Some(tenant.clone()));
        }
        match &params.tenant {
            Some(tenant) if state.model.knows(tenant) => Ok(Some(tenant.clone())),
            None if params.key.is_none() => Ok(None),
            _ => Err(ProviderError::UnknownAccount),
        }
    }

    fn required_account(&self, params: &StateParams) -> Result<String, ProviderError> {
        self.account(params)?.ok_or(ProviderError::MissingAccount)
    }
}

impl ProviderState {
    /// Opens an account that `name`, a credential or the value of the tenant parameter, identifies.
    pub(super) fn open(&mut self, name: &str, tenant: &str, balance: BalanceValues) {
        self.model.open(tenant, balance);
        self.keys.insert(name.to_owned(), tenant.to_owned());
    }

    fn close(&mut self, tenant: &str) {
        self.model.close(tenant);
        self.keys.retain(|_, have| *have != tenant);
    }

    /// The tenant with this name, or with this credential.
    fn tenant_of(&self, account: &str) -> Result<String, ProviderError> {
        if self.model.knows(account) {
            return Ok(account.to_owned());
        }
        self.keys.get(account).cloned().ok_or(ProviderError::UnknownAccount)
    }
}

/// The current balance with the given amounts in place of its own. Fields that the contract does not have stay absent.
pub(super) fn merged(current: BalanceValues, given: BalanceValues) -> BalanceValues {
    let allowed = given.allowed.or_else(|| given.remaining.map(|left| left > Decimal::ZERO));
    BalanceValues {
        remaining: current.remaining.and(given.remaining.or(current.remaining)),
        total: current.total.and(given.total.or(current.total)),
        allowed: current.allowed.and(allowed.or(current.allowed)),
    }
}
