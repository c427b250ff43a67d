//! # A balance of the old credential is not reported under the new one
//!
//! ## What it checks
//!
//! Checks a client that declares the capability `rekey`: what it cached under one credential is not reported after the
//! credential was replaced.
//!
//! ## Why it matters
//!
//! A new key may belong to another account. A client that keeps one balance for its session, or that keys its cache by
//! the session, shows the balance of the old account until the TTL has passed.
//!
//! ## How
//!
//! A session checks, its credential is replaced by that of another account, and it checks again. Then the first
//! credential is put back, and at last one that the server refuses. Each check must report the balance of the account
//! that the credential belongs to; the last one must report none. Whether the client has cached a balance of that
//! account, or requests it, is its own decision.

use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, Stop, has_credential, tells_balance};
use crate::checks::client::support::cache_support::{filled, other};
use crate::checks::client_session::{ClientSession, Identity};
use crate::checks::client_trial::ClientTrial;
use crate::checks::standards::declared;
use crate::checks::verdict::Side;
use crate::client::Capability;
use crate::contract::{FailureMode, Level, Role};
use crate::model::BalanceValues;

pub(super) const CHECK: Check = Check {
    id: "cache.rekey",
    side: Side::Client,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: false,
    needs: &[Need::Capability(Capability::Rekey)],
    faults: &["old-balance-after-rekey"],
    applies: |contract| {
        tells_balance(contract)?;
        has_credential(contract)
    },
    judge: Judge::Client(|trial| Box::pin(judge(trial))),
};

async fn judge(trial: &ClientTrial<'_>) -> Judgement {
    let first = trial.credits(100);
    let session = trial.open(first).await?;
    let fill = trial.check(&session).await?;
    filled(&fill, &first)?;
    let second = other(trial, &first);
    let identity = trial.other_account(&session, second)?;
    judge_own(trial, &session, &identity, &second).await?;
    let original = session.identity.clone();
    judge_own(trial, &session, &original, &first).await?;
    judge_refused(trial, &session, [first, second]).await
}

/// Replaces the credential, and judges that the next check reports the balance of its account.
async fn judge_own(
    trial: &ClientTrial<'_>,
    session: &ClientSession,
    identity: &Identity,
    balance: &BalanceValues,
) -> Judgement {
    trial.rekey(session, identity).await?;
    let read = trial.check(session).await?;
    trial.judge(&declared("rekey"), Role::Balance, &[&read], read.reports(balance), || {
        format!("after the credential was replaced: expected {balance}, found {}", read.found())
    })
}

/// Replaces the credential by one that the server refuses, and judges that no earlier balance is reported.
async fn judge_refused(trial: &ClientTrial<'_>, session: &ClientSession, earlier: [BalanceValues; 2]) -> Judgement {
    // Where checks fail open, a balance that allows use may be the policy's.
    let fails_open = trial.contract.failure.as_ref().is_some_and(|failure| failure.mode == FailureMode::Open);
    if fails_open {
        return Ok(());
    }
    let unknown = Identity { key: trial.fresh_identity("").key, tenant: session.identity.tenant.clone() };
    trial.redactor.learn(unknown.key.as_deref().unwrap_or_default(), "RINGTRUE_OTHER_KEY");
    trial.rekey(session, &unknown).await?;
    let read = trial.check(session).await?;
    if read.outcome.is_err() && read.received.is_empty() {
        return Err(Stop::Inconclusive("the check with a refused credential made no request".to_owned()));
    }
    let holds = !earlier.iter().any(|balance| read.reports(balance));
    trial.judge(&declared("rekey"), Role::Balance, &[&read], holds, || {
        format!("after the credential was replaced by one that is refused: expected no balance, found {}", read.found())
    })
}
