//! # Concurrent checks in several processes share one request
//!
//! ## What it checks
//!
//! Checks a client that declares the capabilities `fleet` and `single_flight`: checks of one account that are made at the
//! same time in two processes share one request, and both end if it fails.
//!
//! ## Why it matters
//!
//! When a balance expires, every process asks the server at the same moment. Where a process waits for another one, it
//! must not wait for a response that never comes: the request of the other one may fail, or its process may end.
//!
//! ## How
//!
//! Sessions in two processes check while the first response is delayed. One request may arrive, and both must report the
//! balance. Then the delayed response is a failure. Both checks must end.

use std::time::Duration;

use futures_util::future::join3;

use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, Stop};
use crate::checks::client::support::cache_support::caches;
use crate::checks::client::support::fleet::open_fleet;
use crate::checks::client_session::ClientSession;
use crate::checks::client_trial::{ClientTrial, MIN_CALL_TIMEOUT, Observed};
use crate::checks::standards::declared;
use crate::checks::verdict::Side;
use crate::client::Capability;
use crate::contract::{Level, Role};
use crate::mock::{Latch, Reply, ResponseOverride};
use crate::subject::Function;

pub(super) const CHECK: Check = Check {
    id: "cache.fleet-single-flight",
    side: Side::Client,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: true,
    needs: &[
        Need::Capability(Capability::Cache),
        Need::Capability(Capability::Fleet),
        Need::Capability(Capability::SingleFlight),
        Need::AtOnce(2),
    ],
    faults: &["fleet-no-single-flight", "fleet-lease-kept-after-failure"],
    applies: caches,
    judge: Judge::Client(|trial| Box::pin(judge(trial))),
};

/// How long a second request may follow the first.
const FOLLOWS: Duration = Duration::from_millis(300);

async fn judge(trial: &ClientTrial<'_>) -> Judgement {
    let true_balance = trial.credits(100);
    let (first, second) = open_fleet(trial, true_balance).await?;
    let latch = Latch::closed();
    first.endpoint.respond_with(ResponseOverride::held_until(&latch));
    let count = trial.recorder.count();
    let calls = at_once(trial, [&first, &second], &latch).await?;
    let requests = trial.recorder.count() - count;
    let [Observed::Ended(one), Observed::Ended(other)] = &calls else { return never_ends(trial, &calls) };
    trial.judge(&declared("single_flight"), Role::Balance, &[one, other], requests == 1, || {
        format!("checks in two processes at the same time: expected one request, found {requests}")
    })?;
    for call in [one, other] {
        trial.judge(&declared("fleet"), Role::Balance, &[call], call.reports(&true_balance), || {
            format!("checks in two processes at the same time: expected {true_balance}, found {}", call.found())
        })?;
    }
    judge_failure(trial).await
}

async fn judge_failure(trial: &ClientTrial<'_>) -> Judgement {
    let (first, second) = open_fleet(trial, trial.credits(100)).await?;
    let latch = Latch::closed();
    let failure = ResponseOverride::from(Reply::new(500, "text/plain", "out of order"));
    first.endpoint.respond_once(failure.when_open(&latch));
    let calls = at_once(trial, [&first, &second], &latch).await?;
    never_ends(trial, &calls)
}

/// Judges that both checks have ended.
fn never_ends(trial: &ClientTrial<'_>, calls: &[Observed; 2]) -> Judgement {
    let stopped = calls.iter().find_map(|call| match call {
        Observed::Stopped(stopped) => Some(stopped.took.as_secs()),
        Observed::Ended(_) => None,
    });
    let shown: Vec<_> = calls
        .iter()
        .filter_map(|call| match call {
            Observed::Ended(call) => Some(call),
            Observed::Stopped(_) => None,
        })
        .collect();
    trial.judge(&declared("single_flight"), Role::Balance, &shown, stopped.is_none(), || {
        format!(
            "checks in two processes at the same time, whose request failed: expected both to end, found one under way after {} s",
            stopped.unwrap_or_default()
        )
    })
}

/// Checks in both processes at the same time. The latch is opened when requests have had the time to arrive.
async fn at_once(
    trial: &ClientTrial<'_>,
    [first, second]: [&ClientSession; 2],
    latch: &Latch,
) -> Result<[Observed; 2], Stop> {
    let count = trial.recorder.count();
    let release = async {
        let arrived = trial.recorder.wait_for_requests(count + 1, MIN_CALL_TIMEOUT).await;
        trial.recorder.wait_for_requests(count + 2, FOLLOWS).await;
        latch.open();
        arrived
    };
    let observe = |session| trial.observe(session, Function::Check, trial.patience(session));
    let (one, other, arrived) = join3(observe(first), observe(second), release).await;
    if !arrived {
        return Err(Stop::Inconclusive("no request was made".to_owned()));
    }
    Ok([one?, other?])
}
