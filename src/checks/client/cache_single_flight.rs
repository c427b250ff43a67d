//! # Concurrent checks share one request
//!
//! ## What it checks
//!
//! Checks a client that declares the capability `single_flight` (request coalescing).
//!
//! ## Why it matters
//!
//! A page with ten widgets, or a queue with a hundred workers, starts with an empty cache. Without single-flight each
//! of them makes a request.
//!
//! ## How
//!
//! Several checks run while the first response is delayed. One request may arrive, and all checks must report the
//! same balance. Then the delayed response is a failure: all checks must end.

use std::time::Duration;

use futures_util::future::{join, join_all};

use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, Stop, has_balance};
use crate::checks::client::robust_shared_failure::judge_failure;
use crate::checks::client_trial::{ClientTrial, MIN_CALL_TIMEOUT};
use crate::checks::standards::declared;
use crate::checks::verdict::Side;
use crate::client::Capability;
use crate::contract::{Level, Role};
use crate::mock::{Latch, ResponseOverride};

pub(super) const CHECK: Check = Check {
    id: "cache.single-flight",
    side: Side::Client,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: true,
    needs: &[Need::Capability(Capability::SingleFlight), Need::AtOnce(4)],
    faults: &["no-single-flight", "joined-failure-never-ends"],
    applies: has_balance,
    judge: Judge::Client(|trial| Box::pin(judge(trial))),
};

async fn judge(trial: &ClientTrial<'_>) -> Judgement {
    let true_balance = trial.credits(100);
    let session = trial.open(true_balance).await?;
    let at_once = trial.subject.parallel().min(4);
    let latch = Latch::closed();
    session.endpoint.respond_with(ResponseOverride::held_until(&latch));
    let count = trial.recorder.count();
    let release = async {
        let first = trial.recorder.wait_for_requests(count + 1, MIN_CALL_TIMEOUT).await;
        // The others have been asked for by then, or are so in a moment.
        let second = trial.recorder.wait_for_requests(count + 2, Duration::from_millis(60)).await;
        latch.open();
        (first, second)
    };
    let (calls, (first, _)) = join(join_all((0..at_once).map(|_| trial.check(&session))), release).await;
    if !first {
        return Err(Stop::Inconclusive("no request was made".to_owned()));
    }
    let calls = calls.into_iter().collect::<Result<Vec<_>, _>>()?;
    let requests = trial.recorder.count() - count;
    let shown: Vec<_> = calls.iter().collect();
    trial.judge(&declared("single_flight"), Role::Balance, &shown, requests == 1, || {
        format!("{at_once} checks at the same time: expected one request, found {requests}")
    })?;
    for call in &calls {
        trial.judge(&declared("single_flight"), Role::Balance, &[call], call.reports(&true_balance), || {
            format!("{at_once} checks at the same time: expected {true_balance} for each, found {}", call.found())
        })?;
    }
    judge_failure(trial, &declared("single_flight"), at_once).await
}
