//! # The relations that the contract states hold in every response
//!
//! ## What it checks
//!
//! Every relation between fields that the contract states (for example "the total is the sum of the rows") holds in
//! each successful response.
//!
//! ## Why it matters
//!
//! A total that differs from the sum of its rows, or an empty account with a row that still has credits: each
//! number looks right alone, but together they show that the provider's accounting is wrong.
//!
//! ## How
//!
//! Each relation is evaluated on successful responses of its operation: balance reads in every state of the
//! account, repeated, and paid calls. A relation that cannot be evaluated, because the response lacks a part of it,
//! does not hold.

use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, Stop};
use crate::checks::class::{Class, classify, header_map};
use crate::checks::exchange_judge::ExchangeJudge;
use crate::checks::server::support::accounts::in_every_state;
use crate::checks::server::support::payments::pay;
use crate::checks::server_trial::ServerTrial;
use crate::checks::traffic::{Observed, Passive, TrafficTrial};
use crate::checks::verdict::Side;
use crate::contract::{Level, Operation, Role};
use crate::exchange::Exchange;

pub(super) const CHECK: Check = Check {
    id: "balance.invariants",
    side: Side::Server,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: false,
    needs: &[Need::Key],
    faults: &["rows-off-by-one", "rows-off-by-one-every-seventh"],
    applies: |contract| {
        let any = contract.operations.iter().any(|operation| !operation.invariants.is_empty());
        if any { Ok(()) } else { Err("the contract states no relation between fields") }
    },
    judge: Judge::ServerOrTraffic(|trial| Box::pin(judge(trial)), Passive::Each(judge_observed)),
};

async fn judge(trial: &ServerTrial<'_>) -> Judgement {
    let accounts = in_every_state(trial).await?;
    let reads = trial.contract.operations.iter().filter(|operation| {
        (operation.role == Role::Balance || operation.method == "GET" && operation.request.is_none())
            && !operation.invariants.is_empty()
    });
    let reads: Vec<_> = reads.collect();
    for account in accounts.iter().cycle().take((accounts.len() * 2).max(14)) {
        for operation in &reads {
            let exchange = trial.send(trial.request(operation, account)).await?;
            judge_relations(trial, operation, &exchange)?;
        }
    }
    match judge_paid_calls(trial).await {
        // Where paid calls cannot be made, the reads are judged alone.
        Err(Stop::CouldNotRun(_) | Stop::NotApplicable(_)) if !reads.is_empty() => Ok(()),
        judgement => judgement,
    }
}

async fn judge_paid_calls(trial: &ServerTrial<'_>) -> Judgement {
    let operation = trial.operation(Role::Spend)?;
    let account = trial.account(trial.credits(100_000)).await?;
    for _ in 0..3 {
        let payment = pay(trial, &account).await?;
        judge_relations(trial, operation, payment.exchange())?;
    }
    Ok(())
}

fn judge_relations(trial: &impl ExchangeJudge, operation: &Operation, exchange: &Exchange) -> Judgement {
    let Ok(response) = &exchange.result else { return Ok(()) };
    let body = response.json();
    let (Class::Success, Some(body)) = (classify(trial.contract(), operation, response), body) else { return Ok(()) };
    for rule in &operation.invariants {
        let held = rule.expression.holds(response.status, &header_map(response), &body);
        let holds = matches!(held, Ok(true));
        trial.judge(&rule.promise, Some(operation), &[exchange], holds, || match held {
            Err(why) => format!("`{}` does not hold: {}", rule.id, why.reason),
            Ok(_) => format!("`{}` does not hold: {}", rule.id, rule.expression.text()),
        })?;
    }
    Ok(())
}

/// Judges a response in recorded traffic.
fn judge_observed(trial: &TrafficTrial<'_>, observed: &Observed) -> Judgement {
    let Some((operation, _)) = observed.api_answer() else { return Ok(()) };
    judge_relations(trial, operation, &observed.exchange).map(drop)
}
