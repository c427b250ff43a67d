//! The ways in which a check can fail, each delivered in earnest.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::future::try_join_all;

use crate::checks::client_session::{Call, ClientSession};
use crate::checks::client_trial::{ClientTrial, Patience, SessionOptions};
use crate::checks::finding::Stop;
use crate::contract::{Condition, Operation, Role};
use crate::mock::{Delivery, Latch, Reply, ResponseOverride};
use crate::model::{BalanceValues, Decision};
use crate::subject::Function;

/// The deadline of a client that gets no answer.
pub(in crate::checks) const DEADLINE: Duration = Duration::from_millis(300);
/// How long a client may take that is known to make a single attempt.
const LIMIT_OF_ONE: Duration = Duration::from_millis(800);

/// How many times longer deadline and limit are for a client that was too slow to send anything: the machine may be busy.
pub(in crate::checks) const BUSY_FACTOR: u32 = 4;

/// How long the client of this trial may take when it gets no answer, with so many times the usual deadline.
pub(in crate::checks) fn patience(trial: &ClientTrial<'_>, times: u32) -> Patience {
    if trial.subject.never_repeats() {
        Patience::until(LIMIT_OF_ONE * times)
    } else {
        Patience::for_attempts(DEADLINE * times)
    }
}

/// What kind of failure it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::checks) enum FailureKind {
    /// The server says that it failed.
    Server,
    /// There is no connection, or it breaks.
    Network,
    /// No answer comes in time.
    Timeout,
    /// The response is not usable.
    Malformed,
    /// Too many requests.
    RateLimit,
}

/// A way to fail.
#[derive(Debug, Clone)]
pub(in crate::checks) struct Failure {
    pub(in crate::checks) name: &'static str,
    pub(in crate::checks) kind: FailureKind,
    mode: Mode,
}

#[derive(Debug, Clone)]
enum Mode {
    Refuse,
    Hold,
    Reply(Box<Reply>),
}

impl Failure {
    fn reply(name: &'static str, kind: FailureKind, reply: Reply) -> Self {
        Self { name, kind, mode: Mode::Reply(Box::new(reply)) }
    }

    /// The reply with its name, if it is one and takes no time.
    pub(in crate::checks) fn into_quick_reply(self) -> Option<(&'static str, Reply)> {
        let slow = self.is_slow();
        match self.mode {
            Mode::Reply(reply) if !slow => Some((self.name, *reply)),
            _ => None,
        }
    }

    /// Whether it takes the client's whole deadline.
    pub(in crate::checks) fn is_slow(&self) -> bool {
        self.kind == FailureKind::Timeout
    }
}

