//! # A failed check does not cause a retry storm
//!
//! ## What it checks
//!
//! Counts the requests of one check whose requests fail.
//!
//! ## Why it matters
//!
//! When a server is down, all its clients notice at the same time. Clients that repeat every request several times
//! multiply the load at the worst moment.
//!
//! ## How
//!
//! Failures of every kind are delivered for as long as the client asks. Up to three requests are accepted where the
//! server failed, and one where it refused. The call is stopped at the seventh request.

use std::time::Duration;

use crate::checks::check::{Check, CheckKind, Judge, Judgement, Schedule, Stop, has_balance};
use crate::checks::client::support::failures::DEADLINE;
use crate::checks::client::support::retry_runs::RetryRuns;
use crate::checks::client_session::requests;
use crate::checks::client_trial::{ClientTrial, Observed, Patience, STORM, SessionOptions};
use crate::checks::lateness::{BUSY_FACTORS, with_lateness};
use crate::checks::standards::{client_error, no_retries, retry_after};
use crate::checks::traffic::Passive;
use crate::checks::verdict::Side;
use crate::contract::{Level, Promise, Role};
use crate::mock::{Delivery, Latch, Reply, ResponseOverride};
use crate::subject::Function;

pub(super) const CHECK: Check = Check {
    id: "error.no-retry-storm",
    side: Side::Client,
    level: Level::Should,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: true,
    needs: &[],
    faults: &[
        "retries-server-errors",
        "retries-refusals",
        "retries-rate-limits",
        "retries-forever",
        "retries-broken-connections",
        "retries-unreadable-responses",
        "retries-timeouts",
    ],
    applies: has_balance,
    judge: Judge::ClientOrTraffic(|trial| Box::pin(judge(trial)), Passive::Sequence(RetryRuns::watch)),
};

/// Requests that one check may come to when the server fails.
const BOUND: usize = 3;
/// How long a client is watched that may wait for as long as it was told to.
const WATCHED: Duration = Duration::from_secs(3);

async fn judge(trial: &ClientTrial<'_>) -> Judgement {
    let first = trial.open(trial.credits(100)).await?;
    let good = trial.answer(&first, Role::Balance, trial.credits(100))?;
    for Failure { name, reply, bound, promise } in failures(&good) {
        let session = trial.open(trial.credits(100)).await?;
        let waits = reply.header("retry-after").is_some();
        session.endpoint.respond_with(reply);
        let patience = if waits { Patience::until(WATCHED) } else { trial.patience(&session) };
        let observed = trial.observe(&session, Function::Check, patience.with_requests(STORM)).await?;
        let received = observed.received();
        if !received.iter().any(|received_request| received_request.overridden) {
            return Err(Stop::Inconclusive("a new session made no request".to_owned()));
        }
        let sent = received.len();
        let end = if let Observed::Stopped(stopped) = &observed {
            // Who waits as told may well do so within the call.
            if sent <= bound && !waits {
                let seconds = stopped.took.as_secs();
                let why = format!("{name}: the check was stopped after {seconds} s and {}", requests(sent));
                return Err(Stop::Inconclusive(format!("{why}: `robust.gives-up` says more")));
            }
            ", and no end"
        } else {
            ""
        };
        let operation = trial.contract.operation(Role::Balance).map(AsRef::as_ref);
        trial.judge_exchanges(&promise, operation, observed.numbers(), sent <= bound, || {
            format!("{name}: expected at most {bound} requests for one check, found {sent}{end}")
        })?;
    }
    judge_timeout(trial).await
}

/// What each request of a check meets, and how many may be made.
struct Failure {
    name: String,
    reply: Reply,
    bound: usize,
    promise: Promise,
}

fn failures(good: &Reply) -> Vec<Failure> {
    let plain = |status, bound, promise| Failure {
        name: format!("status {status}"),
        reply: Reply::new(status, "text/plain", "no"),
        bound,
        promise,
    };
    let broken = |name: &str, reply| Failure { name: name.to_owned(), reply, bound: BOUND, promise: no_retries() };
    let mut limited = plain(429, 1, retry_after(Level::Should));
    limited.reply.set_header("retry-after", "30");
    let truncated = Delivery::Truncated(good.body.len() / 2);
    let mut all = vec![plain(500, BOUND, no_retries()), plain(503, BOUND, no_retries())];
    all.extend([400, 401, 402, 403, 404].map(|status| plain(status, 1, client_error())));
    all.extend([
        limited,
        broken("a connection that is reset", Reply { delivery: Delivery::Reset, ..good.clone() }),
        broken("a response that is cut short", Reply { delivery: truncated, ..good.clone() }),
        broken("a page at 200", Reply::new(200, "text/html", "<!doctype html><title>Maintenance</title>")),
    ]);
    all
}

/// Judges a check whose requests get no response in time.
async fn judge_timeout(trial: &ClientTrial<'_>) -> Judgement {
    let latch = Latch::closed();
    let operation = trial.contract.operation(Role::Balance).map(AsRef::as_ref);
    let mut met = false;
    for factor in BUSY_FACTORS {
        let options = SessionOptions { timeout: Some(DEADLINE * factor), ..SessionOptions::default() };
        let session = trial.open_at(trial.credits(100), options).await?;
        session.endpoint.respond_with(ResponseOverride::held_until(&latch));
        let patience = Patience::for_attempts(DEADLINE * factor).with_requests(BOUND);
        let (observed, late) = with_lateness(trial.observe(&session, Function::Check, patience)).await;
        let observed = observed?;
        let sent = observed.received().len();
        trial.judge_exchanges(&no_retries(), operation, observed.numbers(), sent <= BOUND, || {
            format!("no response in time: expected at most {BOUND} requests for one check, found {sent}")
        })?;
        met |= sent > 0;
        // On a busy machine, requests may have been given up before they arrived.
        if sent > 0 && late < DEADLINE * factor / 3 {
            break;
        }
    }
    if met { Ok(()) } else { Err(Stop::Inconclusive("the machine is too busy to observe a time-out".to_owned())) }
}
