//! # Responses have the same shape as when they were recorded
//!
//! ## What it checks
//!
//! With `--snapshots DIR`, the shape of each response (status, media type, names of header fields, types of the
//! body's members, error code) is the one recorded in DIR.
//!
//! ## Why it matters
//!
//! Providers change their responses without an announcement: a member appears, another becomes a string, a status
//! changes. No contract written before says anything about it, and customers are the first to notice.
//!
//! ## How
//!
//! One response for each operation and each condition that can be produced is compared with its snapshot.
//! `--update-snapshots` accepts new and changed shapes; `cargo insta review` shows the pending ones.

use super::support::operations::callable;
use super::support::response_shape::describe_shape;
use super::support::snapshots::{Comparison, compare};
use super::support::{keys, refusal};
use crate::checks::account::TestAccount;
use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, Stop, any_operation};
use crate::checks::server_trial::ServerTrial;
use crate::checks::verdict::Side;
use crate::contract::{Condition, Grade, Level, Operation, Promise, Role};
use crate::exchange::Exchange;

pub(super) const CHECK: Check = Check {
    id: "shape.snapshot",
    side: Side::Server,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: false,
    needs: &[Need::Key],
    faults: &["body-wrapped"],
    applies: any_operation,
    judge: Judge::Server(|trial| Box::pin(judge(trial))),
};

async fn judge(trial: &ServerTrial<'_>) -> Judgement {
    if trial.settings.snapshots.is_none() {
        return Err(Stop::NotApplicable("no folder of snapshots was given with --snapshots".to_owned()));
    }
    let account = trial.account_a().await?;
    let mut unrecorded = Vec::new();
    for (n, operation) in callable(trial).into_iter().enumerate() {
        let exchange = trial.send(trial.request(operation, &account)).await?;
        judge_snapshot(trial, operation, "success", &exchange, &mut unrecorded)?;
        if !operation.secured {
            continue;
        }
        let bare = trial.with_tenant(operation.example_request(), None);
        let exchange = refusal::send_without_valid_key(trial, bare).await?;
        judge_snapshot(trial, operation, "credential.missing", &exchange, &mut unrecorded)?;
        let exchange =
            refusal::send_with_invalid_key(trial, operation, &keys::unknown_key(trial, &account.key, n)).await?;
        judge_snapshot(trial, operation, "credential.unknown", &exchange, &mut unrecorded)?;
    }
    if let Ok(empty) = trial.account(trial.credits(0)).await {
        judge_empty(trial, &empty, &mut unrecorded).await?;
    }
    if unrecorded.is_empty() {
        return Ok(());
    }
    Err(Stop::CouldNotRun(format!(
        "no snapshot of {} is recorded yet: accept with --update-snapshots",
        unrecorded.join(", ")
    )))
}

/// Judges the responses to an account without credits.
async fn judge_empty(trial: &ServerTrial<'_>, empty: &TestAccount, unrecorded: &mut Vec<String>) -> Judgement {
    for operation in callable(trial) {
        let condition = match operation.role {
            Role::Balance => "success.none-left",
            Role::Spend if operation.conditions.contains_key(&Condition::Exhausted) => "exhausted",
            _ => continue,
        };
        let exchange = trial.send(trial.request(operation, empty)).await?;
        judge_snapshot(trial, operation, condition, &exchange, unrecorded)?;
    }
    Ok(())
}

fn judge_snapshot(
    trial: &ServerTrial<'_>,
    operation: &Operation,
    condition: &str,
    exchange: &Exchange,
    unrecorded: &mut Vec<String>,
) -> Judgement {
    let (Some(folder), Ok(response)) = (&trial.settings.snapshots, &exchange.result) else { return Ok(()) };
    let name = format!("{}__{}__{condition}", trial.contract.name, operation.id);
    let contents = trial.journal.redactor().text(&describe_shape(response, trial.contract.error_code.as_deref()));
    let comparison = compare(folder, &name, &contents, trial.settings.update_snapshots)
        .map_err(|error| Stop::Harness(format!("the snapshots in {} cannot be used: {error}", folder.display())))?;
    let promise = Promise {
        level: Level::Must,
        grade: Grade::Observed,
        document: format!("{name}.snap"),
        quote: "the response as it was recorded".to_owned(),
    };
    match comparison {
        Comparison::Unchanged => trial.judge(&promise, Some(operation), &[exchange], true, String::new),
        Comparison::New => {
            unrecorded.push(name);
            Ok(())
        }
        Comparison::Changed(lines) => trial.judge(&promise, Some(operation), &[exchange], false, || {
            format!("{condition}: expected the recorded response, found changes: {lines}")
        }),
    }
}
