//! # A successful paid call is charged once, at the documented cost
//!
//! ## What it checks
//!
//! After each successful paid call the balance is lower by the documented cost: a fixed amount, the amount in the
//! response, or nothing where the contract states that such a response is free.
//!
//! ## Why it matters
//!
//! Typical errors are a double charge, the price of another plan, no charge for the last credit, and a response
//! that states another amount than the one charged. Customers compare the balance with their own count, and every
//! difference is a support request.
//!
//! ## How
//!
//! Several paid calls are made in a row, on accounts with many credits, with credits for exactly one call, and with a
//! fraction of a credit where the contract allows it. The
//! balance is read after each. Where the cost is fixed and the response states it too, both must be equal.

use rust_decimal::Decimal;

use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, Stop, has_spend};
use crate::checks::server::support::balance_reads::{open_account, read_true_balance, shows_amounts};
use crate::checks::server::support::payments::{Payment, pay};
use crate::checks::server::support::stops::optional;
use crate::checks::server_trial::ServerTrial;
use crate::checks::stub;
use crate::checks::verdict::Side;
use crate::contract::{Charge, Contract, Level, Role};
use crate::mock::State;
use crate::model::is_representable;

pub(super) const CHECK: Check = Check {
    id: "balance.cost",
    side: Side::Server,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: false,
    needs: &[Need::State(State::Account), Need::Spend],
    faults: &[
        "charge-double",
        "charge-nothing",
        "charge-double-at-low-balance",
        "charge-skipped-at-exact-balance",
        "charge-reported-wrongly",
        "charge-for-free-responses",
        "charge-half-a-credit-too-much",
        "charge-drops-fraction",
        "charge-again-when-a-job-succeeds",
    ],
    applies: |contract| {
        has_spend(contract)?;
        cost(contract).map(drop).ok_or("the contract does not state what a paid call costs, or shows no amounts")
    },
    judge: Judge::Server(|trial| Box::pin(judge(trial))),
};

/// The cost of a paid call, where the contract states it and the balance shows amounts.
pub(super) fn cost(contract: &Contract) -> Option<&Charge> {
    let cost = contract.operation(Role::Spend)?.cost.as_ref().filter(|_| shows_amounts(contract))?;
    (cost.amount.is_some() || cost.charged.is_some() || cost.free_when.is_some()).then_some(cost)
}

async fn judge(trial: &ServerTrial<'_>) -> Judgement {
    let Some(cost) = cost(trial.contract) else { return Ok(()) };
    let one = cost.amount.unwrap_or(Decimal::ONE);
    let plenty = cost.amount.map_or_else(|| Decimal::from(100_000), |cost| cost * Decimal::from(20));
    let mut cases = vec![(plenty, 9), (one, 1), (one + Decimal::ONE, 2)];
    // A charge must leave the decimal places alone.
    let fraction = plenty + Decimal::new(5, 1);
    if is_representable(trial.contract, fraction) && optional(trial.account(trial.credits(fraction)).await)?.is_some() {
        cases.push((fraction, 2));
    }
    for (balance, calls) in cases {
        let account = open_account(trial, trial.credits(balance)).await?;
        for n in 0..calls {
            if n > 0 && account.true_balance().remaining.is_some_and(|left| left < one) {
                break;
            }
            let payment = pay(trial, &account).await?;
            if !payment.succeeded() && (balance >= plenty || cost.amount.is_some()) {
                return Err(payment.unexpected());
            }
            if !payment.succeeded() {
                // The cost is known only from the response, so one credit need not be enough.
                break;
            }
            judge_reported_cost(trial, cost, &payment)?;
            read_true_balance(trial, &cost.promise, &account).await?;
            if trial.contract.jobs().is_some() && account.expectations().stored().known().is_none() {
                let why = "the job that the call started has cost nothing so far, and does not end";
                return Err(Stop::CouldNotRun(format!("{why}\n{}", stub::handler(State::JobsSettled))));
            }
        }
    }
    Ok(())
}

/// Judges that the response states its cost, and that it is the documented one.
fn judge_reported_cost(trial: &ServerTrial<'_>, cost: &Charge, payment: &Payment) -> Judgement {
    if cost.charged.is_none() {
        return Ok(());
    }
    let operation = trial.operation(Role::Spend)?;
    let holds = match (payment.reported, payment.documented) {
        (Some(reported), Some(documented)) => reported == documented,
        (reported, _) => reported.is_some(),
    };
    trial.judge(&cost.promise, Some(operation), &[payment.exchange()], holds, || {
        let describe = |amount: Option<Decimal>, absent: &str| {
            amount.map_or_else(|| absent.to_owned(), |amount| amount.normalize().to_string())
        };
        format!(
            "expected the response to state a charge of {}, found {}",
            describe(payment.documented, "some amount"),
            describe(payment.reported, "none")
        )
    })
}
