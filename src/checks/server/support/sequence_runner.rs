//! Sequences played to a server: each step is done, and its answer judged by what the model allows.

use std::collections::HashSet;
use std::sync::Mutex;

use futures_util::future::join_all;
use rust_decimal::Decimal;

use super::balance_reads::is_limited;
use super::payments::pay;
use super::refusal::{judge_condition, judge_refused, send_bad};
use super::spend_oracle::{Before, judge_payment, judge_together};
use crate::checks::account::TestAccount;
use crate::checks::amounts::amounts;
use crate::checks::finding::{Judgement, Stop};
use crate::checks::server_trial::{BalanceRead, ServerTrial};
use crate::contract::{CacheKind, Condition, Promise, Role};
use crate::generate::sequence::{Action, ActionSequence, Environment};
use crate::mock::{State, StateParams};
use crate::model::{BalanceValues, Expectations};
use crate::subject::ActiveState;
use crate::sync::lock;

/// States that cannot be set; steps that need one are passed over.
#[derive(Debug, Default)]
pub(in crate::checks) struct Lacking(Mutex<HashSet<State>>);

impl Lacking {
    fn has(&self, state: State) -> bool {
        lock(&self.0).contains(&state)
    }

    /// What was done, or nothing if the state cannot be set, now and from now on.
    fn unless<T>(&self, state: State, done: Result<T, Stop>) -> Result<Option<T>, Stop> {
        match done {
            Ok(done) => Ok(Some(done)),
            Err(Stop::CouldNotRun(_)) => {
                lock(&self.0).insert(state);
                Ok(None)
            }
            Err(stop) => Err(stop),
        }
    }
}

/// What there is to act on.
pub(in crate::checks) fn scene(trial: &ServerTrial<'_>) -> Environment {
    let contract = trial.contract;
    let spend = contract.operation(Role::Spend).filter(|_| trial.may_spend().is_ok());
    let cost = spend.and_then(|operation| operation.cost.as_ref()).and_then(|cost| cost.amount);
    Environment {
        accounts: 3,
        // How a server holds fractions is a question of its own.
        amounts: amounts(contract, cost)
            .into_iter()
            .filter(|amount| !amount.contains('.') || cost.is_some_and(|cost| cost.scale() > 0))
            .collect(),
        times_ms: times_ms(trial),
        stumbles: 0,
        at_once: 4,
        spends: spend.is_some(),
        refreshes: contract.operation(Role::Refresh).is_some(),
        invalidates: false,
        fails: contract.failure.is_some(),
        revokes: contract.credential.is_some(),
    }
}

/// A moment, both sides of every time that the contract names, and so long that nothing may be kept any more: where it says
/// nothing of that, only then can much be told.
fn times_ms(trial: &ServerTrial<'_>) -> Vec<u64> {
    let rule = trial.contract.caching.server.as_ref();
    let named = rule.into_iter().flat_map(|rule| [rule.min_ttl_ms, rule.max_ttl_ms]).flatten().filter(|ms| *ms > 0);
    let settling_ms = Expectations::opened(trial.contract, trial.credits(1)).settling_ms();
    let mut times = vec![1_000, 30_000, settling_ms.max(1_000)];
    times.extend(named.flat_map(|ms| [ms / 2, ms.saturating_sub(2_000), ms + 2_000]));
    times.sort_unstable();
    times.dedup();
    times
}

/// Plays a sequence on accounts of its own, and leaves no state behind.
pub(in crate::checks) async fn perform(
    trial: &ServerTrial<'_>,
    lacking: &Lacking,
    sequence: ActionSequence,
) -> Judgement {
    let mut cast = Vec::new();
    for amount in &sequence.opened {
        let account = trial.account(credits(trial, amount)).await.map_err(|stop| match stop {
            // An amount that a server cannot hold is none that it could show; others it can.
            Stop::CouldNotRun(why) => Stop::Inconclusive(why),
            stop => stop,
        })?;
        cast.push(Actor::new(trial, account)?);
    }
    let mut play = Play { trial, lacking, cast, outage: None };
    let mut played = Ok(());
    for step in &sequence.steps {
        played = play.step(step).await;
        if played.is_err() {
            break;
        }
    }
    if played.is_ok() {
        played = play.curtain().await;
    }
    trial.tear_down_conditions().await;
    played
}

fn credits(trial: &ServerTrial<'_>, amount: &str) -> BalanceValues {
    trial.credits(amount.parse::<Decimal>().unwrap_or_default())
}

/// An account of the play.
struct Actor {
    account: TestAccount,
    revoked: bool,
    /// What happened to it last, by whose promise its answers are judged.
    concern: Promise,
}

impl Actor {
    fn new(trial: &ServerTrial<'_>, account: TestAccount) -> Result<Self, Stop> {
        Ok(Self { account, revoked: false, concern: trial.balance_operation()?.promise.clone() })
    }
}

struct Play<'t, 'r> {
    trial: &'t ServerTrial<'r>,
    lacking: &'t Lacking,
    cast: Vec<Actor>,
    /// The outage that lasts, and whom it is for.
    outage: Option<(usize, ActiveState)>,
}

