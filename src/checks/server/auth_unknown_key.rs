//! # A credential that nobody has is refused
//!
//! The documented answer to a wrong key is what clients show to whoever has to fix the configuration. A success instead is
//! the worst that can happen; a status or a code of another kind sends people looking in the wrong place.
//!
//! Every operation that needs a credential is called with made-up ones that look like the real.

use super::support::keys;
use super::support::operations::secured;
use super::support::refusal::{judge_condition, judge_refused, with_bad_key};
use crate::checks::check::{Check, CheckKind, Judge, Judgement, Schedule, has_credential};
use crate::checks::server_trial::ServerTrial;
use crate::checks::verdict::Side;
use crate::contract::{Condition, Level};

pub(super) const CHECK: Check = Check {
    id: "auth.unknown-key",
    side: Side::Server,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: false,
    needs: &[],
    faults: &[
        "unknown-key-admitted",
        "unknown-key-other-status",
        "unknown-key-other-code",
        "unknown-key-crashes",
        "paid-call-with-any-key",
    ],
    applies: has_credential,
    judge: Judge::Server(|trial| Box::pin(judge(trial))),
};

async fn judge(trial: &ServerTrial<'_>) -> Judgement {
    // A server that takes any key for the one it knows shows only once it knows one.
    let account = trial.account_a().await.ok();
    for (n, operation) in secured(trial).into_iter().enumerate() {
        let like = account.as_ref().map_or("", |account| account.key.as_str());
        let key = keys::made_up(trial, like, n);
        let exchange = with_bad_key(trial, operation, &key).await?;
        judge_refused(trial, operation, &exchange, "with a made-up credential")?;
        judge_condition(trial, operation, &exchange, Condition::CredentialUnknown)?;
    }
    Ok(())
}
