//! # With nothing left, the paid call is refused as documented
//!
//! Clients turn one documented answer into "please top up". If it comes as another status or code, customers are shown
//! "something went wrong"; if the call goes through, the provider works for nothing.
//!
//! A paid call is made on an account that was opened empty, on one whose last credit was just spent, on one that has a
//! fraction of the cost, and on one in debt: each must get the documented answer, and one with exactly the cost must not. Then
//! the account is topped up, and the call must go through again, unless it did not with credits in the first place.

use rust_decimal::Decimal;

use crate::checks::account::TestAccount;
use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, Stop, has_spend};
use crate::checks::class::Class;
use crate::checks::server::support::balance_reads::{change_shows, opened, read_truth, shows_amounts};
use crate::checks::server::support::bodies::judge_body;
use crate::checks::server::support::payments::{Payment, is_free, pay, pay_well};
use crate::checks::server_trial::ServerTrial;
use crate::checks::verdict::Side;
use crate::contract::{Condition, Contract, DocumentedResponse, Level, Promise, Role};
use crate::mock::State;
use crate::model::fits;

pub(super) const CHECK: Check = Check {
    id: "balance.exhausted",
    side: Side::Server,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: false,
    needs: &[Need::State(State::Account), Need::State(State::Balance), Need::Spend],
    faults: &[
        "exhausted-accepted",
        "exhausted-other-code",
        "exhausted-as-server-error",
        "exhausted-forever",
        "exhausted-accepted-at-zero",
        "exhausted-at-exact-cost",
        "exhausted-other-media-type",
        "exhausted-accepted-below-zero",
        "exhausted-accepted-at-part-of-cost",
    ],
    applies: |contract| {
        has_spend(contract)?;
        answer(contract).map(drop).ok_or("the contract documents no answer to a paid call with nothing left")
    },
    judge: Judge::Server(|trial| Box::pin(judge(trial))),
};

/// The documented answer to a paid call with nothing left.
pub(super) fn answer(contract: &Contract) -> Option<&DocumentedResponse> {
    contract.operation(Role::Spend)?.conditions.get(&Condition::Exhausted)
}

async fn judge(trial: &ServerTrial<'_>) -> Judgement {
    let Some(answer) = answer(trial.contract) else { return Ok(()) };
    let operation = trial.operation(Role::Spend)?;
    change_shows(trial).await?;
    // Enough for a call whose cost nobody knows.
    let plenty = trial.credits(100_000);
    let rich = trial.account(plenty).await?;
    let usual = pay_well(trial, &rich).await?.cost();

    let empty = opened(trial, trial.credits(0)).await?;
    for _ in 0..2 {
        let payment = pay(trial, &empty).await?;
        let limited = payment.spent.class == Class::Condition(Condition::RateLimited);
        // A limit that holds for the empty account alone, at its first call, is none.
        if limited && pay(trial, &rich).await?.succeeded() {
            trial.judge(&answer.promise, Some(operation), &[payment.exchange()], false, || {
                format!("nothing is left; expected {}, found {}", answer.describe(), payment.found())
            })?;
        }
        judge_refusal(trial, answer, &payment)?;
    }
    trial.change(&empty, plenty).await?;
    // Whether a kept balance decides a paid call is said nowhere.
    trial.wait_until_settled(&empty).await?;
    let payment = pay(trial, &empty).await?;
    let limited = payment.spent.class == Class::Condition(Condition::RateLimited);
    trial.judge(&operation.promise, Some(operation), &[payment.exchange()], payment.succeeded() || limited, || {
        format!("credits were added; expected the call to go through as it did before, found {}", payment.found())
    })?;

    let Some(cost) = operation.cost.as_ref().filter(|_| shows_amounts(trial.contract)) else { return Ok(()) };
    if cost.amount.is_some() || cost.charged.is_some() {
        let enough = usual.filter(|cost| *cost > Decimal::ZERO).unwrap_or(Decimal::ONE);
        let last = trial.account(trial.credits(enough)).await?;
        let payment = pay(trial, &last).await?;
        let refused = payment.spent.class == Class::Condition(Condition::Exhausted);
        trial.judge(&answer.promise, Some(operation), &[payment.exchange()], !refused, || {
            format!("{enough} is left, which is what the same call cost before; found {}", payment.found())
        })?;
        if payment.succeeded() && payment.cost() == Some(enough) {
            for _ in 0..2 {
                judge_refusal(trial, answer, &pay(trial, &last).await?)?;
            }
        }
    }
    let known = cost.amount.or(usual.filter(|_| cost.charged.is_some()));
    for account in short(trial, known).await? {
        let left = account.true_balance().remaining;
        let payment = pay(trial, &account).await?;
        // Where each answer tells its own cost, this one may be less than the one before.
        let covered = cost.amount.is_none() && payment.told.is_some() && payment.told <= left;
        if !covered {
            judge_refusal(trial, answer, &payment)?;
            // What does not suffice is still theirs.
            read_truth(trial, &cost.promise, &account).await?;
        }
    }
    Ok(())
}

fn judge_refusal(trial: &ServerTrial<'_>, answer: &DocumentedResponse, payment: &Payment) -> Judgement {
    let operation = trial.operation(Role::Spend)?;
    match payment.spent.class {
        Class::Condition(Condition::RateLimited) => {
            Err(Stop::Inconclusive("the server limits the rate of requests".to_owned()))
        }
        Class::Success if is_free_success(trial, payment) => {
            Err(Stop::Inconclusive("the documented request gets an answer that costs nothing".to_owned()))
        }
        class => {
            let holds = class == Class::Condition(Condition::Exhausted);
            trial.judge(&answer.promise, Some(operation), &[payment.exchange()], holds, || {
                format!("nothing is left; expected {}, found {}", answer.describe(), payment.found())
            })?;
            if !holds {
                return Ok(());
            }
            // The envelope binds no more than the condition that it belongs to.
            let level = operation.promise.level.min(answer.promise.level);
            let promise = Promise { level, ..operation.promise.clone() };
            judge_body(trial, &promise, operation, &answer.response, payment.exchange())
        }
    }
}

fn is_free_success(trial: &ServerTrial<'_>, payment: &Payment) -> bool {
    let Ok(operation) = trial.operation(Role::Spend) else { return false };
    payment.exchange().result.as_ref().is_ok_and(|response| is_free(operation, response))
}

/// Accounts that have something, but less than a call costs, and one in debt.
async fn short(trial: &ServerTrial<'_>, cost: Option<Decimal>) -> Result<Vec<TestAccount>, Stop> {
    let least =
        cost.iter().flat_map(|cost| [cost - Decimal::ONE, cost - Decimal::new(5, 1), cost - Decimal::new(1, 2)]);
    let least: Vec<Decimal> = least.filter(|short| *short > Decimal::ZERO).chain([Decimal::from(-5)]).collect();
    let mut accounts = Vec::new();
    for short in least.into_iter().filter(|short| fits(trial.contract, *short)) {
        match opened(trial, trial.credits(short)).await {
            Ok(account) => accounts.push(account),
            // A server need not be able to hold fractions, or debts.
            Err(Stop::CouldNotRun(_) | Stop::Inconclusive(_)) => {}
            Err(stop) => return Err(stop),
        }
    }
    Ok(accounts)
}
