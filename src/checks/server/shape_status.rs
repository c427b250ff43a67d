//! # A call that succeeds has a documented status
//!
//! Clients branch on the status. One that is not documented (202 for 200, 204 without a body) falls through every branch
//! that anybody wrote, and an error that comes as a success is a balance to whoever reads it.
//!
//! Every operation that can be called is called with a valid credential, and its status is held against those that the
//! contract documents for success.

use super::support::balance_reads::shows_amounts;
use super::support::describe::describe_exchange;
use super::support::operations::{callable, is_unknown_resource};
use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, any_operation};
use crate::checks::class::{Class, classify};
use crate::checks::server_trial::ServerTrial;
use crate::checks::verdict::Side;
use crate::contract::{Condition, Level, Operation, Role, StatusRange};

pub(super) const CHECK: Check = Check {
    id: "shape.status",
    side: Side::Server,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: false,
    needs: &[Need::Key],
    faults: &["status-202", "status-404-with-balance"],
    applies: any_operation,
    judge: Judge::Server(|trial| Box::pin(judge(trial))),
};

async fn judge(trial: &ServerTrial<'_>) -> Judgement {
    let account = trial.account_a().await?;
    for operation in callable(trial) {
        for n in 0..2 {
            let exchange = trial.send(trial.request(operation, &account)).await?;
            let status = exchange.result.as_ref().map_or(0, |response| response.status);
            if is_unknown_resource(operation, status) {
                continue;
            }
            // Where no amount or no cost is known, nobody knows how many paid calls there are left.
            let cost_known =
                operation.cost.as_ref().is_some_and(|cost| cost.amount.is_some() || cost.charged.is_some());
            let exhausted = operation.role == Role::Spend
                && (!shows_amounts(trial.contract) || !cost_known)
                && exchange.result.as_ref().is_ok_and(|response| {
                    classify(trial.contract, operation, response) == Class::Condition(Condition::Exhausted)
                });
            if n > 0 && exhausted {
                continue;
            }
            // Without roles nothing says that the call must succeed; it must be documented all the same.
            let holds =
                if trial.contract.extended { succeeds(operation, status) } else { documented(operation, status) };
            trial.judge(&operation.promise, Some(operation), &[&exchange], holds, || {
                let found = describe_exchange(&exchange);
                format!("expected one of the documented statuses ({}), found {found}", statuses(operation))
            })?;
        }
    }
    Ok(())
}

fn documented(operation: &Operation, status: u16) -> bool {
    operation.response(status).is_some() && status != 0
}

/// Whether a status is one that is documented for success.
fn succeeds(operation: &Operation, status: u16) -> bool {
    let mut successes = operation.responses.iter().map(|response| response.status).filter(|range| match range {
        StatusRange::Exact(status) => (200..300).contains(status),
        StatusRange::Class(digit) => *digit == 2,
        StatusRange::Default => false,
    });
    successes.any(|range| range.contains(status))
}

fn statuses(operation: &Operation) -> String {
    let words = operation.responses.iter().map(|response| match response.status {
        StatusRange::Exact(status) => status.to_string(),
        StatusRange::Class(digit) => format!("{digit}XX"),
        StatusRange::Default => "default".to_owned(),
    });
    words.collect::<Vec<_>>().join(", ")
}
