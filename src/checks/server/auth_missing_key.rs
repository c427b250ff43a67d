//! # Without a credential nobody gets in
//!
//! An operation that forgets to ask for the credential gives balances away, or lets anybody spend them. Clients, too, rely
//! on the documented answer to tell a configuration without a key from one with a wrong key.
//!
//! Every operation that needs a credential is called without one.

use super::support::operations::{is_read, secured};
use super::support::refusal::{judge_condition, judge_refused, send_bad};
use crate::checks::check::{Check, CheckKind, Judge, Judgement, Schedule, has_credential};
use crate::checks::server_trial::ServerTrial;
use crate::checks::verdict::Side;
use crate::contract::{Condition, Level};

pub(super) const CHECK: Check = Check {
    id: "auth.missing-key",
    side: Side::Server,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: false,
    needs: &[],
    faults: &["missing-key-admitted", "missing-key-other-status", "missing-key-other-code", "paid-call-without-key"],
    applies: has_credential,
    judge: Judge::Server(|trial| Box::pin(judge(trial))),
};

async fn judge(trial: &ServerTrial<'_>) -> Judgement {
    // Somebody must have an account: a server that lets callers in as whoever came last shows only then.
    let account = trial.account_a().await.ok();
    for operation in secured(trial) {
        if let Some(account) = &account
            && is_read(operation)
        {
            trial.send(trial.request(operation, account)).await?;
        }
        let request = trial.with_tenant(trial.bare(operation), None);
        let exchange = send_bad(trial, request).await?;
        judge_refused(trial, operation, &exchange, "without a credential")?;
        judge_condition(trial, operation, &exchange, Condition::CredentialMissing)?;
    }
    Ok(())
}