impl Play<'_, '_> {
    async fn step(&mut self, step: &Action) -> Judgement {
        let cast = self.cast.len();
        let whom = |who: &u8| usize::from(*who) % cast;
        match step {
            Action::Check { who } => self.check(whom(who), 1).await,
            Action::Checks { who, times } => self.check(whom(who), usize::from(*times)).await,
            Action::Spend { who } => self.spend(whom(who)).await,
            Action::Spends { who, times } => self.spend_at_once(whom(who), *times).await,
            Action::Change { who, to } => self.change(whom(who), to).await,
            Action::Advance { ms } => self.advance(*ms).await,
            Action::Refresh { who } => self.refresh(whom(who)).await,
            Action::Fail { who } => self.fail(whom(who)).await,
            Action::Mend => self.mend().await,
            Action::Revoke { who } => self.revoke(whom(who)).await,
            // What a client keeps, and how an answer is delivered, is not the server's affair.
            Action::Invalidate { .. } | Action::Stumble { .. } => Ok(()),
        }
    }

    fn actor(&self, who: usize) -> Result<&Actor, Stop> {
        self.cast.get(who).ok_or_else(|| Stop::Harness("the play has nobody of that number".to_owned()))
    }

    fn concern(&mut self, who: usize, promise: Option<Promise>) {
        if let (Some(actor), Some(promise)) = (self.cast.get_mut(who), promise) {
            actor.concern = promise;
        }
    }

    fn is_down(&self, who: usize) -> bool {
        self.outage.as_ref().is_some_and(|(down, _)| *down == who)
    }

    /// Asks for the balance, so many times at once.
    async fn check(&self, who: usize, times: usize) -> Judgement {
        let actor = self.actor(who)?;
        if actor.revoked {
            return self.refused(actor, Role::Balance).await;
        }
        if times == 1 {
            return self.look(who).await;
        }
        self.trial.add_step_for(&actor.account, format!("{times} checks at the same time"));
        // Calls under way at the same time have connections of their own anyhow.
        for reading in join_all((0..times).map(|_| self.trial.check(&actor.account))).await {
            self.judge(who, &reading?)?;
        }
        Ok(())
    }

    /// Asks for the balance. An answer that only a cache explains of which nothing is said is looked into: when nothing may
    /// be kept any more, the truth must show.
    async fn look(&self, who: usize) -> Judgement {
        let account = &self.actor(who)?.account;
        let reading = self.trial.check(account).await?;
        self.judge(who, &reading)?;
        let kept = self.trial.contract.caching.server.as_ref().is_some_and(|rule| rule.kind == CacheKind::Cached);
        let true_ = matches!(&reading.balance, Ok(balance) if account.expectations().span().permits(balance));
        if kept || true_ || self.is_down(who) || self.lacking.has(State::Clock) {
            return Ok(());
        }
        let settling_ms = account.expectations().settling_ms();
        self.advance(settling_ms).await?;
        let again = self.trial.check(account).await?;
        self.judge(who, &again)
    }

    fn judge(&self, who: usize, reading: &BalanceRead) -> Judgement {
        let actor = self.actor(who)?;
        let operation = self.trial.balance_operation()?;
        if is_limited(self.trial, reading) {
            return Err(Stop::Inconclusive("the server limits the rate of requests".to_owned()));
        }
        let failed =
            matches!(&reading.exchange.result, Ok(response) if self.trial.is_failure_answer(operation, response));
        if failed && self.outage.is_some() && !self.is_down(who) {
            // A store that fails for all when it was told to fail for one is a store too.
            let mut expectations = actor.account.expectations();
            expectations.set_down(true);
            expectations.failed();
            expectations.set_down(false);
            return Ok(());
        }
        let shows = |balance: &BalanceValues| actor.account.expectations().span().permits(balance);
        if self.is_down(who) && reading.balance.as_ref().is_ok_and(shows) {
            return Err(Stop::Inconclusive("the state `backend.down` was set but shows no effect".to_owned()));
        }
        let contract = self.trial.contract;
        let kept = contract.caching.server.as_ref().filter(|_| reading.allowed.must_be_kept).map(|rule| &rule.promise);
        let policy = contract.failure.as_ref().filter(|_| self.is_down(who) || failed).map(|policy| &policy.server);
        self.trial.judge_balance_read(kept.or(policy).unwrap_or(&actor.concern), reading)
    }

    /// A withdrawn credential is refused.
    async fn refused(&self, actor: &Actor, role: Role) -> Judgement {
        let operation = self.trial.operation(role)?;
        let exchange = send_bad(self.trial, self.trial.request(operation, &actor.account)).await?;
        self.trial.add_step_for(&actor.account, "a call with the credential that was withdrawn".to_owned());
        if matches!(&exchange.result, Ok(response) if response.status == 429) {
            return Err(Stop::Inconclusive("the server limits the rate of requests".to_owned()));
        }
        judge_refused(self.trial, operation, &exchange, "the credential was withdrawn")?;
        judge_condition(self.trial, operation, &exchange, Condition::CredentialRevoked).map(drop)
    }

