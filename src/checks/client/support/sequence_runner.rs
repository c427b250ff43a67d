//! Sequences played to a client: each step is done, and what arrived and what was told judged by what the model allows.

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
use super::promises::{declared, no_repeated_post};
use crate::checks::amounts::amounts;
use crate::checks::client_session::{Call, ClientSession};
use crate::checks::client_trial::{ClientTrial, SessionOptions};
use crate::checks::finding::{Judgement, Stop};
use crate::checks::time::Passing;
use crate::contract::{CacheKind, Role};
use crate::generate::sequence::{Action, ActionSequence, Environment};
use crate::mock::{Endpoint, Provider, ProviderError, Reply, State, StateParams};
use crate::model::{BalanceValues, Observed, SessionExpectations};
use crate::subject::Function;

/// Where nothing is said of how long answers are kept: longer than any sequence.
const UNSAID: Duration = Duration::from_hours(24 * 365);

/// Ways for a single answer to fail, each with its name.
#[derive(Debug)]
pub(in crate::checks) struct Stumbles(Vec<(&'static str, Reply)>);

impl Stumbles {
    /// Those that take no time, and that nobody is asked to wait after.
    pub(in crate::checks) async fn of(trial: &ClientTrial<'_>) -> Result<Self, Stop> {
        let session = trial.open(trial.credits(1)).await?;
        let all = failures::all(trial, &session)?.into_iter().filter(|failure| failure.kind != FailureKind::RateLimit);
        Ok(Self(all.filter_map(failures::Failure::into_quick_reply).collect()))
    }
}

/// What there is to act on.
pub(in crate::checks) async fn scene(trial: &ClientTrial<'_>, stumbles: &Stumbles) -> Result<Environment, Stop> {
    let (contract, can) = (trial.contract, trial.subject.capabilities);
    let spend = contract.operation(Role::Spend).filter(|_| can.spend);
    let cost = spend.and_then(|operation| operation.cost.as_ref()).and_then(|cost| cost.amount);
    let moves = trial.passing() == Passing::Moved && trial.clock_moves_at_all().await?;
    Ok(Environment {
        accounts: 3,
        amounts: amounts(contract, cost),
        times_ms: if moves { times_ms(trial) } else { Vec::new() },
        failure_modes: u8::try_from(stumbles.0.len()).unwrap_or(u8::MAX),
        concurrency: u8::try_from(trial.subject.parallel().min(4)).unwrap_or(1),
        spends: spend.is_some(),
        refreshes: false,
        invalidates: can.invalidate,
        fails: contract.failure.is_some(),
        revokes: contract.credential.is_some(),
    })
}

/// A moment, and both sides of every time that the contract names.
fn times_ms(trial: &ClientTrial<'_>) -> Vec<u64> {
    let rule = trial.contract.caching.client.as_ref();
    let named = rule.into_iter().flat_map(|rule| [rule.min_ttl_ms, rule.max_ttl_ms]).flatten().filter(|ms| *ms > 0);
    let mut times = vec![1_000, 20_000];
    times.extend(named.flat_map(|ms| [ms / 2, ms.saturating_sub(2_000), ms + 2_000]));
    times.sort_unstable();
    times.dedup();
    times
}

/// Plays a sequence at a place of its own.
pub(in crate::checks) async fn perform(
    trial: &ClientTrial<'_>,
    stumbles: &Stumbles,
    sequence: ActionSequence,
) -> Judgement {
    let place = trial.place();
    let mut cast = Vec::new();
    for amount in &sequence.opened {
        cast.push(Actor::enter(trial, &place, credits(trial, amount)).await?);
    }
    let mut play = Play { trial, stumbles, place, cast, down: None, stumbling: false, at: Instant::now() };
    for step in &sequence.steps {
        play.step(step).await?;
    }
    play.curtain().await
}

fn credits(trial: &ClientTrial<'_>, amount: &str) -> BalanceValues {
    trial.credits(amount.parse::<Decimal>().unwrap_or_default())
}

/// A session of the play.
struct Actor {
    session: ClientSession,
    expectations: SessionExpectations,
    concern: Concern,
    revoked: bool,
}

impl Actor {
    async fn enter(trial: &ClientTrial<'_>, place: &Arc<Endpoint>, balance: BalanceValues) -> Result<Self, Stop> {
        let session =
            trial.open_at(balance, SessionOptions { place: Some(place.clone()), ..SessionOptions::default() }).await?;
        trial.add_step_for(&session, format!("opened with {balance}"));
        let rule = trial.contract.caching.client.as_ref();
        let ttl = rule.map(|rule| trial.ttl(rule));
        // What a client does not say that it does is not asked of it.
        let declares = trial.subject.capabilities.cache && caches(trial.contract).is_ok();
        let least = ttl.filter(|_| declares).map(|ttl| ttl.least).unwrap_or_default();
        let none = rule.is_some_and(|rule| rule.kind == CacheKind::None);
        let longest = if none { Duration::ZERO } else { ttl.and_then(|ttl| ttl.longest).unwrap_or(UNSAID) };
        let expectations = SessionExpectations::opened(millis(least), millis(longest));
        Ok(Self { session, expectations, concern: Concern::default(), revoked: false })
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

struct Play<'t, 'r> {
    trial: &'t ClientTrial<'r>,
    stumbles: &'t Stumbles,
    place: Arc<Endpoint>,
    cast: Vec<Actor>,
    /// Whose balance cannot be had.
    down: Option<usize>,
    /// The next answer fails, whoever asks.
    stumbling: bool,
    /// Up to when the sessions were told of the time.
    at: Instant,
}

impl Play<'_, '_> {
    async fn step(&mut self, step: &Action) -> Judgement {
        self.time_passes();
        let cast = self.cast.len();
        let whom = |account: &u8| usize::from(*account) % cast;
        match step {
            Action::Check { account } => self.check(whom(account)).await,
            Action::Checks { account, times } => self.check_at_once(whom(account), *times).await,
            Action::Spend { account } | Action::Spends { account, .. } => self.spend(whom(account)).await,
            Action::Change { account, to } => {
                self.trial.change(&self.actor(whom(account))?.session, credits(self.trial, to));
                Ok(())
            }
            Action::Advance { ms } => self.advance(*ms).await,
            Action::Invalidate { account } => self.invalidate(whom(account)).await,
            Action::Fail { account } => self.fail(whom(account)),
            Action::Restore => self.mend(),
            Action::FailNext { how } => {
                self.stumble(*how);
                Ok(())
            }
            Action::Revoke { account } => self.revoke(whom(account)),
            // Asking for a fresh balance is the server's to offer.
            Action::Refresh { .. } => Ok(()),
        }
    }

    fn actor(&self, who: usize) -> Result<&Actor, Stop> {
        self.cast.get(who).ok_or_else(nobody)
    }

    fn actor_mut(&mut self, who: usize) -> Result<&mut Actor, Stop> {
        self.cast.get_mut(who).ok_or_else(nobody)
    }

    /// The real time since the last step, which a clock that is moved may count or not.
    fn time_passes(&mut self) {
        let ms = millis(self.at.elapsed()) + 1;
        self.at = Instant::now();
        self.cast.iter_mut().for_each(|actor| actor.expectations.elapsed(ms));
    }

    /// The balance that the server would show.
    fn true_balance(&self, who: usize) -> Result<BalanceValues, Stop> {
        Ok(self.place.provider().balance(self.actor(who)?.session.tenant()).unwrap_or_default())
    }

    /// What the server gave to the last of the requests.
    fn given(&mut self, who: usize, call: &Call) -> Result<Observed, Stop> {
        let Some(last) = call.received.last() else { return Ok(Observed::Nothing) };
        self.stumbling &= !call.override_used();
        if last.overridden || self.down == Some(who) || self.actor(who)?.revoked {
            return Ok(Observed::Failure);
        }
        self.true_balance(who).map(Observed::Balance)
    }

    async fn check(&mut self, who: usize) -> Judgement {
        let call = self.trial.check(&self.actor(who)?.session).await?;
        let given = self.given(who, &call)?;
        let (trial, excuse) = (self.trial, made_up_nothing(self.trial, &call));
        let actor = self.actor_mut(who)?;
        let breach = actor.expectations.checked(given, |balance| call.reports(balance), excuse);
        judge_check(trial, &actor.concern, given, &[&call], call.received.len(), breach)
    }

    /// Checks at the same time: each may be answered as the first, or by what the first brought.
    async fn check_at_once(&mut self, who: usize, times: u8) -> Judgement {
        let room = self.trial.subject.try_acquire(u32::from(times) - 1);
        if self.stumbling || room.is_none() {
            return self.check(who).await;
        }
        let trial = self.trial;
        let before = trial.recorder.count();
        let session = &self.actor(who)?.session;
        let calls = join_all((0..times).map(|_| trial.check(session))).await;
        let calls = calls.into_iter().collect::<Result<Vec<_>, _>>()?;
        let requests = trial.recorder.count() - before;
        let given = match requests {
            0 => Observed::Nothing,
            _ if self.down == Some(who) || self.actor(who)?.revoked => Observed::Failure,
            _ => Observed::Balance(self.true_balance(who)?),
        };
        let flies_alone = trial.subject.capabilities.single_flight;
        let actor = self.actor_mut(who)?;
        let earlier = actor.expectations.clone();
        if given != Observed::Nothing && !earlier.must_keep() {
            // Whatever the first is told, this is what came.
            let _ = actor.expectations.checked(given, |_| true, true);
        }
        let keeps = matches!(given, Observed::Balance(_)) && actor.expectations.must_keep();
        if flies_alone && keeps {
            let shown: Vec<&Call> = calls.iter().collect();
            trial.judge(&declared("single_flight"), Role::Balance, &shown, requests <= 1, || {
                format!("{times} checks at the same time: expected at most one request, found {requests}")
            })?;
        }
        for call in &calls {
            let excuse = made_up_nothing(trial, call);
            let tells = |balance: &BalanceValues| call.reports(balance);
            let first = earlier.clone().checked(given, tells, excuse);
            let breach = first.or_else(|breach| {
                actor.expectations.clone().checked(Observed::Nothing, tells, excuse).map_err(|_| breach)
            });
            judge_check(trial, &actor.concern, given, &[call], requests.min(1), breach)?;
        }
        Ok(())
    }

    async fn spend(&mut self, who: usize) -> Judgement {
        let before = self.true_balance(who)?;
        let call = self.trial.spend(&self.actor(who)?.session).await?;
        let cued = call.override_used();
        self.stumbling &= !cued;
        let operation = self.trial.operation(Role::Spend)?;
        let sent =
            call.received.iter().filter(|received_request| received_request.request.method == operation.method).count();
        self.trial.judge(&no_repeated_post(), Role::Spend, &[&call], sent <= 1, || {
            format!("expected the paid call to be sent once, found {sent} times")
        })?;
        let after = self.true_balance(who)?;
        let troubled = cued || self.down == Some(who) || self.actor(who)?.revoked;
        if !troubled {
            judge_paid(self.trial, &Paid { call: &call, before }, sent)?;
        }
        let drops = self.trial.contract.caching.client.as_ref().and_then(|rule| rule.invalidated_by.get(&Role::Spend));
        let actor = self.actor_mut(who)?;
        match drops.filter(|_| call.outcome.is_ok() && sent == 1 && !troubled) {
            Some(promise) => {
                actor.expectations.dropped();
                actor.concern = Concern(Some(promise.clone()));
            }
            // What else a paid call does to what is kept is said nowhere.
            None => actor.expectations.maybe_dropped(after),
        }
        Ok(())
    }

    async fn advance(&mut self, ms: u64) -> Judgement {
        let by = Duration::from_millis(ms);
        for actor in &self.cast {
            self.trial.advance(&actor.session, by).await?;
        }
        // Whether sessions have clocks of their own is the client's affair.
        let others = ms * u64::try_from(self.cast.len() - 1).unwrap_or(0);
        for actor in &mut self.cast {
            actor.expectations.advanced(ms);
            actor.expectations.elapsed(others);
        }
        self.trial.add_step(format!("{} s pass", Decimal::new(i64::try_from(ms).unwrap_or(i64::MAX), 3).normalize()));
        Ok(())
    }

    async fn invalidate(&mut self, who: usize) -> Judgement {
        self.trial.call(&self.actor(who)?.session, Function::Invalidate).await?;
        let actor = self.actor_mut(who)?;
        actor.expectations.dropped();
        actor.concern = Concern(Some(declared("invalidate")));
        Ok(())
    }

    fn fail(&mut self, who: usize) -> Judgement {
        if self.down.is_none() {
            self.set(who, |provider, account| provider.setup(State::BackendDown, account).map(drop))?;
            self.down = Some(who);
            self.trial.add_step_for(&self.actor(who)?.session, "the store behind the balance fails".to_owned());
        }
        Ok(())
    }

    fn mend(&mut self) -> Judgement {
        let Some(who) = self.down.take() else { return Ok(()) };
        self.set(who, |provider, account| provider.teardown(State::BackendDown, account))?;
        self.trial.add_step_for(&self.actor(who)?.session, "the store works again".to_owned());
        Ok(())
    }

    fn stumble(&mut self, how: u8) {
        let Some((name, reply)) = self.stumbles.0.get(usize::from(how)).filter(|_| !self.stumbling) else { return };
        self.place.respond_once(reply.clone());
        self.stumbling = true;
        self.trial.add_step(format!("the next answer is {name}"));
    }

    fn revoke(&mut self, who: usize) -> Judgement {
        self.set(who, |provider, account| provider.setup(State::KeyRevoked, account).map(drop))?;
        let trial = self.trial;
        let actor = self.actor_mut(who)?;
        actor.revoked = true;
        trial.add_step_for(&actor.session, "the credential is withdrawn".to_owned());
        Ok(())
    }

    fn set(&self, who: usize, change: impl FnOnce(&Provider, &StateParams) -> Result<(), ProviderError>) -> Judgement {
        let done = change(self.place.provider(), &self.actor(who)?.session.account_params());
        done.map_err(|error| Stop::Harness(format!("the mock provider cannot be set: {error}")))
    }

    /// All is well again, and everybody asks once more.
    async fn curtain(&mut self) -> Judgement {
        self.mend()?;
        self.place.reset();
        self.stumbling = false;
        self.time_passes();
        for who in 0..self.cast.len() {
            self.check(who).await?;
        }
        Ok(())
    }
}

fn nobody() -> Stop {
    Stop::Harness("the play has nobody of that number".to_owned())
}
