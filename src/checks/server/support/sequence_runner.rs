//! Runs a generated sequence of actions against a server, and judges each response by what the model allows.

use std::collections::HashSet;
use std::sync::Mutex;

use futures_util::future::join_all;
use rust_decimal::Decimal;
use tokio::sync::RwLock;

use super::balance_reads::is_rate_limited;
use super::payments::pay;
use super::refusal::{judge_condition, judge_refused, send_without_valid_key};
use super::sequence_environment::sleep_for;
use super::spend_oracle::{BalanceBefore, judge_concurrent_payments, judge_payment};
use super::stops::{optional, rate_limited};
use crate::checks::account::TestAccount;
use crate::checks::finding::{Judgement, Stop};
use crate::checks::server_trial::{BalanceRead, ServerTrial};
use crate::contract::{CacheKind, Condition, Promise, Role};
use crate::generate::sequence::{Action, ActionSequence};
use crate::mock::{State, StateParams};
use crate::model::BalanceValues;
use crate::subject::{ActiveState, Sleep};
use crate::sync::lock;

/// What all sequences of a check share.
#[derive(Debug, Default)]
pub(in crate::checks) struct SharedWorld {
    /// States that the server cannot be put into. Actions that need one are skipped.
    unsupported: Mutex<HashSet<State>>,
    /// Held for writing by a sequence that makes the store of all accounts fail, and for reading by the others.
    store: RwLock<()>,
}

impl SharedWorld {
    fn contains(&self, state: State) -> bool {
        lock(&self.unsupported).contains(&state)
    }

    /// The result of setting a state; `None` if the server does not support it, which is then remembered.
    fn record<T>(&self, state: State, result: Result<T, Stop>) -> Result<Option<T>, Stop> {
        let value = optional(result)?;
        if value.is_none() {
            lock(&self.unsupported).insert(state);
        }
        Ok(value)
    }
}

/// Runs a sequence on accounts of its own, and removes the states that it set.
pub(in crate::checks) async fn run(
    trial: &ServerTrial<'_>,
    world: &SharedWorld,
    sequence: ActionSequence,
) -> Judgement {
    let fails_for_all =
        !trial.subject.fails_per_tenant() && sequence.steps.iter().any(|action| matches!(action, Action::Fail { .. }));
    if fails_for_all {
        // All others begin before the first of these.
        tokio::task::yield_now().await;
    }
    // The clock of the server must not wait for one that waits here.
    let waiting = trial.pause();
    let (_alone, _together) =
        if fails_for_all { (Some(world.store.write().await), None) } else { (None, Some(world.store.read().await)) };
    drop(waiting);
    trial.subject.world().still().await;
    let balances: Vec<BalanceValues> = sequence.opened.iter().map(|amount| credits(trial, amount)).collect();
    let mut accounts = Vec::new();
    for account in trial.accounts(&balances).await {
        let account = account.map_err(|stop| match stop {
            // A server need not support every amount; other sequences use others.
            Stop::CouldNotRun(why) => Stop::Inconclusive(why),
            stop => stop,
        })?;
        accounts.push(AccountState::new(trial, account)?);
    }
    let mut runner = SequenceRunner { trial, world, accounts, outage: None };
    let mut judgement = Ok(());
    for action in &sequence.steps {
        judgement = runner.run_action(action).await;
        if judgement.is_err() {
            break;
        }
    }
    if judgement.is_ok() {
        judgement = runner.final_checks().await;
    }
    trial.tear_down_conditions().await;
    judgement
}

fn credits(trial: &ServerTrial<'_>, amount: &str) -> BalanceValues {
    trial.credits(amount.parse::<Decimal>().unwrap_or_default())
}

/// An account of the sequence.
struct AccountState {
    account: TestAccount,
    revoked: bool,
    /// The promise that covers the last event of the account. The next read is judged by it.
    promise: Promise,
}

impl AccountState {
    fn new(trial: &ServerTrial<'_>, account: TestAccount) -> Result<Self, Stop> {
        Ok(Self { account, revoked: false, promise: trial.balance_operation()?.promise.clone() })
    }
}

struct SequenceRunner<'t, 'r> {
    trial: &'t ServerTrial<'r>,
    world: &'t SharedWorld,
    accounts: Vec<AccountState>,
    /// The current outage, with the index of its account.
    outage: Option<(usize, ActiveState)>,
}

