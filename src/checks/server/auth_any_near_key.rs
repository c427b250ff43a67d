//! # A credential with one character changed is refused
//!
//! ## What it checks
//!
//! A request whose credential differs from a valid one by one to three small edits is refused, like a request with
//! any other unknown credential.
//!
//! ## Why it matters
//!
//! A lax comparison (one that skips a part of the key, or ignores case, blanks, the order of characters or
//! look-alike characters) accepts many keys for one account. An attacker who has seen half of a key can then guess
//! the other half.
//!
//! ## How
//!
//! A valid credential is edited in generated ways: characters are left out, inserted, swapped, doubled, replaced by
//! others or by look-alikes, written in the other case, or cut off at the end. Other edits are those that servers
//! tend to undo: percent-encoding, full-width characters, quotes around the key, punctuation after it. White space
//! at the ends is not an edit, because HTTP removes it.

use super::support::keys;
use super::support::operations::{reads, secured};
use super::support::refusal::{judge_condition, judge_refused, send_with_invalid_key};
use crate::checks::account::TestAccount;
use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, Stop, has_credential};
use crate::checks::server_trial::ServerTrial;
use crate::checks::verdict::Side;
use crate::contract::{Condition, CredentialPlace, Level, Operation};
use crate::generate::{Edit, edited, edits};

pub(super) const CHECK: Check = Check {
    id: "auth.any-near-key",
    side: Side::Server,
    level: Level::Must,
    kind: CheckKind::Property,
    schedule: Schedule::Shared,
    slow: false,
    needs: &[Need::Key],
    faults: &[
        "key-middle-ignored",
        "key-by-prefix-admitted",
        "key-second-quarter-ignored",
        "key-case-ignored-in-the-middle",
        "key-anagram-admitted",
        "key-look-alikes-admitted",
        "key-spaces-ignored",
        "key-quotes-removed",
        "key-percent-decoded",
        "key-full-width-normalized",
        "key-trailing-punctuation-ignored",
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
    let account = &account;
    // Each case costs one request only, so there are twice as many.
    let cases = trial.cases(CHECK.id).times(2);
    cases.check_all(edits, |edits| judge_edits(trial, operation, account, edits)).await
}

async fn judge_edits(
    trial: &ServerTrial<'_>,
    operation: &Operation,
    account: &TestAccount,
    edits: Vec<Edit>,
) -> Judgement {
    let near = edited(&account.key, &edits);
    let is_blank = |c: char| c == ' ' || c == '\t';
    // A server may split the field value at blanks or, as a list, at commas. A cookie ends at a semicolon and may be
    // quoted. None of the resulting parts may be the valid credential.
    let place = trial.contract.credential_place();
    let is_cookie = matches!(place, Some(CredentialPlace::Cookie { .. }));
    let is_separator = |c: char| is_blank(c) || c == ',' || is_cookie && (c == ';' || c == '"');
    let same = near.split(is_separator).any(|part| part == account.key) || near.trim_matches(is_blank).is_empty();
    if same
        || keys::is_same_credential(trial, &near, &account.key)
        || keys::is_in_same_series(&near, &account.key)
        || trial.subject.is_known_key(&near)
    {
        return Err(Stop::Inconclusive("the edited credential may be a valid one".to_owned()));
    }
    keys::redact_near_key(trial, &near);
    let exchange = send_with_invalid_key(trial, operation, &near).await?;
    // Where credentials are numbered, the edited one may have been issued to a new account meanwhile.
    if trial.subject.is_known_key(&near) {
        return Err(Stop::Inconclusive("the edited credential became a valid one".to_owned()));
    }
    judge_refused(trial, operation, &exchange, &format!("with an edited credential ({})", describe_edits(&edits)))
        .await?;
    // A value that is not a token may be refused for its form, also by a proxy in front of the server, so the documented
    // response is not required.
    if near.chars().all(|c| c.is_ascii_alphanumeric() || "-._~+/=".contains(c)) {
        judge_condition(trial, operation, &exchange, Condition::CredentialUnknown)?;
    }
    Ok(())
}

/// The edits in words, without the credential.
fn describe_edits(edits: &[Edit]) -> String {
    let describe_edit = |edit: &Edit| format!("{} at {} %", edit.change.name(), edit.at / 10);
    edits.iter().map(describe_edit).collect::<Vec<_>>().join(", ")
}
