//! # `Retry-After` is respected
//!
//! ## What it checks
//!
//! Checks that the client waits for as long as the server asks, and no longer.
//!
//! ## Why it matters
//!
//! An overloaded server says how long to leave it alone. Clients that ask again at once, or read seconds as
//! milliseconds, or cannot read dates, keep it overloaded. Others never return, or make every tenant wait because of
//! one.
//!
//! ## How
//!
//! A 429 and a 503 ask to wait, in seconds and as a date. The client is asked again within that time and after it,
//! and for another tenant meanwhile. Only a remark is reported for a client that passes the waiting time to the
//! application, for one that fails open and cannot pass it on, and for one that spares the server for all tenants,
//! because a limit may be meant for all of them. A client may also wait within the call.

use std::time::{Duration, SystemTime};

use crate::checks::check::{Check, CheckKind, Judge, Judgement, Schedule, Stop, has_balance};
use crate::checks::client::support::failure_policy::{is_open, telling};
use crate::checks::client_session::{Call, ClientSession};
use crate::checks::client_trial::{ClientTrial, Patience, SessionOptions};
use crate::checks::standards::retry_after;
use crate::checks::time::Passing;
use crate::checks::verdict::Side;
use crate::contract::{Level, Role};
use crate::mock::Reply;
use crate::subject::Function;

pub(super) const CHECK: Check = Check {
    id: "error.retry-after",
    side: Side::Client,
    level: Level::Should,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: false,
    needs: &[],
    faults: &[
        "retry-after-ignored",
        "retry-after-date-ignored",
        "retry-after-in-milliseconds",
        "retry-after-forever",
        "retry-after-blocks-all-accounts",
    ],
    applies: has_balance,
    judge: Judge::Client(|trial| Box::pin(judge(trial))),
};

/// How long a client is watched that may wait within the call.
const WATCHED: Duration = Duration::from_secs(2);

/// How long the server asks to wait.
const WAIT: Duration = Duration::from_mins(1);

async fn judge(trial: &ClientTrial<'_>) -> Judgement {
    for (status, dated) in [(429, false), (503, false), (429, true)] {
        let session = trial.open(trial.credits(100)).await?;
        let neighbour = trial
            .open_at(
                telling(trial, 7),
                SessionOptions { endpoint: Some(session.endpoint.clone()), ..SessionOptions::default() },
            )
            .await?;
        let mut reply = Reply::new(status, "text/plain", "come back later");
        let what = if dated {
            // The date in the answer itself is what the wait counts from.
            let date = epoch(1_900_000_000);
            reply.set_header("date", httpdate::fmt_http_date(date));
            reply.set_header("retry-after", httpdate::fmt_http_date(date + WAIT));
            format!("status {status} with a date 60 s later as Retry-After")
        } else {
            reply.set_header("retry-after", WAIT.as_secs().to_string());
            format!("status {status} with Retry-After: 60")
        };
        session.endpoint.respond_once(reply);
        let observed = trial.observe(&session, Function::Check, Patience::until(WATCHED)).await?;
        let received = observed.received();
        if !received.iter().any(|received_request| received_request.overridden) {
            return Err(Stop::Inconclusive("a new session made no request".to_owned()));
        }
        let (sent, operation) = (received.len(), trial.contract.operation(Role::Balance).map(AsRef::as_ref));
        trial.judge_exchanges(&retry_after(Level::Should), operation, observed.numbers(), sent == 1, || {
            format!("{what}: expected no further request from the same check, found {sent} in all")
        })?;
        // A client that does not end waits within the call for as long as it was told to.
        let Some(refused) = observed.ended().filter(|_| sent == 1) else { continue };
        judge_waiting(trial, &session, &refused, &what, dated).await?;
        let other = trial.check(&neighbour).await?;
        trial.judge(
            &retry_after(Level::May),
            Role::Balance,
            &[&refused, &other],
            other.reports(&telling(trial, 7)),
            || format!("{what} to one tenant: expected another to be asked for as usual, found {}", other.found()),
        )?;
        judge_end(trial, &session, &refused, &what).await?;
    }
    Ok(())
}

/// Within the time, nothing goes out; or the application is told how long to wait.
async fn judge_waiting(
    trial: &ClientTrial<'_>,
    session: &ClientSession,
    refused: &Call,
    what: &str,
    dated: bool,
) -> Judgement {
    let reported = refused.outcome.as_ref().err().and_then(|error| error.retry_after);
    // Where the date is counted from the wall clock it is a date far away, and that is a wait too.
    let right = reported.is_some_and(|reported| {
        reported >= WAIT.saturating_sub(Duration::from_secs(2)) && (dated || reported <= WAIT + Duration::from_secs(2))
    });
    let mut early = trial.check(session).await?;
    if early.received.is_empty() && trial.passing() == Passing::Moved {
        trial.advance(session, WAIT / 2).await?;
        early = trial.check(session).await?;
    } else if early.received.is_empty() {
        tokio::time::sleep(Duration::from_millis(150)).await;
        early = trial.check(session).await?;
    }
    let level = if right || is_open(trial) { Level::May } else { Level::Should };
    trial.judge(&retry_after(level), Role::Balance, &[refused, &early], early.received.is_empty(), || {
        let reported = if right { "which the application was told" } else { "of which the application was not told" };
        format!("{what}, {reported}: expected no request before that time, found one")
    })
}

/// After the time, the server is asked again.
async fn judge_end(trial: &ClientTrial<'_>, session: &ClientSession, refused: &Call, what: &str) -> Judgement {
    if trial.passing() != Passing::Moved || trial.time_passes().await.is_err() {
        return Ok(());
    }
    // Whatever clock a date is compared with, a week is longer than the requested time.
    trial.advance(session, WAIT + Duration::from_hours(24)).await?;
    let late = trial.check(session).await?;
    trial.judge(&retry_after(Level::Should), Role::Balance, &[refused, &late], !late.received.is_empty(), || {
        format!("{what}: expected a request a day after that time, found none and {}", late.found())
    })
}

fn epoch(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}
