//! # A late response to the old credential is not reported under the new one
//!
//! ## What it checks
//!
//! Checks a client that declares the capability `rekey`: a request that is under way while the credential is replaced
//! neither fills the cache of the new credential nor answers a check that was made with it.
//!
//! ## Why it matters
//!
//! A client that empties its cache when the key changes, and does not remember for which key a request was made, caches
//! the balance of the old account a moment later, for the whole TTL. A client that merges concurrent requests by session
//! hands it to the checks of the new key. Both happen under load only.
//!
//! ## How
//!
//! The response to a check is delayed. Meanwhile the credential is replaced by that of another account. In a first round
//! the response arrives, and the next check must report the balance of the new account. In a second round a check is made
//! while the response is still delayed; it must report the balance of the new account, too. What the first check reports
//! is not judged.

use std::pin::pin;
use std::time::Duration;

use futures_util::future::{Either, join, select};

use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, Stop, has_credential, tells_balance};
use crate::checks::client::support::cache_support::other;
use crate::checks::client_session::Call;
use crate::checks::client_trial::{ClientTrial, MIN_CALL_TIMEOUT};
use crate::checks::standards::declared;
use crate::checks::verdict::Side;
use crate::client::Capability;
use crate::contract::{Level, Role};
use crate::mock::{Latch, ResponseOverride};
use crate::model::BalanceValues;

pub(super) const CHECK: Check = Check {
    id: "cache.rekey-race",
    side: Side::Client,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: false,
    needs: &[Need::Capability(Capability::Rekey), Need::AtOnce(2)],
    faults: &["old-response-cached-after-rekey", "old-request-joined-after-rekey"],
    applies: |contract| {
        tells_balance(contract)?;
        has_credential(contract)
    },
    judge: Judge::Client(|trial| Box::pin(judge(trial))),
};

/// How long the response is delayed at most. A client may make the change, or the next check, wait for it.
const DELAY: Duration = Duration::from_millis(300);

async fn judge(trial: &ClientTrial<'_>) -> Judgement {
    judge_cached(trial).await?;
    judge_joined(trial).await
}

async fn judge_cached(trial: &ClientTrial<'_>) -> Judgement {
    let before = trial.credits(100);
    let session = trial.open(before).await?;
    let after = other(trial, &before);
    let identity = trial.other_account(&session, after)?;
    let latch = Latch::closed();
    session.endpoint.respond_once(ResponseOverride::held_until(&latch));
    let count = trial.recorder.count();
    let replacing = async {
        if !trial.recorder.wait_for_requests(count + 1, MIN_CALL_TIMEOUT).await {
            latch.open();
            return Ok(false);
        }
        let replaced = async {
            let replaced = trial.rekey(&session, &identity).await;
            latch.open();
            replaced
        };
        open_in_time(&latch, replaced).await.map(|_| true)
    };
    let (held, replaced) = join(trial.check(&session), replacing).await;
    arrived(replaced?)?;
    let held = held?;
    let read = trial.check(&session).await?;
    judge_new(trial, &[&held, &read], &read, &after, "the check after it")
}

async fn judge_joined(trial: &ClientTrial<'_>) -> Judgement {
    let before = trial.credits(100);
    let session = trial.open(before).await?;
    let after = other(trial, &before);
    let identity = trial.other_account(&session, after)?;
    let latch = Latch::closed();
    session.endpoint.respond_once(ResponseOverride::held_until(&latch));
    let count = trial.recorder.count();
    let replacing = async {
        if !trial.recorder.wait_for_requests(count + 1, MIN_CALL_TIMEOUT).await {
            latch.open();
            return Ok(None);
        }
        let replaced = async {
            trial.rekey(&session, &identity).await?;
            let read = trial.check(&session).await;
            latch.open();
            read.map(Some)
        };
        open_in_time(&latch, replaced).await
    };
    let (held, read) = join(trial.check(&session), replacing).await;
    let Some(read) = read? else { return arrived(false) };
    let held = held?;
    judge_new(trial, &[&held, &read], &read, &after, "a check during it")?;
    let last = trial.check(&session).await?;
    judge_new(trial, &[&held, &read, &last], &last, &after, "the check after it")
}

/// Opens the latch if the work takes too long, because it may wait for the delayed response.
async fn open_in_time<T>(latch: &Latch, work: impl Future<Output = T>) -> T {
    match select(pin!(work), pin!(tokio::time::sleep(DELAY))).await {
        Either::Left((done, _)) => done,
        Either::Right(((), work)) => {
            latch.open();
            work.await
        }
    }
}

fn arrived(arrived: bool) -> Judgement {
    if arrived { Ok(()) } else { Err(Stop::Inconclusive("the check made no request".to_owned())) }
}

fn judge_new(trial: &ClientTrial<'_>, shown: &[&Call], read: &Call, expected: &BalanceValues, when: &str) -> Judgement {
    trial.judge(&declared("rekey"), Role::Balance, shown, read.reports(expected), || {
        format!(
            "the credential was replaced while a request with the old one was under way, {when}: expected {expected}, found {}",
            read.found()
        )
    })
}
