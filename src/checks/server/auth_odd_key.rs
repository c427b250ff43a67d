//! # Malformed credentials are refused without a server error
//!
//! ## What it checks
//!
//! A credential that is long, contains bytes outside ASCII or blanks, or contains characters with a meaning in SQL,
//! JSON, URLs or file paths is refused with a 4xx response.
//!
//! ## Why it matters
//!
//! Such a value reaches hash functions, databases and log formats that were never tested with it. An accepted one
//! is a security hole, and a crash stops the service for all customers.
//!
//! ## How
//!
//! Credentials of 4 and 8 KiB, with bytes outside ASCII, and with quotes, blanks, commas, braces, percent signs, dots and
//! slashes are sent. Every 4xx status is accepted (431 too). A 5xx status and a closed connection are not, if the server
//! responds to other requests. For 8 KiB and bytes outside ASCII a closed connection is only a remark, because it may be
//! the doing of a proxy.

use super::support::describe::describe_exchange;
use super::support::operations::secured;
use super::support::refusal::{judge_refused, require_responses, send_with_invalid_key};
use crate::checks::check::{Check, CheckKind, Judge, Judgement, Schedule, has_credential};
use crate::checks::server_trial::ServerTrial;
use crate::checks::standards;
use crate::checks::verdict::Side;
use crate::contract::{Condition, CredentialPlace, Level, Operation};
use crate::exchange::Exchange;

pub(super) const CHECK: Check = Check {
    id: "auth.odd-key",
    side: Side::Server,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Last,
    slow: false,
    needs: &[],
    faults: &[
        "long-key-admitted",
        "long-key-crashes",
        "long-key-closes-connection",
        "non-ascii-key-crashes",
        "non-ascii-key-closes-connection",
        "quote-in-key-admitted",
        "quote-in-key-crashes",
        "quote-in-key-closes-connection",
        "blank-in-key-crashes",
    ],
    applies: has_credential,
    judge: Judge::Server(|trial| Box::pin(judge(trial))),
};

async fn judge(trial: &ServerTrial<'_>) -> Judgement {
    // A server that accepts such a credential by mistake needs an account to accept it for.
    let _account = trial.account_a().await.ok();
    let Some(operation) = secured(trial).first().copied() else { return Ok(()) };
    let prefix = trial.contract.credential.as_ref().map_or("", |credential| credential.prefix.as_str());
    let malformed = [
        (Oddity::Long, "with a credential of 4 KiB", format!("{prefix}{}", "b".repeat(4000))),
        (Oddity::VeryLong, "with a credential of 8 KiB", format!("{prefix}{}", "a".repeat(8 * 1024))),
        (Oddity::NonAscii, "with bytes outside ASCII in the credential", format!("{prefix}schl\u{fc}ssel-\u{1f511}")),
        (Oddity::Text, "with quotes in the credential", format!("{prefix}' OR '1'='1")),
        (Oddity::Text, "with double quotes in the credential", format!("\"{prefix}a\" \\\"b")),
        (Oddity::Text, "with blanks in the credential", format!("{prefix}a b  c")),
        (Oddity::Text, "with commas in the credential", format!("{prefix}a,b,,c")),
        (Oddity::Text, "with braces in the credential", format!("{prefix}{{\"$gt\":\"\"}}")),
        (Oddity::Text, "with percent signs in the credential", format!("{prefix}%00%0d%0aX-Admin:%20true")),
        (Oddity::Text, "with dots and slashes in the credential", format!("{prefix}../../etc/passwd")),
    ];
    for (oddity, about, key) in malformed {
        let exchange = send_with_invalid_key(trial, operation, &key).await?;
        judge_odd(trial, operation, &exchange, oddity, about).await?;
    }
    Ok(())
}

/// What is odd about a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Oddity {
    /// Longer than usual, and within the limits of all usual servers.
    Long,
    /// Beyond the limits of some servers.
    VeryLong,
    /// Not in ASCII.
    NonAscii,
    /// Visible characters and blanks.
    Text,
}

async fn judge_odd(
    trial: &ServerTrial<'_>,
    operation: &Operation,
    exchange: &Exchange,
    oddity: Oddity,
    about: &str,
) -> Judgement {
    require_responses(trial, operation, exchange).await?;
    let refused = exchange.result.as_ref().is_ok_and(|response| response.status < 500);
    let in_field = !matches!(trial.contract.credential_place(), None | Some(CredentialPlace::Query { .. }));
    let unknown = operation.conditions.get(&Condition::CredentialUnknown).map(|answer| answer.promise.clone());
    let promise = match (oddity, &exchange.result) {
        (Oddity::VeryLong, Err(_)) => standards::client_error(),
        (Oddity::Long | Oddity::VeryLong, _) if in_field => standards::header_too_large(),
        (Oddity::NonAscii, _) => standards::opaque_octets(),
        // It is an unknown credential like any other.
        _ => unknown.filter(|promise| promise.level > Level::Should).unwrap_or_else(standards::client_error),
    };
    trial.judge(&promise, Some(operation), &[exchange], refused, || {
        format!("{about}: expected a 4xx status, found {}", describe_exchange(exchange))
    })?;
    judge_refused(trial, operation, exchange, about).await
}
