//! Runs a generated sequence on a client. After each step, the recorded requests and the reported result must be among those that
//! the model allows.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use rust_decimal::Decimal;
use tokio::time::Instant;

use super::cache_support::caches;
use super::check_result::{Concern, judge_check};
use super::failure_policy::made_up_nothing;
use super::failures::{self, FailureKind};
use super::paid_calls::{Paid, judge_paid};
use crate::checks::amounts::amounts;
use crate::checks::client_session::{Call, ClientSession};
use crate::checks::client_trial::{ClientTrial, SessionOptions};
use crate::checks::finding::{Judgement, Stop};
use crate::checks::standards::{declared, no_repeated_post};
use crate::checks::time::Passing;
use crate::contract::{CacheKind, Role};
use crate::generate::sequence::{Action, ActionSequence, Environment};
use crate::mock::{Endpoint, Provider, ProviderError, Reply, State, StateParams};
use crate::model::{BalanceValues, Observed, SessionExpectations};
use crate::subject::Function;

/// The maximum TTL where the contract states none: longer than any sequence.
const UNLIMITED_TTL: Duration = Duration::from_hours(24 * 365);

/// The ways in which a single response can fail, each with its name.
#[derive(Debug)]
pub(in crate::checks) struct FailureModes(Vec<(&'static str, Reply)>);

impl FailureModes {
    /// The failures that take no time and do not ask the client to wait.
    pub(in crate::checks) async fn of(trial: &ClientTrial<'_>) -> Result<Self, Stop> {
        let session = trial.open(trial.credits(1)).await?;
        let all = failures::all(trial, &session)?.into_iter().filter(|failure| failure.kind != FailureKind::RateLimit);
        Ok(Self(all.filter_map(failures::Failure::into_quick_reply).collect()))
    }
}

/// The accounts, amounts and actions for sequences.
pub(in crate::checks) async fn environment(
    trial: &ClientTrial<'_>,
    failure_modes: &FailureModes,
) -> Result<Environment, Stop> {
    let (contract, can) = (trial.contract, trial.subject.capabilities);
    let spend = contract.operation(Role::Spend).filter(|_| can.spend);
    let cost = spend.and_then(|operation| operation.cost.as_ref()).and_then(|cost| cost.amount);
    let moves = trial.passing() == Passing::Moved && trial.clock_moves_at_all().await?;
    Ok(Environment {
        accounts: 3,
        amounts: amounts(contract, cost),
        times_ms: if moves { times_ms(trial) } else { Vec::new() },
        failure_modes: u8::try_from(failure_modes.0.len()).unwrap_or(u8::MAX),
        concurrency: u8::try_from(trial.subject.parallel().min(4)).unwrap_or(1),
        spends: spend.is_some(),
        refreshes: false,
        invalidates: can.invalidate,
        fails: contract.failure.is_some(),
        revokes: contract.credential.is_some(),
    })
}

/// Short times, and times on both sides of every TTL of the contract.
fn times_ms(trial: &ClientTrial<'_>) -> Vec<u64> {
    let rule = trial.contract.caching.client.as_ref();
    let named = rule.into_iter().flat_map(|rule| [rule.min_ttl_ms, rule.max_ttl_ms]).flatten().filter(|ms| *ms > 0);
    let mut times = vec![1_000, 20_000];
    times.extend(named.flat_map(|ms| [ms / 2, ms.saturating_sub(2_000), ms + 2_000]));
    times.sort_unstable();
    times.dedup();
    times
}

/// Runs a sequence at an endpoint of its own.
pub(in crate::checks) async fn run(
    trial: &ClientTrial<'_>,
    failure_modes: &FailureModes,
    sequence: ActionSequence,
) -> Judgement {
    let endpoint = trial.place();
    let mut accounts = Vec::new();
    for amount in &sequence.opened {
        accounts.push(AccountState::open(trial, &endpoint, credits(trial, amount)).await?);
    }
    let mut runner =
        SequenceRunner { trial, failure_modes, endpoint, accounts, down: None, fails_next: false, at: Instant::now() };
    for step in &sequence.steps {
        runner.step(step).await?;
    }
    runner.final_checks().await
}

fn credits(trial: &ClientTrial<'_>, amount: &str) -> BalanceValues {
    trial.credits(amount.parse::<Decimal>().unwrap_or_default())
}

/// The session of one account, with what the model expects of it.
struct AccountState {
    session: ClientSession,
    expectations: SessionExpectations,
    concern: Concern,
    revoked: bool,
}

impl AccountState {
    async fn open(trial: &ClientTrial<'_>, endpoint: &Arc<Endpoint>, balance: BalanceValues) -> Result<Self, Stop> {
        let session = trial
            .open_at(balance, SessionOptions { endpoint: Some(endpoint.clone()), ..SessionOptions::default() })
            .await?;
        trial.add_step_for(&session, format!("opened with {balance}"));
        let rule = trial.contract.caching.client.as_ref();
        let ttl = rule.map(|rule| trial.ttl(rule));
        // A client that does not declare a cache need not have one.
        let declares = trial.subject.capabilities.cache && caches(trial.contract).is_ok();
        let least = ttl.filter(|_| declares).map(|ttl| ttl.least).unwrap_or_default();
        let none = rule.is_some_and(|rule| rule.kind == CacheKind::None);
        let longest = if none { Duration::ZERO } else { ttl.and_then(|ttl| ttl.longest).unwrap_or(UNLIMITED_TTL) };
        let expectations = SessionExpectations::opened(millis(least), millis(longest));
        Ok(Self { session, expectations, concern: Concern::default(), revoked: false })
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

struct SequenceRunner<'t, 'r> {
    trial: &'t ClientTrial<'r>,
    failure_modes: &'t FailureModes,
    endpoint: Arc<Endpoint>,
    accounts: Vec<AccountState>,
    /// The account whose store fails.
    down: Option<usize>,
    /// Whether the next response fails, for any account.
    fails_next: bool,
    /// The time up to which the expectations know the real time.
    at: Instant,
}

impl SequenceRunner<'_, '_> {
    async fn step(&mut self, step: &Action) -> Judgement {
        self.report_real_time();
        let accounts = self.accounts.len();
        let index_of = |account: &u8| usize::from(*account) % accounts;
        match step {
            Action::Check { account } => self.check(index_of(account)).await,
            Action::Checks { account, times } => self.check_concurrently(index_of(account), *times).await,
            Action::Spend { account } | Action::Spends { account, .. } => self.spend(index_of(account)).await,
            Action::Change { account, to } => {
                self.trial.change(&self.account(index_of(account))?.session, credits(self.trial, to));
                Ok(())
            }
            Action::Advance { ms } => self.advance(*ms).await,
            Action::Invalidate { account } => self.invalidate(index_of(account)).await,
            Action::Fail { account } => self.fail(index_of(account)),
            Action::Restore => self.restore(),
            Action::FailNext { how } => {
                self.fail_next(*how);
                Ok(())
            }
            Action::Revoke { account } => self.revoke(index_of(account)),
            // Clients have no refresh.
            Action::Refresh { .. } => Ok(()),
        }
    }

    fn account(&self, index: usize) -> Result<&AccountState, Stop> {
        self.accounts.get(index).ok_or_else(unknown_account)
    }

    fn account_mut(&mut self, index: usize) -> Result<&mut AccountState, Stop> {
        self.accounts.get_mut(index).ok_or_else(unknown_account)
    }

    /// Reports the real time since the last step, which a clock that is moved may or may not count.
    fn report_real_time(&mut self) {
        let ms = millis(self.at.elapsed()) + 1;
        self.at = Instant::now();
        self.accounts.iter_mut().for_each(|account| account.expectations.elapsed(ms));
    }

    /// The balance in the store.
    fn true_balance(&self, index: usize) -> Result<BalanceValues, Stop> {
        Ok(self.endpoint.provider().balance(self.account(index)?.session.tenant()).unwrap_or_default())
    }

    /// The response to the last request of a call.
    fn observed(&mut self, index: usize, call: &Call) -> Result<Observed, Stop> {
        let Some(last) = call.received.last() else { return Ok(Observed::Nothing) };
        self.fails_next &= !call.override_used();
        if last.overridden || self.down == Some(index) || self.account(index)?.revoked {
            return Ok(Observed::Failure);
        }
        self.true_balance(index).map(Observed::Balance)
    }

    async fn check(&mut self, index: usize) -> Judgement {
        let call = self.trial.check(&self.account(index)?.session).await?;
        let given = self.observed(index, &call)?;
        let (trial, excuse) = (self.trial, made_up_nothing(self.trial, &call));
        let account = self.account_mut(index)?;
        let violation = account.expectations.checked(given, |balance| call.reports(balance), excuse);
        judge_check(trial, &account.concern, given, &[&call], call.received.len(), violation)
    }

    /// Makes concurrent checks. Each may get the result of the first, or be served from the cache that the first has filled.
    async fn check_concurrently(&mut self, index: usize, times: u8) -> Judgement {
        let permits = self.trial.subject.try_acquire(u32::from(times) - 1);
        if self.fails_next || permits.is_none() {
            return self.check(index).await;
        }
        let trial = self.trial;
        let before = trial.recorder.count();
        let session = &self.account(index)?.session;
        let calls = join_all((0..times).map(|_| trial.check(session))).await;
        let calls = calls.into_iter().collect::<Result<Vec<_>, _>>()?;
        let requests = trial.recorder.count() - before;
        let given = match requests {
            0 => Observed::Nothing,
            _ if self.down == Some(index) || self.account(index)?.revoked => Observed::Failure,
            _ => Observed::Balance(self.true_balance(index)?),
        };
        let single_flight = trial.subject.capabilities.single_flight;
        let account = self.account_mut(index)?;
        let earlier = account.expectations.clone();
        if given != Observed::Nothing && !earlier.must_keep() {
            // Whatever the first check reports, this response has arrived.
            let _ = account.expectations.checked(given, |_| true, true);
        }
        let must_cache = matches!(given, Observed::Balance(_)) && account.expectations.must_keep();
        if single_flight && must_cache {
            let shown: Vec<&Call> = calls.iter().collect();
            trial.judge(&declared("single_flight"), Role::Balance, &shown, requests <= 1, || {
                format!("{times} checks at the same time: expected at most one request, found {requests}")
            })?;
        }
        for call in &calls {
            let excuse = made_up_nothing(trial, call);
            let reports = |balance: &BalanceValues| call.reports(balance);
            let first = earlier.clone().checked(given, reports, excuse);
            let violation = first.or_else(|violation| {
                account.expectations.clone().checked(Observed::Nothing, reports, excuse).map_err(|_| violation)
            });
            judge_check(trial, &account.concern, given, &[call], requests.min(1), violation)?;
        }
        Ok(())
    }

    async fn spend(&mut self, index: usize) -> Judgement {
        let before = self.true_balance(index)?;
        let call = self.trial.spend(&self.account(index)?.session).await?;
        let overridden = call.override_used();
        self.fails_next &= !overridden;
        let operation = self.trial.operation(Role::Spend)?;
        let sent =
            call.received.iter().filter(|received_request| received_request.request.method == operation.method).count();
        self.trial.judge(&no_repeated_post(), Role::Spend, &[&call], sent <= 1, || {
            format!("expected the paid call to be sent once, found {sent} times")
        })?;
        // A client may check before it pays, and cache what it learns.
        let checked = self.trial.operation(Role::Balance).is_ok_and(|balance| {
            let mut requests = call.received.iter().map(|received_request| &received_request.request);
            requests.any(|request| request.method == balance.method && balance.matches(path_of(&request.target)))
        });
        let after = self.true_balance(index)?;
        let failed = overridden || self.down == Some(index) || self.account(index)?.revoked;
        if !failed {
            judge_paid(self.trial, &Paid { call: &call, before }, sent)?;
        }
        let drops = self.trial.contract.caching.client.as_ref().and_then(|rule| rule.invalidated_by.get(&Role::Spend));
        let account = self.account_mut(index)?;
        match drops.filter(|_| call.outcome.is_ok() && sent == 1 && !failed) {
            Some(promise) => {
                account.expectations.dropped();
                account.concern = Concern(Some(promise.clone()));
            }
            // No source states what other paid calls do to the cache.
            None => {
                if checked {
                    account.expectations.maybe_dropped(before);
                }
                account.expectations.maybe_dropped(after);
            }
        }
        Ok(())
    }

    async fn advance(&mut self, ms: u64) -> Judgement {
        let by = Duration::from_millis(ms);
        for account in &self.accounts {
            self.trial.advance(&account.session, by).await?;
        }
        // Sessions may have clocks of their own, or share one.
        let others = ms * u64::try_from(self.accounts.len() - 1).unwrap_or(0);
        for account in &mut self.accounts {
            account.expectations.advanced(ms);
            account.expectations.elapsed(others);
        }
        self.trial.add_step(format!("{} s pass", Decimal::new(i64::try_from(ms).unwrap_or(i64::MAX), 3).normalize()));
        Ok(())
    }

    async fn invalidate(&mut self, index: usize) -> Judgement {
        self.trial.call(&self.account(index)?.session, Function::Invalidate).await?;
        let account = self.account_mut(index)?;
        account.expectations.dropped();
        account.concern = Concern(Some(declared("invalidate")));
        Ok(())
    }

    fn fail(&mut self, index: usize) -> Judgement {
        if self.down.is_none() {
            self.set(index, |provider, account| provider.setup(State::BackendDown, account).map(drop))?;
            self.down = Some(index);
            self.trial.add_step_for(&self.account(index)?.session, "the store behind the balance fails".to_owned());
        }
        Ok(())
    }

    fn restore(&mut self) -> Judgement {
        let Some(index) = self.down.take() else { return Ok(()) };
        self.set(index, |provider, account| provider.teardown(State::BackendDown, account))?;
        self.trial.add_step_for(&self.account(index)?.session, "the store works again".to_owned());
        Ok(())
    }

    fn fail_next(&mut self, how: u8) {
        let Some((name, reply)) = self.failure_modes.0.get(usize::from(how)).filter(|_| !self.fails_next) else {
            return;
        };
        self.endpoint.respond_once(reply.clone());
        self.fails_next = true;
        self.trial.add_step(format!("the next response is {name}"));
    }

    fn revoke(&mut self, index: usize) -> Judgement {
        self.set(index, |provider, account| provider.setup(State::KeyRevoked, account).map(drop))?;
        let trial = self.trial;
        let account = self.account_mut(index)?;
        account.revoked = true;
        trial.add_step_for(&account.session, "the credential is revoked".to_owned());
        Ok(())
    }

    fn set(
        &self,
        index: usize,
        change: impl FnOnce(&Provider, &StateParams) -> Result<(), ProviderError>,
    ) -> Judgement {
        let done = change(self.endpoint.provider(), &self.account(index)?.session.account_params());
        done.map_err(|error| Stop::Harness(format!("the mock provider cannot be set: {error}")))
    }

    /// Restores the store and checks every account once more.
    async fn final_checks(&mut self) -> Judgement {
        self.restore()?;
        self.endpoint.reset();
        self.fails_next = false;
        self.report_real_time();
        for index in 0..self.accounts.len() {
            self.check(index).await?;
        }
        Ok(())
    }
}

fn path_of(target: &str) -> &str {
    target.split('?').next().unwrap_or_default()
}

fn unknown_account() -> Stop {
    Stop::Harness("the sequence has no account with this number".to_owned())
}
