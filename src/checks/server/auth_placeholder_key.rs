//! # Placeholders are not accepted as credentials
//!
//! ## What it checks
//!
//! Values that stand for a credential in documentation, configuration and broken programs are refused: `YOUR_API_KEY`,
//! `test`, `null`, `undefined`, `*` and their like.
//!
//! ## Why it matters
//!
//! A key that was left in from development, a comparison that treats `undefined` as equal to a missing entry, and a search
//! with `LIKE '%'` all accept such a value. A user who copies an example then uses the account of a customer.
//!
//! ## How
//!
//! An operation that requires a credential is called with each of these values, with and without the prefix of the
//! contract's credentials. Each must be refused. A value that was given as a valid credential is left out.

use super::support::operations::{reads, secured};
use super::support::refusal::{judge_refused, send_with_invalid_key};
use crate::checks::check::{Check, CheckKind, Judge, Judgement, Schedule, has_credential};
use crate::checks::server_trial::ServerTrial;
use crate::checks::verdict::Side;
use crate::contract::Level;

pub(super) const CHECK: Check = Check {
    id: "auth.placeholder-key",
    side: Side::Server,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: false,
    needs: &[],
    faults: &["placeholder-key-admitted", "falsy-key-admitted", "wildcard-key-admitted", "test-key-admitted"],
    applies: has_credential,
    judge: Judge::Server(|trial| Box::pin(judge(trial))),
};

/// Placeholders of documentation, values of unset variables in programs, and patterns of searches.
const PLACEHOLDERS: &[&str] = &[
    "YOUR_API_KEY",
    "your_api_key",
    "your-api-key-here",
    "<api_key>",
    "{api_key}",
    "${API_KEY}",
    "{{apiKey}}",
    "API_KEY",
    "api_key",
    "xxx",
    "xxxxxxxxxxxxxxxx",
    "test",
    "demo",
    "example",
    "secret",
    "changeme",
    "admin",
    "12345",
    "null",
    "undefined",
    "None",
    "nil",
    "NaN",
    "[object Object]",
    "true",
    "false",
    "0",
    "1",
    "-1",
    "*",
    "%",
    "_",
    "?",
    ".*",
    "[]",
    "{}",
];

/// Placeholders that are also tried behind the prefix of the contract's credentials.
const PREFIXED: &[&str] = &["YOUR_API_KEY", "your_api_key", "xxx", "test", "undefined", "*", "..."];

async fn judge(trial: &ServerTrial<'_>) -> Judgement {
    // A server that accepts such a value by mistake needs an account to accept it for.
    let account = trial.account_a().await.ok();
    let operations = secured(trial);
    let Some(operation) = reads(trial.contract).into_iter().find(|op| op.secured).or(operations.first().copied())
    else {
        return Ok(());
    };
    let prefix = trial.contract.credential.as_ref().map_or("", |credential| credential.prefix.as_str());
    let prefixed = PREFIXED.iter().filter(|_| !prefix.is_empty()).map(|word| format!("{prefix}{word}"));
    let keys = PLACEHOLDERS.iter().map(|word| (*word).to_owned()).chain(prefixed).filter(|key| {
        let given = account.as_ref().is_some_and(|account| account.key == *key);
        !given && !trial.subject.is_known_key(key)
    });
    let judge_key = async |key: String| {
        let exchange = send_with_invalid_key(trial, operation, &key).await?;
        judge_refused(trial, operation, &exchange, &format!("with `{key}` as the credential")).await
    };
    trial.each(keys, judge_key).await
}
