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
//! server failed, and one where it refused.

use crate::checks::check::{Check, CheckKind, Judge, Judgement, Schedule, Stop, has_balance};
use crate::checks::client::support::failures::hard_limit;
use crate::checks::client::support::retry_runs::RetryRuns;
use crate::checks::client_trial::ClientTrial;
use crate::checks::standards::{client_error, no_retries, retry_after};
use crate::checks::traffic::Passive;
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
    faults: &["retries-server-errors", "retries-refusals", "retries-rate-limits"],
    applies: has_balance,
    judge: Judge::ClientOrTraffic(|trial| Box::pin(judge(trial)), Passive::Sequence(RetryRuns::watch)),
};

/// Requests that one check may come to when the server fails.
const BOUND: usize = 3;

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
        let status = reply.status;
        session.endpoint.respond_with(reply);
        let before = trial.recorder.count();
        // A call that never ends may be a storm all the same.
        let call = trial.call_within(&session, Function::Check, Some(hard_limit(trial))).await?;
        let received = trial.received_by(&session, before);
        if received.is_empty() {
            return Err(Stop::Inconclusive("a new session made no request".to_owned()));
        }
        let numbers = received.iter().map(|request| request.n).collect();
        let (requests, operation) = (received.len(), trial.operation(Role::Balance)?);
        trial.judge_exchanges(&promise, Some(operation.as_ref()), numbers, requests <= bound, || {
            let end = if call.is_some() { "" } else { ", and the call did not end" };
            format!("status {status}: expected at most {bound} requests for one check, found {requests}{end}")
        })?;
        if call.is_none() && requests <= bound {
            let why = format!("status {status}: the check did not end, which robust.gives-up judges");
            return Err(Stop::Inconclusive(why));
        }
    }
    Ok(())
}
