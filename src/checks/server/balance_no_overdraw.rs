//! # Concurrent paid calls never spend more than there is
//!
//! "Read the balance, compare, write it back" is right until two requests meet. Then both see the last credit, both
//! spend it, and the balance ends below zero, or one of the two was never counted.
//!
//! More paid calls than there are credits for are made at once, on connections of their own, several times over. No
//! more may succeed than the credits cover, and the balance must be what the successful ones left, never less than
//! nothing.

use futures_util::future::join_all;
use rust_decimal::Decimal;

use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, Stop, has_spend};
use crate::checks::server::balance_exhausted::answer;
use crate::checks::server::support::balance_reads::{found, opened, read_truth, shows_amounts};
use crate::checks::server::support::payments::{Payment, pay_as};
use crate::checks::server_trial::ServerTrial;
use crate::checks::verdict::Side;
use crate::contract::{Level, Role};
use crate::exchange::{Exchange, SendOptions};
use crate::mock::State;

pub(super) const CHECK: Check = Check {
    id: "balance.no-overdraw",
    side: Side::Server,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: false,
    needs: &[Need::State(State::Account), Need::Spend],
    faults: &["overdraw-under-concurrency", "exhausted-accepted"],
    applies: |contract| {
        has_spend(contract)?;
        if !shows_amounts(contract) {
            return Err("the contract shows no amounts");
        }
        answer(contract).map(drop).ok_or("the contract documents no answer to a paid call with nothing left")
    },
    judge: Judge::Server(|trial| Box::pin(judge(trial))),
};

async fn judge(trial: &ServerTrial<'_>) -> Judgement {
    for calls in [1u32, 2, 3] {
        round(trial, calls).await?;
    }
    Ok(())
}

/// Makes six paid calls at once on credits for so many.
async fn round(trial: &ServerTrial<'_>, calls: u32) -> Judgement {
    let Some(answer) = answer(trial.contract) else { return Ok(()) };
    let operation = trial.operation(Role::Spend)?;
    let cost = operation.cost.as_ref();
    let one = cost.and_then(|cost| cost.amount).unwrap_or(Decimal::ONE);
    let credits = one * Decimal::from(calls);
    let account = opened(trial, trial.credits(credits)).await?;
    let how = SendOptions { fresh: true, ..SendOptions::default() };
    let payments = join_all((0..6).map(|_| pay_as(trial, &account, how))).await;
    let payments: Vec<Payment> = payments.into_iter().collect::<Result<_, Stop>>()?;
    let succeeded: Vec<&Payment> = payments.iter().filter(|payment| payment.succeeded()).collect();
    let shown_by: Vec<&Exchange> = succeeded.iter().map(|payment| payment.exchange()).collect();
    // What nobody tells the cost of is counted as free: too little is charged then, never too much.
    let charged: Decimal = succeeded.iter().filter_map(|payment| payment.cost()).sum();
    trial.judge(&answer.promise, Some(operation), &shown_by, charged <= credits, || {
        format!(
            "{} of 6 calls at once succeeded on {} credits, at a cost of {} in all",
            succeeded.len(),
            credits.normalize(),
            charged.normalize()
        )
    })?;
    let reading = match cost.filter(|_| succeeded.iter().all(|payment| payment.cost().is_some())) {
        Some(cost) => read_truth(trial, &cost.promise, &account).await?,
        None => {
            trial.wait_until_settled(&account).await?;
            trial.check(&account).await?
        }
    };
    let Ok(balance) = &reading.balance else { return Ok(()) };
    let holds = balance.remaining.is_none_or(|left| left >= Decimal::ZERO);
    trial.judge(&answer.promise, Some(operation), &[&reading.exchange], holds, || {
        format!("more was spent than there was: {}", found(&reading))
    })
}
