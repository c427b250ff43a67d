//! # A placeholder is not a credential
//!
//! ## What it checks
//!
//! Texts that stand for a credential in documentation, in templates and in broken programs are refused.
//!
//! ## Why it matters
//!
//! `YOUR_API_KEY` from the documentation, `undefined` from a script without its configuration and `*` from a test are
//! sent to every server that is reachable. One forgotten row in a table of keys, or one comparison with a pattern, gives
//! all of them an account.
//!
//! ## How
//!
//! A read is sent with each placeholder, with and without the prefix of real credentials. Each request must be refused
//! as one with an unknown credential.

use super::support::operations::{reads, secured};
use super::support::refusal::{judge_condition, judge_refused, send_with_invalid_key};
use crate::checks::check::{Check, CheckKind, Judge, Judgement, Schedule, has_credential};
use crate::checks::server_trial::ServerTrial;
use crate::checks::verdict::Side;
use crate::contract::{Condition, Level};

pub(super) const CHECK: Check = Check {
    id: "auth.placeholder-key",
    side: Side::Server,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: false,
    needs: &[],
    faults: &[
        "placeholder-of-documentation-admitted",
        "placeholder-of-scripts-admitted",
        "wildcard-key-admitted",
        "percent-wildcard-key-admitted",
        "test-key-admitted",
    ],
    applies: has_credential,
    judge: Judge::Server(|trial| Box::pin(judge(trial))),
};

/// What documentation, templates and programs without a configuration send in place of a credential.
const PLACEHOLDERS: [&str; 22] = [
    "YOUR_API_KEY",
    "your-api-key",
    "your_api_key_here",
    "<api_key>",
    "API_KEY",
    "${API_KEY}",
    "{{api_key}}",
    "$API_KEY",
    "undefined",
    "null",
    "None",
    "nil",
    "NaN",
    "true",
    "0",
    "[object Object]",
    "test",
    "xxxxxxxx",
    "changeme",
    "*",
    "%",
    "_",
];

async fn judge(trial: &ServerTrial<'_>) -> Judgement {
    // A pattern matches only where there is a credential.
    let _account = trial.account_a().await.ok();
    let read = reads(trial.contract).into_iter().find(|operation| operation.secured);
    let Some(operation) = read.or(secured(trial).first().copied()) else { return Ok(()) };
    let prefix = trial.contract.credential.as_ref().map_or("", |credential| credential.prefix.as_str());
    let prefixes = if prefix.is_empty() { vec![""] } else { vec!["", prefix] };
    for placeholder in PLACEHOLDERS {
        for prefix in &prefixes {
            let key = format!("{prefix}{placeholder}");
            if trial.subject.is_known_key(&key) {
                continue;
            }
            let exchange = send_with_invalid_key(trial, operation, &key).await?;
            judge_refused(trial, operation, &exchange, &format!("with the credential `{key}`")).await?;
            // What is not a token may be refused for its form.
            if key.chars().all(|c| c.is_ascii_alphanumeric() || "-._".contains(c)) {
                judge_condition(trial, operation, &exchange, Condition::CredentialUnknown)?;
            }
        }
    }
    Ok(())
}
