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
use crate::checks::client_session::requests;
use crate::checks::client_trial::{ClientTrial, Observed, Patience, STORM};
use crate::checks::standards::{client_error, no_retries, retry_after};
use crate::checks::verdict::Side;
use crate::contract::{Level, Promise, Role};
use crate::mock::Reply;
use crate::subject::Function;

pub(super) const CHECK: Check = Check {
    id: "error.no-retry-storm",
    side: Side::Client,
    level: Level::Should,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: false,
    needs: &[],
    faults: &["retries-server-errors", "retries-refusals", "retries-rate-limits", "retries-forever"],
    applies: has_balance,
    judge: Judge::Client(|trial| Box::pin(judge(trial))),
};

/// Requests that one check may come to when the server fails.
const BOUND: usize = 3;
/// How long a client is watched that may wait for as long as it was told to.
const WATCHED: Duration = Duration::from_secs(3);

async fn judge(trial: &ClientTrial<'_>) -> Judgement {
    let mut limited = Reply::new(429, "text/plain", "Too Many Requests");
    limited.set_header("retry-after", "30");
    let plain = |status| Reply::new(status, "text/plain", "no");
    let failures: [(Reply, usize, Promise); 7] = [
        (plain(500), BOUND, no_retries()),
        (plain(503), BOUND, no_retries()),
        (plain(400), 1, client_error()),
        (plain(401), 1, client_error()),
        (plain(403), 1, client_error()),
        (plain(404), 1, client_error()),
        (limited, 1, retry_after(Level::Should)),
    ];
    for (reply, bound, promise) in failures {
        let session = trial.open(trial.credits(100)).await?;
        let waits = reply.header("retry-after").is_some();
        let status = reply.status;
        session.endpoint.respond_with(reply);
        let patience = if waits { Patience::until(WATCHED) } else { Patience::usual(&session) };
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
                let why = format!("status {status}: the check was stopped after {seconds} s and {}", requests(sent));
                return Err(Stop::Inconclusive(format!("{why}: `robust.gives-up` says more")));
            }
            ", and no end"
        } else {
            ""
        };
        let operation = trial.contract.operation(Role::Balance).map(AsRef::as_ref);
        trial.judge_exchanges(&promise, operation, observed.numbers(), sent <= bound, || {
            format!("status {status}: expected at most {bound} requests for one check, found {sent}{end}")
        })?;
    }
    Ok(())
}