/// Every way to fail.
pub(in crate::checks) fn all(trial: &ClientTrial<'_>, session: &ClientSession) -> Result<Vec<Failure>, Stop> {
    use FailureKind::{Malformed, Network, RateLimit, Server, Timeout};
    // `allowed: false`, because a client that fails open would be right by accident.
    let good = trial.answer(session, Role::Balance, BalanceValues { allowed: Some(false), ..trial.credits(5) })?;
    let with = |delivery: Delivery| Reply { delivery, ..good.clone() };
    let page = |status| Reply::new(status, "text/html", "<!doctype html><title>Bad gateway</title><p>upstream failed");
    let mut refused = good.clone();
    refused.status = 500;
    let mut limited = Reply::new(429, "text/plain", "Too Many Requests");
    limited.set_header("retry-after", "1");
    let whole = good.body.len();
    let mut failures = vec![
        Failure::reply("a 500 with an HTML page", Server, page(500)),
        Failure::reply("a 502 with an HTML page", Server, page(502)),
        Failure::reply("a 503 without a body", Server, Reply::empty(503)),
        Failure::reply("a 500 whose body reads as a balance", Server, refused),
        Failure { name: "a refused connection", kind: Network, mode: Mode::Refuse },
        Failure::reply("a connection that is reset", Network, with(Delivery::Reset)),
        Failure::reply("an answer that is cut short", Network, with(Delivery::Truncated(whole / 2))),
        Failure { name: "no answer at all", kind: Timeout, mode: Mode::Hold },
        Failure::reply("an answer that stops in the middle", Timeout, with(Delivery::Stalled(whole / 2))),
        Failure::reply("an HTML page at 200", Malformed, page(200)),
        Failure::reply("an empty body at 200", Malformed, Reply::new(200, "application/json", "")),
        Failure::reply("an object without the balance", Malformed, Reply::new(200, "application/json", "{}")),
        Failure::reply(
            "a JSON error at 200",
            Malformed,
            Reply::new(200, "application/json", r#"{"error":"upstream failed"}"#),
        ),
        Failure::reply("bytes that are not HTTP", Malformed, with(Delivery::Garbage)),
        Failure::reply("a 429", RateLimit, limited),
    ];
    if trial.operation(Role::Balance)?.conditions.contains_key(&Condition::BackendDown) {
        let decision = Decision::Refused { condition: Condition::BackendDown, retry_after_s: None };
        failures.insert(
            0,
            Failure::reply("the documented failure", Server, trial.render(session, Role::Balance, &decision)?),
        );
    }
    // Where nothing tells the balance, or what is absent has a meaning, a success without it is no failure.
    let operation = trial.operation(Role::Balance)?;
    failures.retain(|failure| !matches!(&failure.mode, Mode::Reply(reply) if is_documented(operation, reply)));
    Ok(failures)
}

/// The failures that take no time, and the first of those that take the whole deadline.
pub(in crate::checks) fn quick_and_one_slow(
    trial: &ClientTrial<'_>,
    session: &ClientSession,
) -> Result<Vec<Failure>, Stop> {
    let (slow, mut failures): (Vec<_>, Vec<_>) = all(trial, session)?.into_iter().partition(Failure::is_slow);
    failures.extend(slow.into_iter().next());
    Ok(failures)
}

/// A session of its own meets a failure: the session, and the call unless it came to no end.
///
/// # Errors
/// `Inconclusive` if the failure was not met.
pub(in crate::checks) async fn met_by_new_session(
    trial: &ClientTrial<'_>,
    failure: &Failure,
    balance: BalanceValues,
) -> Result<(ClientSession, Option<Call>), Stop> {
    let meet = async |times: u32| {
        let session = seat_within(trial, failure, balance, DEADLINE * times).await?;
        let call = suffer_within(trial, failure, &session, Function::Check, patience(trial, times)).await?;
        Ok((session, call))
    };
    match meet(1).await {
        // The machine may be busy.
        Err(Stop::Inconclusive(_)) if failure.is_slow() => meet(BUSY_FACTOR).await,
        met => met,
    }
}

/// Whether a response with the status of a success is one, as far as the contract says how to read it.
fn is_documented(operation: &Operation, reply: &Reply) -> bool {
    let Some(body) = reply.json().filter(|_| reply.status < 300 && reply.delivery == Delivery::Whole) else {
        return false;
    };
    let header = |name: &str| reply.header(name).map(str::to_owned);
    BalanceValues::decode(&operation.fields, &reply.body, header).is_ok()
        && operation.is_success(reply.status, &BTreeMap::new(), Some(&body))
}

/// How long it takes to meet a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::checks) enum Pace {
    /// No time.
    Quick,
    /// The client's whole deadline.
    Slow,
}

/// A failure that a client met.
#[derive(Debug)]
pub(in crate::checks) struct Suffered {
    /// The failure.
    pub(in crate::checks) failure: Failure,
    /// The call that met it; `None` where it came to no end.
    pub(in crate::checks) call: Option<Call>,
    /// The credential of the client; empty if there is none.
    pub(in crate::checks) key: String,
}

