//! # A rate-limited request gets the documented response
//!
//! ## What it checks
//!
//! Above the rate limit, the documented status, code and `Retry-After` are returned and nothing is charged. A
//! `Retry-After` is a number of seconds or an HTTP-date, and asks for a sensible wait. When the limit is over, requests
//! succeed again.
//!
//! ## Why it matters
//!
//! A client that cannot distinguish a rate limit from an account without credits stops for good, or goes on sending
//! requests. The status, the code and `Retry-After` distinguish them.
//!
//! ## How
//!
//! The state `rate.limited` is set, and the operations for which the contract documents a limit are called. Then
//! the state is removed, the balance must be unchanged, and the operations must be answered again.

use super::shape_headers::judge_headers;
use super::support::balance_reads::{read_true_balance, shows_amounts};
use super::support::bodies::conforms;
use super::support::describe::describe_exchange;
use super::support::failure_sign::failure_sign;
use super::support::operations::callable;
use super::support::refusal::judge_condition;
use super::support::retry_after::{judge_length, judge_wait};
use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, Stop};
use crate::checks::class::{Class, classify};
use crate::checks::exchange_judge::ExchangeJudge;
use crate::checks::server_trial::ServerTrial;
use crate::checks::traffic::{Observed, Passive, TrafficTrial};
use crate::checks::verdict::Side;
use crate::contract::{Condition, Contract, DocumentedResponse, Level, Operation, Role};
use crate::exchange::Exchange;
use crate::mock::{State, StateParams};

pub(super) const CHECK: Check = Check {
    id: "error.rate-limited",
    side: Side::Server,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Last,
    slow: false,
    needs: &[Need::Key, Need::State(State::RateLimited), Need::Spend],
    faults: &[
        "rate-limit-error-as-html",
        "rate-limit-other-status",
        "rate-limit-with-status-200",
        "rate-limit-without-retry-after",
        "rate-limit-never-ends",
        "retry-after-iso-time",
        "retry-after-fraction",
        "retry-after-negative",
        "retry-after-epoch-seconds",
        "retry-after-in-the-past",
        "charge-when-rate-limited",
    ],
    applies: |contract: &Contract| {
        let documented = contract.operations.iter().any(|op| op.conditions.contains_key(&Condition::RateLimited));
        if documented { Ok(()) } else { Err("the contract documents no limit on the rate of requests") }
    },
    judge: Judge::ServerOrTraffic(|trial| Box::pin(judge(trial)), Passive::Each(judge_observed)),
};

/// The `Retry-After` of the state, in seconds.
const RETRY_AFTER_S: u64 = 7;

async fn judge(trial: &ServerTrial<'_>) -> Judgement {
    let account = trial.account_a().await?;
    let limited: Vec<_> =
        callable(trial).into_iter().filter(|op| op.conditions.contains_key(&Condition::RateLimited)).collect();
    if limited.is_empty() {
        return Err(Stop::CouldNotRun("the operations with a documented limit spend credits: give a state handler with --states, or --allow-spend".to_owned()));
    }
    let mut params = StateParams { retry_after_s: Some(RETRY_AFTER_S), ..StateParams::default() };
    account.name_in(&mut params);
    let state = trial.setup(State::RateLimited, params).await?;
    for operation in &limited {
        for _ in 0..2 {
            let exchange = trial.send(trial.request(operation, &account)).await?;
            if let Ok(response) = &exchange.result
                && classify(trial.contract, operation, response) == Class::Success
                // A refusal with the status of a success is an effect.
                && conforms(operation, response)
                && response.json().is_none_or(|body| failure_sign(trial.contract, operation, &body).is_none())
            {
                return Err(Stop::Inconclusive(
                    "the state `rate.limited` was set but has no visible effect".to_owned(),
                ));
            }
            judge_condition(trial, operation, &exchange, Condition::RateLimited)?;
            let Some(documented) = operation.conditions.get(&Condition::RateLimited) else { continue };
            judge_limit(trial, operation, documented, &exchange)?;
            judge_wait(trial, operation, &exchange, RETRY_AFTER_S)?;
        }
    }
    trial.teardown(&state).await?;
    let spends = limited.iter().any(|operation| operation.role == Role::Spend);
    let cost = trial.contract.operation(Role::Spend).and_then(|operation| operation.cost.as_ref());
    if let Some(cost) = cost.filter(|_| spends && account.own && shows_amounts(trial.contract)) {
        // A rate-limited call is not charged. A read that decides nothing is accepted here, because the end of the limit
        // is judged below.
        match read_true_balance(trial, &cost.promise, &account).await {
            Ok(_) | Err(Stop::Inconclusive(_)) => {}
            Err(stop) => return Err(stop),
        }
    }
    for operation in &limited {
        let exchange = trial.send(trial.request(operation, &account)).await?;
        let over = exchange.result.as_ref().is_ok_and(|response| {
            classify(trial.contract, operation, response) != Class::Condition(Condition::RateLimited)
        });
        trial.judge(&operation.promise, Some(operation), &[&exchange], over, || {
            let found = describe_exchange(&exchange);
            format!("the rate limit is over: expected no rate limit response, found {found}")
        })?;
    }
    Ok(())
}

/// Judges the response to a request above the rate limit, in recorded traffic.
fn judge_observed(trial: &TrafficTrial<'_>, observed: &Observed) -> Judgement {
    let Some((operation, response)) = observed.api_answer() else { return Ok(()) };
    let Some(documented) = operation.conditions.get(&Condition::RateLimited) else { return Ok(()) };
    if classify(trial.contract(), operation, response) != Class::Condition(Condition::RateLimited) {
        return Ok(());
    }
    judge_condition(trial, operation, &observed.exchange, Condition::RateLimited)?;
    judge_limit(trial, operation, documented, &observed.exchange)?;
    judge_length(trial, operation, &observed.exchange)
}

/// Judges the header fields of a response to a request above the rate limit.
fn judge_limit(
    trial: &impl ExchangeJudge,
    operation: &Operation,
    documented: &DocumentedResponse,
    exchange: &Exchange,
) -> Judgement {
    judge_headers(trial, operation, exchange)?;
    let mut headers = documented.response.headers.iter();
    let required = headers.any(|field| field.name == "retry-after" && field.required);
    if let (true, Ok(response)) = (required, &exchange.result) {
        let present = response.header("retry-after").is_some();
        trial.judge(&documented.promise, Some(operation), &[exchange], present, || {
            "expected a Retry-After, found none".to_owned()
        })?;
    }
    Ok(())
}
