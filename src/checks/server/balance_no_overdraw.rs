//! # Concurrent paid calls never spend more than the balance
//!
//! ## What it checks
//!
//! When more paid calls arrive at the same time than the balance covers, no more succeed than it covers, and the
//! balance does not become negative.
//!
//! ## Why it matters
//!
//! "Read the balance, compare, write it back" fails when two requests overlap. Both see the last credit and both
//! spend it: the balance becomes negative, or one of the calls is never counted.
//!
//! ## How
//!
//! Six paid calls are made at the same time on separate connections, on accounts with credits for one, two and
//! three calls. The cost of the successful calls must not exceed the credits, and the balance must be the rest.

use futures_util::future::join_all;
use rust_decimal::Decimal;

use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, Stop, has_spend};
use crate::checks::server::balance_exhausted::exhausted_response;
use crate::checks::server::support::balance_reads::{describe_read, open_account, read_true_balance, shows_amounts};
use crate::checks::server::support::payments::{Payment, pay_with_options};
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
        exhausted_response(contract)
            .map(drop)
            .ok_or("the contract documents no response to a paid call without credits")
    },
    judge: Judge::Server(|trial| Box::pin(judge(trial))),
};

async fn judge(trial: &ServerTrial<'_>) -> Judgement {
    for calls in [1u32, 2, 3] {
        judge_concurrent_calls(trial, calls).await?;
    }
    Ok(())
}

/// Makes six paid calls at the same time on an account with credits for `calls` calls.
async fn judge_concurrent_calls(trial: &ServerTrial<'_>, calls: u32) -> Judgement {
    let Some(exhausted) = exhausted_response(trial.contract) else { return Ok(()) };
    let operation = trial.operation(Role::Spend)?;
    let cost = operation.cost.as_ref();
    let one = cost.and_then(|cost| cost.amount).unwrap_or(Decimal::ONE);
    let credits = one * Decimal::from(calls);
    let account = open_account(trial, trial.credits(credits)).await?;
    let options = SendOptions { fresh: true, ..SendOptions::default() };
    let payments = join_all((0..6).map(|_| pay_with_options(trial, &account, options))).await;
    let payments: Vec<Payment> = payments.into_iter().collect::<Result<_, Stop>>()?;
    let succeeded: Vec<&Payment> = payments.iter().filter(|payment| payment.succeeded()).collect();
    let shown_by: Vec<&Exchange> = succeeded.iter().map(|payment| payment.exchange()).collect();
    // A call of unknown cost counts as free, so that the sum is never too high.
    let charged: Decimal = succeeded.iter().filter_map(|payment| payment.cost()).sum();
    trial.judge(&exhausted.promise, Some(operation), &shown_by, charged <= credits, || {
        format!(
            "{} of 6 concurrent calls succeeded on {} credits, at a total cost of {}",
            succeeded.len(),
            credits.normalize(),
            charged.normalize()
        )
    })?;
    let reading = match cost.filter(|_| succeeded.iter().all(|payment| payment.cost().is_some())) {
        Some(cost) => read_true_balance(trial, &cost.promise, &account).await?,
        None => {
            trial.wait_until_settled(&account).await?;
            trial.check(&account).await?
        }
    };
    let Ok(balance) = &reading.balance else { return Ok(()) };
    let holds = balance.remaining.is_none_or(|remaining| remaining >= Decimal::ZERO);
    trial.judge(&exhausted.promise, Some(operation), &[&reading.exchange], holds, || {
        format!("expected no negative balance after concurrent calls, found {}", describe_read(&reading))
    })
}
