//! # Malformed credentials are refused without a server error
//!
//! ## What it checks
//!
//! A credential that is very long, contains bytes outside ASCII, or contains characters with a meaning in SQL,
//! JSON, URLs or file paths is refused.
//!
//! ## Why it matters
//!
//! Such a value reaches hash functions, databases and log formats that were never tested with it. An accepted one
//! is a security hole, and a crash stops the service for all customers.
//!
//! ## How
//!
//! Credentials of 8 KiB, with bytes outside ASCII, and with quotes, braces, percent signs, dots and slashes are
//! sent. Every 4xx status is accepted (431 too), and so is a closed connection.

use super::support::operations::secured;
use super::support::refusal::{judge_refused, send_with_invalid_key};
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
    // A server that accepts such a credential by mistake needs an account to accept it for.
    let _account = trial.account_a().await.ok();
    let Some(operation) = secured(trial).first().copied() else { return Ok(()) };
    let prefix = trial.contract.credential.as_ref().map_or("", |credential| credential.prefix.as_str());
    let malformed = [
        ("with a credential of 8 KiB", format!("{prefix}{}", "a".repeat(8 * 1024))),
        ("with bytes outside ASCII in the credential", format!("{prefix}schl\u{fc}ssel-\u{1f511}")),
        ("with quotes in the credential", format!("{prefix}' OR '1'='1")),
        ("with braces in the credential", format!("{prefix}{{\"$gt\":\"\"}}")),
        ("with percent signs in the credential", format!("{prefix}%00%0d%0aX-Admin:%20true")),
        ("with dots and slashes in the credential", format!("{prefix}../../etc/passwd")),
    ];
    for (about, key) in malformed {
        let exchange = send_with_invalid_key(trial, operation, &key).await?;
        judge_refused(trial, operation, &exchange, about).await?;
    }
    Ok(())
}
