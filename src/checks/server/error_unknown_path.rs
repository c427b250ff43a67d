//! # An unknown path gets a 4xx status
//!
//! ## What it checks
//!
//! A request to a path that the contract does not document gets the documented response with the documented body, or
//! another 4xx status if no response is documented for unknown paths.
//!
//! ## Why it matters
//!
//! A mistyped path that is answered with a success looks like an account without a balance. A 5xx response makes
//! clients retry, and raises alarms, for a spelling mistake.
//!
//! ## How
//!
//! Paths that belong to no documented template are called with a valid credential: one beside a documented path, one
//! below it, one that ends like it, and one of its own.

use super::support::operations::first_path;
use super::support::unrouted::{judge_unrouted, unknown_paths};
use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, any_operation};
use crate::checks::server_trial::ServerTrial;
use crate::checks::verdict::Side;
use crate::contract::{Condition, Level};
use crate::exchange::Request;

pub(super) const CHECK: Check = Check {
    id: "error.unknown-path",
    side: Side::Server,
    level: Level::Should,
    kind: CheckKind::Example,
    schedule: Schedule::Last,
    slow: false,
    needs: &[Need::Key],
    faults: &[
        "unknown-path-succeeds",
        "unknown-path-crashes",
        "path-below-succeeds",
        "path-compared-by-its-end",
        "unknown-path-error-as-html",
        "unknown-path-error-without-body",
    ],
    applies: any_operation,
    judge: Judge::Server(|trial| Box::pin(judge(trial))),
};

async fn judge(trial: &ServerTrial<'_>) -> Judgement {
    let account = trial.account_a().await?;
    let Some(operation) = first_path(trial.contract) else { return Ok(()) };
    for target in unknown_paths(trial.contract, &operation.example_path) {
        let request = Request { method: "GET".to_owned(), target, body: None, ..operation.example_request() };
        let request = trial.with_key(trial.with_tenant(request, account.tenant.as_deref()), &account.key);
        let exchange = trial.send(request).await?;
        judge_unrouted(trial, &exchange, Condition::PathUnknown)?;
    }
    Ok(())
}
