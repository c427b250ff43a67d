//! # A request without a credential is refused
//!
//! ## What it checks
//!
//! Every operation that requires a credential refuses a request without one, with the documented response.
//!
//! ## Why it matters
//!
//! An operation that does not ask for the credential shows balances to everybody, or lets everybody spend them.
//! Clients also need the documented response to distinguish a missing key from a wrong one.
//!
//! ## How
//!
//! Every operation that requires a credential is called without one, if possible right after a call with a valid
//! credential, so that a server that remembers the last caller is found.

use super::support::operations::{is_read, secured};
use super::support::refusal::{judge_condition, judge_refused, send_without_valid_key};
use crate::checks::check::{Check, CheckKind, Judge, Judgement, Schedule, has_credential};
use crate::checks::server_trial::{ServerTrial, with_credential};
use crate::checks::verdict::Side;
use crate::contract::{Condition, Credential, Level};

pub(super) const CHECK: Check = Check {
    id: "auth.missing-key",
    side: Side::Server,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: false,
    needs: &[],
    faults: &[
        "missing-key-error-as-html",
        "missing-key-admitted",
        "missing-key-other-status",
        "missing-key-other-code",
        "paid-call-without-key",
    ],
    applies: has_credential,
    judge: Judge::Server(|trial| Box::pin(judge(trial))),
};

async fn judge(trial: &ServerTrial<'_>) -> Judgement {
    // A server that accepts such a request as the last caller is found only after a call with a valid credential.
    let account = trial.account_a().await.ok();
    for operation in secured(trial) {
        if let Some(account) = &account
            && is_read(operation)
        {
            trial.send(trial.request(operation, account)).await?;
        }
        let request = trial.with_tenant(operation.example_request(), None);
        let exchange = send_without_valid_key(trial, request).await?;
        judge_refused(trial, operation, &exchange, "without a credential").await?;
        judge_condition(trial, operation, &exchange, Condition::CredentialMissing)?;
    }
    judge_parts(trial).await
}

/// Judges that a part of a credential that combines several schemes does not suffice.
async fn judge_parts(trial: &ServerTrial<'_>) -> Judgement {
    let ways = trial.contract.credential.iter().flat_map(Credential::ways);
    let Some(way) = ways.into_iter().nth(trial.subject.way()).filter(|way| way.len() > 1) else { return Ok(()) };
    let (Some(operation), Ok(account)) = (secured(trial).first().copied(), trial.account_a().await) else {
        return Ok(());
    };
    let bare = trial.with_tenant(operation.example_request(), account.tenant.as_deref());
    for part in &way {
        let request = with_credential(bare.clone(), part, &account.key);
        let exchange = send_without_valid_key(trial, request).await?;
        let about = format!("with the credential in {} alone", part.describe());
        judge_refused(trial, operation, &exchange, &about).await?;
    }
    Ok(())
}
