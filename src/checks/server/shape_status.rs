//! # A successful call has a documented status
//!
//! ## What it checks
//!
//! Every operation that is called with a valid credential returns a status that the contract documents for success.
//!
//! ## Why it matters
//!
//! Clients branch on the status. One that is not documented (202 for 200, 204 without a body) matches no branch of
//! the client. An error that is returned as a success is read as a balance.
//!
//! ## How
//!
//! Every operation that can be called is called twice with a valid credential. In a contract without roles, where
//! nothing states that the call succeeds, any documented status is accepted.

use super::support::balance_reads::shows_amounts;
use super::support::describe::describe_exchange;
use super::support::operations::{callable, is_unknown_resource};
use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, has_read};
use crate::checks::class::{Class, classify};
use crate::checks::exchange_judge::ExchangeJudge;
use crate::checks::server_trial::ServerTrial;
use crate::checks::traffic::{Observed, Passive, TrafficTrial};
use crate::checks::verdict::Side;
use crate::contract::{Condition, Level, Operation, Role, StatusRange};
use crate::exchange::Response;
use crate::model::BalanceValues;

pub(super) const CHECK: Check = Check {
    id: "shape.status",
    side: Side::Server,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: false,
    needs: &[Need::Key],
    faults: &["status-202", "status-404-with-balance"],
    applies: has_read,
    judge: Judge::ServerOrTraffic(|trial| Box::pin(judge(trial)), Passive::Each(judge_observed)),
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
            // Where the amount or the cost is unknown, the credits may be used up after the first paid call.
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
            let holds = if trial.contract.extended {
                is_documented_success(operation, status)
            } else {
                is_documented(operation, status)
            };
            trial.judge(&operation.promise, Some(operation), &[&exchange], holds, || {
                let found = describe_exchange(&exchange);
                format!("expected one of the documented statuses ({}), found {found}", statuses(operation))
            })?;
        }
    }
    Ok(())
}

fn is_documented(operation: &Operation, status: u16) -> bool {
    operation.response(status).is_some() && status != 0
}

fn is_documented_success(operation: &Operation, status: u16) -> bool {
    let mut successes = operation.responses.iter().map(|response| response.status).filter(|range| match range {
        StatusRange::Exact(status) => (200..300).contains(status),
        StatusRange::Class(digit) => *digit == 2,
        StatusRange::Default => false,
    });
    successes.any(|range| range.contains(status))
}

/// The documented statuses, for messages.
fn statuses(operation: &Operation) -> String {
    let statuses = operation.responses.iter().map(|response| match response.status {
        StatusRange::Exact(status) => status.to_string(),
        StatusRange::Class(digit) => format!("{digit}XX"),
        StatusRange::Default => "default".to_owned(),
    });
    statuses.collect::<Vec<_>>().join(", ")
}

/// Judges the status of a response in recorded traffic. Documents need not list every error (OpenAPI, Responses Object), and
/// whether the request was valid is not known: a success with another status is judged, and an error with the body of a success.
fn judge_observed(trial: &TrafficTrial<'_>, observed: &Observed) -> Judgement {
    let Some((operation, response)) = observed.answer() else { return Ok(()) };
    let status = response.status;
    let partial = status == 206 && observed.request().header_value("range").is_some();
    let listed = is_documented(operation, status);
    if partial || !response.is_success() && (listed || !observed.known.response_body) {
        return Ok(());
    }
    let holds = if response.is_success() { listed } else { !shows_balance(operation, response) };
    trial.judge(&operation.promise, Some(operation), &[&observed.exchange], holds, || {
        let found = describe_exchange(&observed.exchange);
        format!("expected one of the documented statuses ({}), found {found}", statuses(operation))
    })
}

/// Whether the response has the body that is documented for a success, with a balance in it.
fn shows_balance(operation: &Operation, response: &Response) -> bool {
    let tells = operation.fields.remaining.is_some() || operation.fields.allowed.is_some();
    tells && BalanceValues::decode(&operation.fields, &response.body, |name| response.header(name)).is_ok()
}