impl SequenceRunner<'_, '_> {
    async fn run_action(&mut self, action: &Action) -> Judgement {
        let count = self.accounts.len();
        let index = |account: &u8| usize::from(*account) % count;
        match action {
            Action::Check { account } => self.check(index(account), 1).await,
            Action::Checks { account, times } => self.check(index(account), usize::from(*times)).await,
            Action::Spend { account } => self.spend(index(account)).await,
            Action::Spends { account, times } => self.spend_concurrently(index(account), *times).await,
            Action::Change { account, to } => self.change(index(account), to).await,
            Action::Advance { ms } => self.advance(sleep_for(self.trial, *ms)).await,
            Action::Refresh { account } => self.refresh(index(account)).await,
            Action::Fail { account } => self.fail_store(index(account)).await,
            Action::Restore => self.restore_store().await,
            Action::Revoke { account } => self.revoke(index(account)).await,
            // Client caches and the delivery of responses are not part of a server.
            Action::Invalidate { .. } | Action::FailNext { .. } => Ok(()),
        }
    }

    fn state(&self, index: usize) -> Result<&AccountState, Stop> {
        self.accounts.get(index).ok_or_else(|| Stop::Harness(format!("the sequence has no account {index}")))
    }

    fn set_promise(&mut self, index: usize, promise: Option<Promise>) {
        if let (Some(state), Some(promise)) = (self.accounts.get_mut(index), promise) {
            state.promise = promise;
        }
    }

    fn is_down(&self, index: usize) -> bool {
        self.outage.as_ref().is_some_and(|(down, _)| *down == index)
    }

    /// Reads the balance `times` times concurrently.
    async fn check(&self, index: usize, times: usize) -> Judgement {
        let state = self.state(index)?;
        if state.revoked {
            return self.check_refused(state, Role::Balance).await;
        }
        if times == 1 {
            return self.check_once(index).await;
        }
        self.trial.add_step_for(&state.account, format!("{times} checks at the same time"));
        // Concurrent requests use separate connections without an option.
        for reading in join_all((0..times).map(|_| self.trial.check(&state.account))).await {
            self.judge_read(index, &reading?)?;
        }
        Ok(())
    }

    /// Reads the balance once. Where an old balance is shown and the contract does not describe the cache, the clock is
    /// moved until no cached response may be left, and the balance is read again.
    async fn check_once(&self, index: usize) -> Judgement {
        let account = &self.state(index)?.account;
        let reading = self.trial.check(account).await?;
        self.judge_read(index, &reading)?;
        let must_cache = self.trial.contract.caching.server.as_ref().is_some_and(|rule| rule.kind == CacheKind::Cached);
        let is_current = matches!(&reading.balance, Ok(balance) if account.expectations().stored().permits(balance));
        if must_cache || is_current || self.is_down(index) || self.world.contains(State::Clock) {
            return Ok(());
        }
        let settling_ms = account.expectations().settling_ms();
        self.advance(Sleep::AtLeast(settling_ms, 2 * settling_ms)).await?;
        let reading = self.trial.check(account).await?;
        self.judge_read(index, &reading)
    }

    fn judge_read(&self, index: usize, reading: &BalanceRead) -> Judgement {
        let state = self.state(index)?;
        let operation = self.trial.balance_operation()?;
        if is_rate_limited(self.trial, reading) {
            return Err(rate_limited());
        }
        let failed = matches!(&reading.exchange.result, Ok(response) if operation.documents_failure(response));
        if failed && self.outage.is_some() && !self.is_down(index) {
            // A state handler may make the store fail for all accounts instead of one.
            let mut expectations = state.account.expectations();
            expectations.set_down(true);
            expectations.failed();
            expectations.set_down(false);
            return Ok(());
        }
        let is_current = |balance: &BalanceValues| state.account.expectations().stored().permits(balance);
        if self.is_down(index) && reading.balance.as_ref().is_ok_and(is_current) {
            return Err(Stop::Inconclusive("the state `backend.down` was set but has no visible effect".to_owned()));
        }
        let contract = self.trial.contract;
        let cache =
            contract.caching.server.as_ref().filter(|_| reading.allowed.must_be_cached).map(|rule| &rule.promise);
        let policy = contract.failure.as_ref().filter(|_| self.is_down(index) || failed);
        let failure = policy.and_then(|policy| policy.server.as_ref());
        self.trial.judge_balance_read(cache.or(failure).unwrap_or(&state.promise), reading)
    }

    /// Judges that a call with the revoked credential is refused.
    async fn check_refused(&self, state: &AccountState, role: Role) -> Judgement {
        let operation = self.trial.operation(role)?;
        let exchange = send_without_valid_key(self.trial, self.trial.request(operation, &state.account)).await?;
        self.trial.add_step_for(&state.account, "a call with the revoked credential".to_owned());
        if matches!(&exchange.result, Ok(response) if response.status == 429) {
            return Err(rate_limited());
        }
        judge_refused(self.trial, operation, &exchange, "with a revoked credential").await?;
        judge_condition(self.trial, operation, &exchange, Condition::CredentialRevoked).map(drop)
    }

    async fn spend(&mut self, index: usize) -> Judgement {
        let state = self.state(index)?;
        if state.revoked {
            return self.check_refused(state, Role::Spend).await;
        }
        let before = BalanceBefore::of(self.trial, &state.account);
        let payment = pay(self.trial, &state.account).await?;
        judge_payment(self.trial, &before, self.outage.is_some(), &payment)?;
        self.set_cost_promise(index);
        Ok(())
    }