    async fn spend(&mut self, who: usize) -> Judgement {
        let actor = self.actor(who)?;
        if actor.revoked {
            return self.refused(actor, Role::Spend).await;
        }
        let before = Before::of(self.trial, &actor.account);
        let payment = pay(self.trial, &actor.account).await?;
        judge_payment(self.trial, &before, self.outage.is_some(), &payment)?;
        self.spend_result(who);
        Ok(())
    }

    async fn spend_at_once(&mut self, who: usize, times: u8) -> Judgement {
        let actor = self.actor(who)?;
        if actor.revoked {
            return Ok(());
        }
        let before = Before::of(self.trial, &actor.account);
        self.trial.add_step_for(&actor.account, format!("{times} paid calls at the same time"));
        let payments = join_all((0..times).map(|_| pay(self.trial, &actor.account))).await;
        let payments = payments.into_iter().collect::<Result<Vec<_>, Stop>>()?;
        judge_together(self.trial, &before, self.outage.is_some(), &payments)?;
        self.spend_result(who);
        Ok(())
    }

    fn spend_result(&mut self, who: usize) {
        let spend = self.trial.contract.operation(Role::Spend);
        self.concern(who, spend.and_then(|operation| operation.cost.as_ref()).map(|cost| cost.promise.clone()));
    }

    async fn change(&mut self, who: usize, to: &str) -> Judgement {
        // A handler that sets a balance may need the store that fails.
        if self.outage.is_some() {
            return Ok(());
        }
        let (trial, actor) = (self.trial, self.actor(who)?);
        // An amount that a server cannot hold is none that it could show.
        match trial.change(&actor.account, credits(trial, to)).await {
            Err(Stop::CouldNotRun(_)) => Ok(()),
            Err(stop) => Err(stop),
            Ok(()) => {
                self.concern(who, Some(trial.balance_operation()?.promise.clone()));
                Ok(())
            }
        }
    }

    async fn advance(&self, ms: u64) -> Judgement {
        if self.lacking.has(State::Clock) {
            return Ok(());
        }
        let accounts: Vec<&TestAccount> = self.cast.iter().map(|actor| &actor.account).collect();
        self.lacking.unless(State::Clock, self.trial.advance(&accounts, ms).await).map(drop)
    }

    async fn refresh(&mut self, who: usize) -> Judgement {
        let actor = self.actor(who)?;
        if actor.revoked {
            return Ok(());
        }
        match self.trial.refresh(&actor.account).await {
            Ok(_) => {
                let rule = self.trial.contract.caching.server.as_ref();
                let promise = rule.and_then(|rule| rule.invalidated_by.get(&Role::Refresh)).cloned();
                self.concern(who, promise);
                Ok(())
            }
            // Whether it must succeed is judged where that is the question.
            Err(Stop::Inconclusive(_)) => {
                actor.account.expectations().tried();
                self.trial.add_step_for(&actor.account, "refresh: refused".to_owned());
                Ok(())
            }
            Err(stop) => Err(stop),
        }
    }

    async fn fail(&mut self, who: usize) -> Judgement {
        if self.outage.is_some() || self.lacking.has(State::BackendDown) {
            return Ok(());
        }
        let broken = self.trial.fail_backend(&self.actor(who)?.account).await;
        self.outage = self.lacking.unless(State::BackendDown, broken)?.map(|active| (who, active));
        Ok(())
    }

    async fn mend(&mut self) -> Judgement {
        let Some((who, active)) = self.outage.take() else { return Ok(()) };
        self.trial.restore_backend(&self.actor(who)?.account, &active).await?;
        self.concern(who, self.trial.contract.failure.as_ref().map(|policy| policy.server.clone()));
        Ok(())
    }

    async fn revoke(&mut self, who: usize) -> Judgement {
        // A handler that withdraws a credential may need the store that fails.
        if self.lacking.has(State::KeyRevoked) || self.outage.is_some() {
            return Ok(());
        }
        let account = &self.actor(who)?.account;
        let mut params = StateParams::default();
        self.trial.address(account, &mut params);
        let done = self.lacking.unless(State::KeyRevoked, self.trial.setup(State::KeyRevoked, params).await)?;
        if let (Some(_), Some(actor)) = (done, self.cast.get_mut(who)) {
            actor.revoked = true;
            self.trial.add_step_for(&actor.account, "the credential is withdrawn".to_owned());
        }
        Ok(())
    }

    /// All is well again, nothing may be kept any more: the truth shows.
    async fn curtain(&mut self) -> Judgement {
        self.mend().await?;
        let settling_ms = self.cast.iter().map(|actor| actor.account.expectations().settling_ms()).max();
        if let Some(ms) = settling_ms.filter(|ms| *ms > 0) {
            self.advance(ms).await?;
        }
        for who in 0..self.cast.len() {
            if self.actor(who)?.revoked {
                continue;
            }
            if self.trial.contract.operation(Role::Refresh).is_some() {
                self.refresh(who).await?;
            }
            self.check(who, 1).await?;
        }
        Ok(())
    }
}