/// Every way to fail at that pace, each met by a client of its own with this balance. Those that take their time take it together, if the client takes so many calls.
pub(in crate::checks) async fn all_suffered(
    trial: &ClientTrial<'_>,
    balance: BalanceValues,
    pace: Pace,
) -> Result<Vec<Suffered>, Stop> {
    let first = trial.open(balance).await?;
    let failures = all(trial, &first)?.into_iter().filter(|failure| failure.is_slow() == (pace == Pace::Slow));
    let meet = async |failure: Failure| {
        let (call, key) = match meet(trial, &failure, balance, 1).await {
            Err(Stop::Inconclusive(_)) if failure.is_slow() => meet(trial, &failure, balance, BUSY_FACTOR).await?,
            met => met?,
        };
        Ok::<_, Stop>(Suffered { failure, call, key })
    };
    let more = u32::try_from(failures.clone().count().saturating_sub(1)).unwrap_or(u32::MAX);
    if pace == Pace::Slow
        && let Some(_room) = trial.subject.try_acquire(more)
    {
        return try_join_all(failures.map(meet)).await;
    }
    let mut met = Vec::new();
    for failure in failures {
        met.push(meet(failure).await?);
    }
    Ok(met)
}

/// A client of its own meets a failure, with so many times the usual deadline.
async fn meet(
    trial: &ClientTrial<'_>,
    failure: &Failure,
    balance: BalanceValues,
    times: u32,
) -> Result<(Option<Call>, String), Stop> {
    let session = seat_within(trial, failure, balance, DEADLINE * times).await?;
    let call = suffer_within(trial, failure, &session, Function::Check, patience(trial, times)).await?;
    Ok((call, session.key().to_owned()))
}

/// A session that will meet this failure.
pub(in crate::checks) async fn seat_for(
    trial: &ClientTrial<'_>,
    failure: &Failure,
    balance: BalanceValues,
) -> Result<ClientSession, Stop> {
    seat_within(trial, failure, balance, DEADLINE).await
}

/// A session that will meet this failure, with this time-out if the failure takes all of it.
pub(in crate::checks) async fn seat_within(
    trial: &ClientTrial<'_>,
    failure: &Failure,
    balance: BalanceValues,
    deadline: Duration,
) -> Result<ClientSession, Stop> {
    let timeout = failure.is_slow().then_some(deadline);
    trial.open_at(balance, SessionOptions { timeout, ..SessionOptions::default() }).await
}

/// Asks for the balance while the failure lasts; `None` if that comes to no end. Afterwards everything is well again.
///
/// # Errors
/// `Inconclusive` if the failure was not met.
pub(in crate::checks) async fn suffer(
    trial: &ClientTrial<'_>,
    failure: &Failure,
    session: &ClientSession,
    function: Function,
) -> Result<Option<Call>, Stop> {
    suffer_within(trial, failure, session, function, patience(trial, 1)).await
}

/// As [`suffer`], for as long as patience lasts.
pub(in crate::checks) async fn suffer_within(
    trial: &ClientTrial<'_>,
    failure: &Failure,
    session: &ClientSession,
    function: Function,
    patience: Patience,
) -> Result<Option<Call>, Stop> {
    let latch = Latch::closed();
    let mut met = true;
    match &failure.mode {
        Mode::Refuse => met = trial.recorder.close().await,
        Mode::Hold => session.endpoint.respond_with(ResponseOverride::held_until(&latch)),
        Mode::Reply(reply) => session.endpoint.respond_with(Reply::clone(reply)),
    }
    trial.add_step(format!("from now on: {}", failure.name));
    let before = trial.recorder.count();
    let patience = if failure.is_slow() { patience } else { trial.patience(session) };
    let call = trial.observe(session, function, patience).await;
    match &failure.mode {
        Mode::Refuse => {
            let back = trial.recorder.reopen();
            back.map_err(|error| Stop::Inconclusive(format!("another program has taken the port: {error}")))?;
        }
        Mode::Hold | Mode::Reply(_) => {
            let since = trial.recorder.received_since(before);
            met = since
                .into_iter()
                .any(|received_request| received_request.endpoint.as_deref() == Some(session.endpoint.name()));
        }
    }
    latch.open();
    session.endpoint.reset();
    trial.add_step("from now on, all is well again".to_owned());
    let call = call?.ended();
    if met {
        Ok(call)
    } else {
        Err(Stop::Inconclusive(format!("{}: the client made no request, so it never met it", failure.name)))
    }
}