    async fn spend_concurrently(&mut self, index: usize, times: u8) -> Judgement {
        let state = self.state(index)?;
        if state.revoked {
            return Ok(());
        }
        let before = BalanceBefore::of(self.trial, &state.account);
        self.trial.add_step_for(&state.account, format!("{times} paid calls at the same time"));
        let payments = join_all((0..times).map(|_| pay(self.trial, &state.account))).await;
        let payments = payments.into_iter().collect::<Result<Vec<_>, Stop>>()?;
        judge_concurrent_payments(self.trial, &before, self.outage.is_some(), &payments)?;
        self.set_cost_promise(index);
        Ok(())
    }

    fn set_cost_promise(&mut self, index: usize) {
        let spend = self.trial.contract.operation(Role::Spend);
        let cost = spend.and_then(|operation| operation.cost.as_ref());
        self.set_promise(index, cost.map(|cost| cost.promise.clone()));
    }

    async fn change(&mut self, index: usize, to: &str) -> Judgement {
        // A state handler that sets a balance may need the store that fails.
        if self.outage.is_some() {
            return Ok(());
        }
        let (trial, state) = (self.trial, self.state(index)?);
        // A server need not support every amount.
        if optional(trial.change(&state.account, credits(trial, to)).await)?.is_some() {
            self.set_promise(index, Some(trial.balance_operation()?.promise.clone()));
        }
        Ok(())
    }

    async fn advance(&self, sleep: Sleep) -> Judgement {
        if self.world.contains(State::Clock) {
            return Ok(());
        }
        let accounts: Vec<&TestAccount> = self.accounts.iter().map(|state| &state.account).collect();
        self.world.record(State::Clock, self.trial.pass(&accounts, sleep).await).map(drop)
    }

    async fn refresh(&mut self, index: usize) -> Judgement {
        let state = self.state(index)?;
        if state.revoked {
            return Ok(());
        }
        match self.trial.refresh(&state.account).await {
            Ok(_) => {
                let rule = self.trial.contract.caching.server.as_ref();
                let promise = rule.and_then(|rule| rule.invalidated_by.get(&Role::Refresh)).cloned();
                self.set_promise(index, promise);
                Ok(())
            }
            // Another check judges whether a refresh must succeed.
            Err(Stop::Inconclusive(_)) => {
                state.account.expectations().tried();
                self.trial.add_step_for(&state.account, "refresh: refused".to_owned());
                Ok(())
            }
            Err(stop) => Err(stop),
        }
    }

    async fn fail_store(&mut self, index: usize) -> Judgement {
        if self.outage.is_some() || self.world.contains(State::BackendDown) {
            return Ok(());
        }
        let failed = self.trial.fail_backend(&self.state(index)?.account).await;
        self.outage = self.world.record(State::BackendDown, failed)?.map(|active| (index, active));
        Ok(())
    }

    async fn restore_store(&mut self) -> Judgement {
        let Some((index, active)) = self.outage.take() else { return Ok(()) };
        self.trial.restore_backend(&self.state(index)?.account, &active).await?;
        self.set_promise(index, self.trial.contract.failure.as_ref().and_then(|policy| policy.server.clone()));
        Ok(())
    }

    async fn revoke(&mut self, index: usize) -> Judgement {
        // A state handler that revokes a credential may need the store that fails.
        if self.world.contains(State::KeyRevoked) || self.outage.is_some() {
            return Ok(());
        }
        let account = &self.state(index)?.account;
        let mut params = StateParams::default();
        account.name_in(&mut params);
        let revoked = self.world.record(State::KeyRevoked, self.trial.setup(State::KeyRevoked, params).await)?;
        if let (Some(_), Some(state)) = (revoked, self.accounts.get_mut(index)) {
            state.revoked = true;
            self.trial.add_step_for(&state.account, "the credential is revoked".to_owned());
        }
        Ok(())
    }

    /// Restores the store, moves the clock until no cached response may be left, and judges that every account shows its
    /// true balance.
    async fn final_checks(&mut self) -> Judgement {
        self.restore_store().await?;
        let settling_ms = self.accounts.iter().map(|state| state.account.expectations().settling_ms()).max();
        if let Some(ms) = settling_ms.filter(|ms| *ms > 0) {
            self.advance(Sleep::AtLeast(ms, 2 * ms)).await?;
        }
        let moved = !self.world.contains(State::Clock);
        for index in 0..self.accounts.len() {
            if self.state(index)?.revoked {
                continue;
            }
            // Where time has passed, nothing cached is left.
            if !moved && self.trial.contract.operation(Role::Refresh).is_some() {
                self.refresh(index).await?;
            }
            self.check(index, 1).await?;
        }
        Ok(())
    }
}
