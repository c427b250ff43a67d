//! # A credential that is almost right is wrong
//!
//! Keys are compared by prefix, cut off at a column's width, or looked up without regard to case, and then a typing mistake
//! opens somebody else's account.
//!
//! A valid credential is cut short, extended, written in the other case, reduced to its prefix or robbed of it, and changed in its first,
//! middle and last character; none of these may get in.

use super::support::keys;
use super::support::operations::{reads, secured};
use super::support::refusal::{judge_refused, with_bad_key};
use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, has_credential};
use crate::checks::server_trial::ServerTrial;
use crate::checks::verdict::Side;
use crate::contract::Level;

pub(super) const CHECK: Check = Check {
    id: "auth.near-key",
    side: Side::Server,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: false,
    needs: &[Need::Key],
    faults: &[
        "key-truncated-admitted",
        "key-extended-admitted",
        "key-other-case-admitted",
        "key-by-prefix-admitted",
        "key-middle-ignored",
    ],
    applies: has_credential,
    judge: Judge::Server(|trial| Box::pin(judge(trial))),
};

async fn judge(trial: &ServerTrial<'_>) -> Judgement {
    let account = trial.account_a().await?;
    let operations = secured(trial);
    let Some(operation) = reads(trial.contract).into_iter().find(|op| op.secured).or(operations.first().copied())
    else {
        return Ok(());
    };
    for (about, key) in keys::near(trial, &account.key) {
        let exchange = with_bad_key(trial, operation, &key).await?;
        // Where credentials are numbered, one that is near is somebody else's. It may have been opened only just now.
        if trial.subject.is_known_key(&key) {
            continue;
        }
        judge_refused(trial, operation, &exchange, about)?;
    }
    Ok(())
}
