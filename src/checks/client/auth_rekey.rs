//! # Requests after a change of the credential carry the new one
//!
//! ## What it checks
//!
//! Checks a client that declares the capability `rekey`: after the credential of a session was replaced, checks and paid
//! calls carry the new credential.
//!
//! ## Why it matters
//!
//! Keys are rotated while a service runs. A client that builds its header fields once continues with the old key until
//! it is revoked, and then every call fails until the service is restarted.
//!
//! ## How
//!
//! The credential of a session is replaced, once before its first request and once after it. The requests that follow
//! are recorded.

use std::sync::Arc;

use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, Stop, has_balance, has_credential};
use crate::checks::client::auth_sent::carries;
use crate::checks::client_session::{Call, ClientSession, Identity};
use crate::checks::client_trial::ClientTrial;
use crate::checks::standards::declared;
use crate::checks::verdict::Side;
use crate::client::Capability;
use crate::contract::{Level, Role};
use crate::mock::ReceivedRequest;

pub(super) const CHECK: Check = Check {
    id: "auth.rekey",
    side: Side::Client,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: false,
    needs: &[Need::Capability(Capability::Rekey), Need::Optional(Capability::Spend)],
    faults: &["rekey-ignored", "rekey-not-for-paid-calls"],
    applies: |contract| {
        has_balance(contract)?;
        has_credential(contract)
    },
    judge: Judge::Client(|trial| Box::pin(judge(trial))),
};

async fn judge(trial: &ClientTrial<'_>) -> Judgement {
    let mut seen = 0;
    for used_before in [false, true] {
        let session = trial.open(trial.credits(100)).await?;
        let identity = trial.other_account(&session, trial.credits(200))?;
        if used_before {
            trial.check(&session).await?;
        }
        let meanwhile = trial.rekey(&session, &identity).await?;
        seen += judge_after(trial, &session, &identity, &meanwhile).await?;
    }
    if seen == 0 {
        let why = "the client made no request after its credential was replaced: `cache.rekey` says more";
        return Err(Stop::Inconclusive(why.to_owned()));
    }
    Ok(())
}

/// Judges the requests from the change on; returns their number.
async fn judge_after(
    trial: &ClientTrial<'_>,
    session: &ClientSession,
    identity: &Identity,
    meanwhile: &[Arc<ReceivedRequest>],
) -> Result<usize, Stop> {
    let check = trial.check(session).await?;
    judge_carries(trial, identity, meanwhile, &check, Role::Balance)?;
    judge_carries(trial, identity, &check.received, &check, Role::Balance)?;
    let mut seen = meanwhile.len() + check.received.len();
    if trial.subject.capabilities.spend && trial.contract.operation(Role::Spend).is_some() {
        let spent = trial.spend(session).await?;
        judge_carries(trial, identity, &spent.received, &spent, Role::Spend)?;
        seen += spent.received.len();
    }
    Ok(seen)
}

fn judge_carries(
    trial: &ClientTrial<'_>,
    identity: &Identity,
    received: &[Arc<ReceivedRequest>],
    call: &Call,
    role: Role,
) -> Judgement {
    let (Some(credential), Some(key)) = (&trial.contract.credential, &identity.key) else { return Ok(()) };
    let secured = trial.operation(role)?.secured;
    let holds = !secured || received.iter().all(|received| carries(credential, &received.request, key));
    trial.judge(&declared("rekey"), role, &[call], holds, || {
        "after the credential was replaced: expected the new credential in every request, found a request without it"
            .to_owned()
    })
}
