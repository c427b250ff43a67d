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
use crate::checks::client_session::{Call, ClientSession};
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
    for checks_meanwhile in [false, true] {
        let Race { session, expected, held, meanwhile } = race(trial, checks_meanwhile).await?;
        if let Some(read) = &meanwhile {
            judge_new(trial, &[&held, read], read, &expected, "a check during it")?;
        }
        let last = trial.check(&session).await?;
        let shown: Vec<&Call> = std::iter::once(&held).chain(&meanwhile).chain([&last]).collect();
        judge_new(trial, &shown, &last, &expected, "the check after it")?;
    }
    Ok(())
}

/// What happened while the response to a check was delayed.
struct Race {
    session: ClientSession,
    /// The balance of the new credential.
    expected: BalanceValues,
    /// The check whose response was delayed.
    held: Call,
    /// A check that was made with the new credential before the response arrived.
    meanwhile: Option<Call>,
}

/// Delays the response to a check, and meanwhile replaces the credential, and checks if `checks_meanwhile`.
async fn race(trial: &ClientTrial<'_>, checks_meanwhile: bool) -> Result<Race, Stop> {
    let before = trial.credits(100);
    let session = trial.open(before).await?;
    let expected = other(trial, &before);
    let identity = trial.other_account(&session, expected)?;
    let latch = Latch::closed();
    session.endpoint.respond_once(ResponseOverride::held_until(&latch));
    let count = trial.recorder.count();
    let replacing = async {
        if !trial.recorder.wait_for_requests(count + 1, MIN_CALL_TIMEOUT).await {
            latch.open();
            return Err(Stop::Inconclusive("the check made no request".to_owned()));
        }
        let replaced = async {
            let replaced = trial.rekey(&session, &identity).await;
            let read = match replaced {
                Ok(_) if checks_meanwhile => trial.check(&session).await.map(Some),
                replaced => replaced.map(|_| None),
            };
            latch.open();
            read
        };
        open_in_time(&latch, replaced).await
    };
    let (held, meanwhile) = join(trial.check(&session), replacing).await;
    let meanwhile = meanwhile?;
    Ok(Race { session, expected, held: held?, meanwhile })
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

fn judge_new(trial: &ClientTrial<'_>, shown: &[&Call], read: &Call, expected: &BalanceValues, when: &str) -> Judgement {
    trial.judge(&declared("rekey"), Role::Balance, shown, read.reports(expected), || {
        format!(
            "the credential was replaced while a request with the old one was under way, {when}: expected {expected}, found {}",
            read.found()
        )
    })
}
