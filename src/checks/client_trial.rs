//! A trial: one check at work on a client, on a stage of its own, with two witnesses.
//!
//! What arrived at the stage decides what was sent; what the client says decides what an application sees. What a check
//! needs to have happened counts only if the stage saw it happen.

use std::sync::Arc;
use std::time::Duration;

use rust_decimal::Decimal;
use serde_json::json;
use tokio::time::Instant;

use super::check::{Judged, Stop};
use super::ledger::{Ledger, Remains};
use super::seat::{Call, Person, Seat, requests};
use super::time::{Age, Passing, SCALED, Ttl};
use super::trial::Settings;
use crate::client::Config;
use crate::contract::{CacheRule, Contract, Operation, Promise, Role, Tenant};
use crate::exchange::{Exchange, Journal, Redactor, Response};
use crate::mock::{Arrival, Behaviour, Place, Provider, Reply, Stage};
use crate::model::{Balance, Decision, Deviation};
use crate::subject::{ClientSubject, Function, SessionError, Sessions};

/// The deadline that a client is given where it must not matter.
const EASY: Duration = Duration::from_secs(5);
/// A call that has to wait for the stage is waited for at least this long.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);

/// So many of the requests that came last are shown where nothing refers to any.
const LAST: usize = 3;

/// One check at work.
pub struct ClientTrial<'r> {
    /// What was promised.
    pub contract: &'r Arc<Contract>,
    /// What is judged.
    pub subject: &'r ClientSubject,
    /// What may be used up.
    pub settings: &'r Settings,
    /// Where the client's requests arrive.
    pub stage: Stage,
    pub(super) redactor: Redactor,
    sessions: Sessions<'r>,
    pub(super) ledger: Ledger,
    passing: Passing,
}

/// How a seat differs from the ordinary one.
#[derive(Debug, Clone, Default)]
pub(super) struct Setting {
    /// At a place where others sit.
    pub(super) place: Option<Arc<Place>>,
    /// For somebody who sits elsewhere too.
    pub(super) person: Option<Person>,
    /// With this deadline.
    pub(super) timeout: Option<Duration>,
}

impl<'r> ClientTrial<'r> {
    /// A trial that has done nothing yet.
    ///
    /// # Errors
    /// If no loopback port can be had.
    pub async fn start(
        contract: &'r Arc<Contract>,
        subject: &'r ClientSubject,
        settings: &'r Settings,
        redactor: Redactor,
    ) -> Result<Self, Stop> {
        let stage = Stage::start(subject.numbers())
            .await
            .map_err(|error| Stop::Harness(format!("no loopback port can be had: {error}")))?;
        let (sessions, passing) = (subject.sessions(), Passing::of(subject.capabilities));
        Ok(Self { contract, subject, settings, stage, redactor, sessions, ledger: Ledger::default(), passing })
    }

    /// What was judged, and a journal of what arrived.
    ///
    /// Of what arrived only what a finding refers to is kept, and what came last.
    pub fn finish(&self, outcome: &Judged) -> (Remains, Journal) {
        let remains = self.ledger.close();
        let journal = Journal::new(self.redactor.clone());
        let violation = match outcome {
            Err(Stop::Violation(finding)) => Some(&**finding),
            _ => None,
        };
        let shown: Vec<u64> =
            violation.into_iter().chain(&remains.notes).flat_map(|finding| finding.exchanges.clone()).collect();
        let arrivals = self.stage.arrivals();
        let last = arrivals.len().saturating_sub(LAST);
        for (_, arrival) in
            arrivals.into_iter().enumerate().filter(|(at, arrival)| *at >= last || shown.contains(&arrival.n))
        {
            let place = arrival.place.as_ref().map(|place| format!("/t/{place}")).unwrap_or_default();
            journal.record(&format!("{}{place}", self.stage.origin()), &exchange(arrival));
        }
        (remains, journal)
    }

    // ---- what the contract has

