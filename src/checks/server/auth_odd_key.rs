//! # Odd credentials are refused, not stumbled over
//!
//! A key that is far too long, or that has bytes outside ASCII in it, reaches hash functions, databases and log formats that
//! nobody tried it with. What comes back must be a refusal.
//!
//! Credentials of 8 KiB, with bytes beyond ASCII, with quotes, percent signs and control-like sequences are sent. Any 4xx
//! will do, 431 as well, and a connection that is closed.

use super::support::operations::secured;
use super::support::refusal::{judge_refused, with_bad_key};
use crate::checks::check::{Check, CheckKind, Judge, Judgement, Schedule, has_credential};
use crate::checks::server_trial::ServerTrial;
use crate::checks::verdict::Side;
use crate::contract::Level;

pub(super) const CHECK: Check = Check {
    id: "auth.odd-key",
    side: Side::Server,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Last,
    slow: false,
    needs: &[],
    faults: &["long-key-admitted", "long-key-crashes", "non-ascii-key-crashes", "quote-in-key-admitted"],
    applies: has_credential,
    judge: Judge::Server(|trial| Box::pin(judge(trial))),
};

async fn judge(trial: &ServerTrial<'_>) -> Judgement {
    // Whoever gets in by mistake gets in as somebody.
    let _account = trial.account_a().await.ok();
    let Some(operation) = secured(trial).first().copied() else { return Ok(()) };
    let prefix = trial.contract.credential.as_ref().map_or("", |credential| credential.prefix.as_str());
    let odd = [
        ("with a credential of 8 KiB", format!("{prefix}{}", "a".repeat(8 * 1024))),
        ("with a credential beyond ASCII", format!("{prefix}schl\u{fc}ssel-\u{1f511}")),
        ("with quotes in the credential", format!("{prefix}' OR '1'='1")),
        ("with braces in the credential", format!("{prefix}{{\"$gt\":\"\"}}")),
        ("with percent signs in the credential", format!("{prefix}%00%0d%0aX-Admin:%20true")),
        ("with dots and slashes in the credential", format!("{prefix}../../etc/passwd")),
    ];
    for (about, key) in odd {
        let exchange = with_bad_key(trial, operation, &key).await?;
        judge_refused(trial, operation, &exchange, about)?;
    }
    Ok(())
}
