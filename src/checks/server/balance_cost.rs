//! # A successful paid call takes its cost once
//!
//! Charged twice, charged what another plan costs, not charged for the last credit, charged one amount and told
//! another: customers reconcile the balance with their own count, and every difference is a ticket.
//!
//! Several paid calls are made in a row on accounts with plenty and with exactly one call's worth, and after each the
//! balance must have gone down by the documented cost: the fixed one, or what the answer itself says that it charged,
//! and by nothing where the contract says that such an answer is free. Where the cost is fixed and the answer tells it
//! too, they must be the same.

use rust_decimal::Decimal;

use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, has_spend};
use crate::checks::server::support::balance_reads::{opened, read_truth, shows_amounts};
use crate::checks::server::support::payments::{Payment, pay};
use crate::checks::server_trial::ServerTrial;
use crate::checks::verdict::Side;
use crate::contract::{Charge, Contract, Level, Role};
use crate::mock::State;

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
    ],
    applies: |contract| {
        has_spend(contract)?;
        cost(contract).map(drop).ok_or("the contract does not say what a paid call costs, or shows no amounts")
    },
    judge: Judge::Server(|trial| Box::pin(judge(trial))),
};

/// The cost, where it is known and the balance shows it.
pub(super) fn cost(contract: &Contract) -> Option<&Charge> {
    let cost = contract.operation(Role::Spend)?.cost.as_ref().filter(|_| shows_amounts(contract))?;
    (cost.amount.is_some() || cost.charged.is_some() || cost.free_when.is_some()).then_some(cost)
}

async fn judge(trial: &ServerTrial<'_>) -> Judgement {
    let Some(cost) = cost(trial.contract) else { return Ok(()) };
    let one = cost.amount.unwrap_or(Decimal::ONE);
    let plenty = cost.amount.map_or_else(|| Decimal::from(100_000), |cost| cost * Decimal::from(20));
    for (balance, calls) in [(plenty, 9), (one, 1), (one + Decimal::ONE, 2)] {
        let account = opened(trial, trial.credits(balance)).await?;
        for n in 0..calls {
            if n > 0 && account.true_balance().remaining.is_some_and(|left| left < one) {
                break;
            }
            let payment = pay(trial, &account).await?;
            if !payment.succeeded() && (balance == plenty || cost.amount.is_some()) {
                return Err(payment.unexpected());
            }
            if !payment.succeeded() {
                // Nobody knows beforehand what it costs, so one credit need not suffice.
                break;
            }
            judge_told(trial, cost, &payment)?;
            read_truth(trial, &cost.promise, &account).await?;
        }
    }
    Ok(())
}

/// What the answer says that it cost is there, and is what the contract says.
fn judge_told(trial: &ServerTrial<'_>, cost: &Charge, payment: &Payment) -> Judgement {
    if cost.charged.is_none() {
        return Ok(());
    }
    let operation = trial.operation(Role::Spend)?;
    let holds = match (payment.told, payment.documented) {
        (Some(told), Some(documented)) => told == documented,
        (told, _) => told.is_some(),
    };
    trial.judge(&cost.promise, Some(operation), &[payment.exchange()], holds, || {
        let word = |amount: Option<Decimal>| amount.map_or_else(|| "none".to_owned(), |n| n.normalize().to_string());
        format!("expected a charge of {}, the answer tells {}", word(payment.documented), word(payment.told))
    })
}
