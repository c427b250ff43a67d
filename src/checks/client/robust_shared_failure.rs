//! # Concurrent checks all end when the server fails
//!
//! ## What it checks
//!
//! Checks that each of several concurrent checks ends when the request that they share, or any of their own, fails.
//!
//! ## Why it matters
//!
//! Clients let concurrent checks wait for one request. If only the check that sent it learns that it failed, the others
//! wait forever, and each blocks a worker.
//!
//! ## How
//!
//! Several checks run while the response is delayed. The response is then a server error. Each check must end, without a
//! balance.

use std::time::Duration;

use futures_util::future::{join, join_all};

use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, Stop, has_balance};
use crate::checks::client::support::failure_policy::{made_up_nothing, nothing, telling};
use crate::checks::client::support::failures::{DEADLINE, patience};
use crate::checks::client_trial::{ClientTrial, MIN_CALL_TIMEOUT, Observed, SessionOptions};
use crate::checks::standards::deadline;
use crate::checks::verdict::Side;
use crate::contract::{Level, Promise, Role};
use crate::mock::{Latch, Reply, ResponseOverride};
use crate::subject::Function;

pub(super) const CHECK: Check = Check {
    id: "robust.shared-failure",
    side: Side::Client,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: true,
    needs: &[Need::AtOnce(2)],
    faults: &["joined-failure-never-ends"],
    applies: has_balance,
    judge: Judge::Client(|trial| Box::pin(judge(trial))),
};

async fn judge(trial: &ClientTrial<'_>) -> Judgement {
    judge_failure(trial, &deadline(), 2).await
}

/// How long further checks may take to join the first.
const JOINS: Duration = Duration::from_millis(30);

/// Judges that so many concurrent checks all end when the server fails.
pub(super) async fn judge_failure(trial: &ClientTrial<'_>, promise: &Promise, at_once: u32) -> Judgement {
    // Long enough for all of them to join, and short for those that wait for their own deadline.
    let options = SessionOptions { timeout: Some(DEADLINE * 4), ..SessionOptions::default() };
    let session = trial.open_at(telling(trial, 422), options).await?;
    let latch = Latch::closed();
    let failure = Reply::new(500, "text/plain", "the server fails");
    session.endpoint.respond_with(ResponseOverride::from(failure).when_open(&latch));
    let count = trial.recorder.count();
    let release = async {
        let first = trial.recorder.wait_for_requests(count + 1, MIN_CALL_TIMEOUT).await;
        trial.recorder.wait_for_requests(count + 2, JOINS).await;
        latch.open();
        first
    };
    let check = |_| trial.observe(&session, Function::Check, patience(trial, 1));
    let (calls, first) = join(join_all((0..at_once).map(check)), release).await;
    if !first {
        return Err(Stop::Inconclusive("no request was made".to_owned()));
    }
    let calls = calls.into_iter().map(|call| call.map(Observed::ended)).collect::<Result<Vec<_>, _>>()?;
    if calls.iter().all(Option::is_none) {
        return Err(Stop::Inconclusive("no check ended after the failure: `robust.gives-up` says more".to_owned()));
    }
    let waiting = calls.iter().filter(|call| call.is_none()).count();
    let shown: Vec<_> = calls.iter().flatten().collect();
    trial.judge(promise, Role::Balance, &shown, waiting == 0, || {
        format!("{at_once} checks at the same time, and the server failed: expected each to end, found {waiting} without an end")
    })?;
    for call in shown {
        trial.judge(promise, Role::Balance, &[call], made_up_nothing(trial, call), || {
            format!(
                "{at_once} checks at the same time, and the server failed: expected {} from each, found {}",
                nothing(trial),
                call.found()
            )
        })?;
    }
    Ok(())
}
