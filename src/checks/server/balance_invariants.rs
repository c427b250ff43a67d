//! # What the contract relates to each other fits together in every answer
//!
//! A total that is not the sum of its rows, an empty account with a row left: each number alone looks right, and
//! whoever adds them up finds the provider's books wrong.
//!
//! Every relation that the contract states is evaluated on the successful answers of the operations that it speaks of:
//! the balance in every state of the account, several times, and paid calls. One that cannot be evaluated, because a
//! part of it is missing from the answer, does not hold.

use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, Stop};
use crate::checks::class::{Class, classify};
use crate::checks::server::support::accounts::in_every_state;
use crate::checks::server::support::payments::{header_map, pay};
use crate::checks::server_trial::ServerTrial;
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
    judge: Judge::Server(|trial| Box::pin(judge(trial))),
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
            judge_answer(trial, operation, &exchange)?;
        }
    }
    match paid(trial).await {
        // What does not spend was judged all the same.
        Err(Stop::CouldNotRun(_) | Stop::NotApplicable(_)) if !reads.is_empty() => Ok(()),
        done => done,
    }
}

async fn paid(trial: &ServerTrial<'_>) -> Judgement {
    let operation = trial.operation(Role::Spend)?;
    let account = trial.account(trial.credits(100_000)).await?;
    for _ in 0..3 {
        let payment = pay(trial, &account).await?;
        judge_answer(trial, operation, payment.exchange())?;
    }
    Ok(())
}

fn judge_answer(trial: &ServerTrial<'_>, operation: &Operation, exchange: &Exchange) -> Judgement {
    let Ok(response) = &exchange.result else { return Ok(()) };
    let body = response.json();
    let (Class::Success, Some(body)) = (classify(trial.contract, operation, response), body) else { return Ok(()) };
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
