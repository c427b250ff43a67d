//! # No edit of a credential is the credential
//!
//! A comparison can be lax in more ways than anybody lists: it skips a part, forgives a swap, a look-alike or a blank, folds the
//! case of some characters and not of others. Whoever has seen half of a key has the other half to guess then.
//!
//! A valid credential is edited in generated ways, one to three at a time: characters left out, put in, swapped, doubled,
//! written in the other case, replaced by others or by look-alikes, the end cut off; and what servers are tempted to undo:
//! escapes, full width, quotes around it, a mark behind it. None of these may get in, and each is refused like any other bad
//! one. White space at the ends is no difference, as HTTP takes it off.

use super::support::keys;
use super::support::operations::{reads, secured};
use super::support::refusal::{judge_condition, judge_refused, with_bad_key};
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
    // Each takes one request, and says little.
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
    let blank = |c: char| c == ' ' || c == '\t';
    // Servers that split a field at blanks see the first word, and those that take it for a list its first element; a
    // cookie ends at a semicolon, and may stand in quotes: that must not be the credential itself.
    let place = trial.contract.credential_place();
    let cookie = matches!(place, Some(CredentialPlace::Cookie { .. }));
    let word = |c: char| blank(c) || c == ',' || cookie && (c == ';' || c == '"');
    let same = near.split(word).any(|word| word == account.key) || near.trim_matches(blank).is_empty();
    if same || keys::is_next(&near, &account.key) || trial.subject.is_known_key(&near) {
        return Err(Stop::Inconclusive("what the edits come to may be a credential".to_owned()));
    }
    keys::learn_near(trial, &near);
    let exchange = with_bad_key(trial, operation, &near).await?;
    // Where credentials are made one after the other, somebody may have got that one meanwhile.
    if trial.subject.is_known_key(&near) {
        return Err(Stop::Inconclusive("what the edits come to became a credential".to_owned()));
    }
    judge_refused(trial, operation, &exchange, &format!("with a credential that was edited ({})", words(&edits)))?;
    // What is no token may be refused for its form, and by what stands in front of the server.
    if near.chars().all(|c| c.is_ascii_alphanumeric() || "-._~+/=".contains(c)) {
        judge_condition(trial, operation, &exchange, Condition::CredentialUnknown)?;
    }
    Ok(())
}

/// What was done, without the credential.
fn words(edits: &[Edit]) -> String {
    let word = |edit: &Edit| format!("{} at {} %", edit.change.name(), edit.at / 10);
    edits.iter().map(word).collect::<Vec<_>>().join(", ")
}