    /// The operation of that role.
    ///
    /// # Errors
    /// If the contract has none.
    pub fn operation(&self, role: Role) -> Result<&'r Arc<Operation>, Stop> {
        let missing = || Stop::NotApplicable(format!("the contract names no {role:?} operation").to_lowercase());
        self.contract.operation(role).ok_or_else(missing)
    }

    /// So many credits in the roles that the contract has.
    #[must_use]
    pub fn credits(&self, remaining: impl Into<Decimal>) -> Balance {
        let fields = self.contract.operation(Role::Balance).map(|operation| operation.fields.clone());
        Balance::of(remaining.into(), &fields.unwrap_or_default())
    }

    /// What is promised of the client's cache.
    ///
    /// # Errors
    /// If nothing is, or if the client does not cache.
    pub(super) fn cache_rule(&self) -> Result<&'r CacheRule, Stop> {
        if !self.subject.capabilities.cache {
            return Err(Stop::NotApplicable("the client does not say that it caches".to_owned()));
        }
        let rule = self.contract.caching.client.as_ref();
        rule.ok_or_else(|| Stop::NotApplicable("the contract promises nothing of the client's cache".to_owned()))
    }

    // ---- sessions

    /// A seat at a place of its own, for somebody with this balance.
    ///
    /// # Errors
    /// If the client cannot be opened.
    pub async fn open(&self, balance: Balance) -> Result<Seat, Stop> {
        self.open_at(balance, Setting::default()).await
    }

    /// A seat for somebody with this balance.
    pub(super) async fn open_at(&self, balance: Balance, setting: Setting) -> Result<Seat, Stop> {
        let person = setting.person.unwrap_or_else(|| self.somebody(""));
        // Whoever sits at a place of his own has a story of his own.
        let place = setting.place.unwrap_or_else(|| {
            self.ledger.begin();
            self.place()
        });
        let key = person.key.as_deref().unwrap_or(&person.tenant);
        place.provider().open_account(key, &person.tenant, balance);
        let mut config = Config::new(place.url()).tenant(person.tenant.as_str());
        config.timeout = setting.timeout.unwrap_or(EASY);
        config.cache_ttl = (self.passing == Passing::Scaled && self.subject.capabilities.cache).then_some(SCALED);
        if let Some(key) = &person.key {
            self.redactor.learn(key, "RINGTRUE_KEY");
            config = config.key(key.as_str());
        }
        let session = self.sessions.open(config).await.map_err(|error| self.stopped(&error))?;
        let n = u32::try_from(self.subject.next_serial()).unwrap_or(u32::MAX);
        Ok(Seat::new(session, place, person, n))
    }

    /// A seat for somebody whose account is told apart from that of the same tenant with another credential.
    pub(super) async fn open_apart(&self, balance: Balance, setting: Setting, n: usize) -> Result<Seat, Stop> {
        let seat = self.open_at(balance, setting).await?;
        if let Some(key) = &seat.person.key {
            seat.place.provider().open_account(key, &format!("{}-{n}", seat.person.tenant), balance);
        }
        Ok(seat)
    }

    /// Somebody nobody has met, told apart by the end of the name only, or by `tail` behind that.
    pub(super) fn somebody(&self, tail: &str) -> Person {
        let serial = self.subject.next_serial();
        let short = format!("ringtrue-tenant-{serial:04}{}", tail.to_lowercase());
        match (&self.contract.tenant, &self.contract.credential) {
            (Tenant::Query { form, .. }, _) => Person { key: None, tenant: form.replace("{tenant}", &short) },
            (Tenant::Credential, None) => Person { key: None, tenant: short },
            (Tenant::Credential, Some(credential)) => {
                Person { key: Some(format!("{}RtAaBbCcDdEeFf{serial:04}{tail}", credential.prefix)), tenant: short }
            }
        }
    }

    /// A place of its own.
    pub(super) fn place(&self) -> Arc<Place> {
        // The server's own cache is another matter: here every answer is fresh.
        let deviation = Deviation { ttl: |_, _| 0, ..Deviation::default() };
        let behaviour = Behaviour { deviation, ..Behaviour::default() };
        let provider = Arc::new(Provider::with_behaviour(self.contract.clone(), behaviour));
        self.stage.place(&format!("p{}", self.subject.next_serial()), provider)
    }

    /// Changes the balance of whoever sits there.
    pub(super) fn change(&self, seat: &Seat, balance: Balance) {
        let text = |amount: Option<Decimal>| amount.map(|amount| amount.to_string());
        let params = json!({
            "key": seat.person.key, "tenant": seat.person.tenant, "allowed": balance.allowed,
            "remaining": text(balance.remaining), "total": text(balance.total),
        });
        let message = json!({ "action": "setup", "state": "balance", "params": params });
        drop(seat.place.provider().state(&message));
        self.tell_of(seat, format!("the balance becomes: {balance}"));
    }

    /// The stand-in's own answer to an operation: so much is left.
    pub(super) fn answer(&self, seat: &Seat, role: Role, balance: Balance) -> Result<Reply, Stop> {
        self.render(seat, role, &Decision::Success { balance, charged: Decimal::ONE })
    }

    /// The stand-in's own reply that carries out a decision.
    pub(super) fn render(&self, seat: &Seat, role: Role, decision: &Decision) -> Result<Reply, Stop> {
        let operation = self.operation(role)?;
        let reply = seat.place.provider().render(operation, decision);
        reply.ok_or_else(|| Stop::Harness("the stand-in does not know the operation".to_owned()))
    }

    // ---- calls

    /// Asks for the balance, the way an application would.
    ///
    /// # Errors
    /// If the client said nothing that could be judged.
    pub async fn check(&self, seat: &Seat) -> Result<Call, Stop> {
        self.call(seat, Function::Check).await
    }

    /// Has the client make a paid call.
    ///
    /// # Errors
    /// If it does not do that, or said nothing that could be judged.
    pub async fn spend(&self, seat: &Seat) -> Result<Call, Stop> {
        if !self.subject.capabilities.spend {
            return Err(Stop::NotApplicable("the client does not say that it makes paid calls".to_owned()));
        }
        self.call(seat, Function::Spend).await
    }

    /// Calls the client.
    ///
    /// # Errors
    /// If it said nothing that could be judged.
    pub async fn call(&self, seat: &Seat, function: Function) -> Result<Call, Stop> {
        let call = self.call_within(seat, function, None).await?;
        call.ok_or_else(|| {
            let arrived = self.stage.count();
            Stop::Inconclusive(format!("`{}` came to no end, {arrived} requests into the trial", function.as_str()))
        })
    }

    /// Calls the client; `None` if that comes to no end within `patience`.
    pub(super) async fn call_within(
        &self,
        seat: &Seat,
        function: Function,
        patience: Option<Duration>,
    ) -> Result<Option<Call>, Stop> {
        let before = self.stage.count();
        let begun = Instant::now();
        let said = seat.session.call(function, patience).await;
        let ended = Instant::now();
        let arrivals: Vec<Arrival> = self
            .stage
            .arrivals_since(before)
            .into_iter()
            .filter(|arrival| arrival.place.as_deref().is_none_or(|place| place == seat.place.name()))
            .collect();
        let said = match said {
            Ok(said) => said,
            Err(SessionError::Silent(_)) => return Ok(None),
            Err(error) => return Err(self.stopped(&error)),
        };
        let call =
            Call { outcome: said.outcome, words: said.words, arrivals, span: (begun, ended), moved: seat.moved() };
        let found = if function == Function::Invalidate { "done".to_owned() } else { call.found() };
        self.tell_of(seat, format!("{}: {found}, {}", function.as_str(), requests(call.arrivals.len())));
        Ok(Some(call))
    }

    fn stopped(&self, error: &SessionError) -> Stop {
        let text = self.redactor.text(&error.to_string());
        match error {
            SessionError::Unsupported(_) => Stop::CouldNotRun(text),
            SessionError::Gone { first: false, .. } => Stop::CouldNotRun(format!("the adapter is gone: {text}")),
            SessionError::Gone { .. } => Stop::Harness(format!("the adapter broke the protocol: {text}")),
            SessionError::Adapter(_) | SessionError::Silent(_) => Stop::Harness(text),
            SessionError::Panicked(_) => {
                let promise = self.contract.operation(Role::Balance).map(|operation| operation.promise.clone());
                let Some(promise) = promise else { return Stop::Harness(text) };
                match self.judge(&promise, Role::Balance, &[], false, || text.clone()) {
                    Err(stop) => stop,
                    Ok(()) => Stop::Harness(text),
                }
            }
        }
    }

    // ---- time

    /// How long an answer is kept, by the rule.
    pub(super) fn ttl(&self, rule: &CacheRule) -> Ttl {
        Ttl::of(rule, self.passing)
    }

    /// How old an answer from the first call was during the second.
    pub(super) fn age(&self, fill: &Call, read: &Call) -> Age {
        self.passing.age(fill, read)
    }

    /// How time passes for this client.
    pub(super) fn passing(&self) -> Passing {
        self.passing
    }

    /// Lets time pass for the client until what came of that call is so old.
    pub(super) async fn grow(&self, seat: &Seat, fill: &Call, age: Duration) -> Result<(), Stop> {
        self.ledger.measure(self.passing.basis());
        let age_now = match self.passing {
            Passing::Moved => seat.moved().saturating_sub(fill.moved),
            Passing::Scaled | Passing::Waited => fill.span.1.elapsed(),
        };
        let left = age.saturating_sub(age_now);
        match self.passing {
            Passing::Moved => self.advance(seat, left).await?,
            Passing::Waited if left > self.settings.max_wait => {
                return Err(Stop::CouldNotRun(format!(
                    "it takes {} s of waiting, as the client's clock cannot be moved and its TTL cannot be set: --max-wait permits that",
                    left.as_secs()
                )));
            }
            Passing::Scaled | Passing::Waited => tokio::time::sleep(left).await,
        }
        self.tell(format!(
            "{} s pass",
            Decimal::new(i64::try_from(left.as_millis()).unwrap_or(i64::MAX), 3).normalize()
        ));
        Ok(())
    }

    /// Moves the client's clock.
    pub(super) async fn advance(&self, seat: &Seat, by: Duration) -> Result<(), Stop> {
        seat.session.advance(by).await.map_err(|error| self.stopped(&error))?;
        seat.move_on(by);
        Ok(())
    }

    /// That time passes for this client when its clock is moved: found out once, before anything is judged by it.
    ///
    /// # Errors
    /// `Inconclusive` if it does not.
    pub(super) async fn time_passes(&self) -> Result<(), Stop> {
        if self.passing != Passing::Moved || self.clock_moves().await? {
            return Ok(());
        }
        Err(Stop::Inconclusive(
            "the client's clock was moved by years, and it still gives out what it kept: `cache.ends` says more"
                .to_owned(),
        ))
    }

    /// The same, for whoever wants to know rather than to rely on it.
    pub(super) async fn clock_moves_at_all(&self) -> Result<bool, Stop> {
        if self.passing == Passing::Moved { self.clock_moves().await } else { Ok(true) }
    }

    /// Whether an answer is ever asked for anew, if only the clock is moved far enough.
    async fn clock_moves(&self) -> Result<bool, Stop> {
        let found = self.subject.moves.get_or_try_init(|| async {
            let seat = self.open(self.credits(1)).await?;
            self.check(&seat).await?;
            self.advance(&seat, Duration::from_hours(4 * 365 * 24)).await?;
            Ok::<_, Stop>(!self.check(&seat).await?.arrivals.is_empty())
        });
        found.await.copied()
    }

    /// Whether the client has one clock for all of its sessions, so that to move that of one moves all.
    ///
    /// # Errors
    /// If the client said nothing that could be judged.
    pub async fn has_one_clock(&self) -> Result<bool, Stop> {
        if self.passing != Passing::Moved {
            return Ok(false);
        }
        let (one, other) = (self.open(self.credits(1)).await?, self.open(self.credits(1)).await?);
        let (wait, waits) = (self.open(self.credits(1)).await?, self.open(self.credits(1)).await?);
        let mut limited = Reply::new(429, "text/plain", "come back later");
        limited.set_header("retry-after", "60");
        waits.place.next(limited);
        // What is kept, and what is held back: either shows how time passes.
        for seat in [&one, &other, &wait, &waits] {
            self.check(seat).await?;
        }
        let mut silent = Vec::new();
        for seat in [&other, &waits] {
            if self.check(seat).await?.arrivals.is_empty() {
                silent.push(seat);
            }
        }
        self.advance(&one, Duration::from_hours(4 * 365 * 24)).await?;
        for seat in silent {
            if !self.check(seat).await?.arrivals.is_empty() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    // ---- judgements

    /// Adds a step to the story that a violation tells.
    pub fn tell(&self, step: String) {
        self.ledger.tell(None, step);
    }

    /// Adds a step that is about one session.
    pub fn tell_of(&self, seat: &Seat, step: String) {
        self.ledger.tell(Some(seat.n), step);
    }

    /// Judges a promise by something seen.
    ///
    /// # Errors
    /// The violation of a must.
    pub fn judge(
        &self,
        promise: &Promise,
        role: Role,
        shown_by: &[&Call],
        holds: bool,
        reason: impl FnOnce() -> String,
    ) -> Judged {
        let operation = self.contract.operation(role).map(AsRef::as_ref);
        let numbers = shown_by.iter().flat_map(|call| call.numbers()).collect();
        self.ledger.judge(&self.redactor, promise, operation, numbers, holds, reason)
    }
}

impl std::fmt::Debug for ClientTrial<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ClientTrial")
            .field("contract", &self.contract.name)
            .field("stage", &self.stage)
            .finish_non_exhaustive()
    }
}

fn exchange(arrival: Arrival) -> Exchange {
    let headers = arrival.reply.headers.into_iter().map(|(name, value)| (name, value.into_bytes())).collect();
    let response = Response { status: arrival.reply.status, headers, body: arrival.reply.body };
    let result = match arrival.reply.delivery {
        crate::mock::Delivery::Reset | crate::mock::Delivery::Garbage => {
            Err(crate::exchange::Failure::Closed(format!("sent like this on purpose: {:?}", arrival.reply.delivery)))
        }
        _ => Ok(response),
    };
    Exchange { n: arrival.n, request: arrival.request, result, elapsed: Duration::ZERO }
}
