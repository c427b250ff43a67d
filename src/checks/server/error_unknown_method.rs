//! # A method that is not documented is refused
//!
//! ## What it checks
//!
//! A request with a method that the contract does not document for the path gets a 4xx status, or 501 for a method
//! that the server does not know (RFC 9110, section 15.6.2). If the contract documents the response, its body must be
//! the documented one.
//!
//! ## Why it matters
//!
//! A balance that is returned for POST or DELETE hides a mistake in a client, until a gateway or the next version
//! acts on the method. A 5xx response makes clients retry a request that can never succeed.
//!
//! ## How
//!
//! The path of a read operation is called with POST, PUT, PATCH, DELETE and a method that does not exist, except
//! those that the contract documents; the path of the paid call likewise, where spending is permitted.

use super::support::operations::first_path;
use super::support::unrouted::judge_unrouted;
use crate::checks::account::TestAccount;
use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, any_operation};
use crate::checks::server_trial::ServerTrial;
use crate::checks::verdict::Side;
use crate::contract::{Condition, Level, Operation, Role, path_matches};
use crate::exchange::Request;

pub(super) const CHECK: Check = Check {
    id: "error.unknown-method",
    side: Side::Server,
    level: Level::Should,
    kind: CheckKind::Example,
    schedule: Schedule::Last,
    slow: false,
    needs: &[Need::Key, Need::Write],
    faults: &[
        "any-method-succeeds",
        "unknown-method-crashes",
        "unknown-method-error-incomplete",
        "any-method-succeeds-on-paid-path",
    ],
    applies: any_operation,
    judge: Judge::Server(|trial| Box::pin(judge(trial))),
};

async fn judge(trial: &ServerTrial<'_>) -> Judgement {
    let account = trial.account_a().await?;
    let Some(operation) = first_path(trial.contract) else { return Ok(()) };
    judge_methods(trial, operation, &account, &["POST", "PUT", "PATCH", "DELETE", "BREW"]).await?;
    // GET may be an operation of its own that the contract leaves out, and is safe: it is not sent here.
    match trial.contract.operation(Role::Spend) {
        Some(paid) if trial.may_spend().is_ok() && paid.path != operation.path => {
            judge_methods(trial, paid, &account, &["PUT", "PATCH", "DELETE", "BREW"]).await
        }
        _ => Ok(()),
    }
}

/// Judges the responses to those of the methods that the contract does not document for the operation's path.
async fn judge_methods(
    trial: &ServerTrial<'_>,
    operation: &Operation,
    account: &TestAccount,
    methods: &[&str],
) -> Judgement {
    let path = operation.example_path.split('?').next().unwrap_or_default();
    let documented: Vec<&str> = trial
        .contract
        .operations
        .iter()
        .filter(|other| other.path == operation.path || path_matches(&other.path, path))
        .map(|other| other.method.as_str())
        .collect();
    for method in methods.iter().filter(|method| !documented.contains(method)) {
        let request = Request { body: None, ..trial.request(operation, account) };
        let exchange = trial.send(Request { method: (*method).to_owned(), ..request }).await?;
        judge_unrouted(trial, &exchange, Condition::MethodUnknown)?;
    }
    Ok(())
}
