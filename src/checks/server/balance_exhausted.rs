//! # A paid call without enough credits gets the documented refusal
//!
//! ## What it checks
//!
//! A paid call of an account that cannot pay for it gets the documented response. A call that the account can pay
//! for does not.
//!
//! ## Why it matters
//!
//! Clients turn this one response into "please top up". With another status or code, customers see "something went
//! wrong". If the call succeeds, the provider works for nothing.
//!
//! ## How
//!
//! Paid calls are made on an account created empty, on one whose last credit was just spent, on accounts with less
//! than the cost, and on one in debt: each must be refused as documented. An account with exactly the cost must not
//! be refused. Then the empty account is topped up, and its call must succeed again, unless it failed with credits
//! in the first place.

use rust_decimal::Decimal;

use super::support::stops::if_conclusive;
use super::support::stops::rate_limited;
use crate::checks::account::TestAccount;
use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, Stop, has_spend};
use crate::checks::class::Class;
use crate::checks::server::support::balance_reads::{
    open_account, read_true_balance, require_visible_change, shows_amounts,
};
use crate::checks::server::support::bodies::judge_body;
use crate::checks::server::support::payments::{Payment, is_free, pay, pay_successfully, pay_with_options};
use crate::checks::server_trial::ServerTrial;
use crate::checks::verdict::Side;
use crate::contract::{Condition, Contract, DocumentedResponse, Level, Promise, Role};
use crate::exchange::SendOptions;
use crate::mock::State;
use crate::model::is_representable;

pub(super) const CHECK: Check = Check {
    id: "balance.exhausted",
    side: Side::Server,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: false,
    needs: &[Need::State(State::Account), Need::State(State::Balance), Need::Spend, Need::Clock],
    faults: &[
        "exhausted-error-incomplete",
        "exhausted-accepted",
        "exhausted-other-code",
        "exhausted-with-status-429",
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
        exhausted_response(contract)
            .map(drop)
            .ok_or("the contract documents no response to a paid call without credits")
    },
    judge: Judge::Server(|trial| Box::pin(judge(trial))),
};

/// The documented response to a paid call without credits.
pub(super) fn exhausted_response(contract: &Contract) -> Option<&DocumentedResponse> {
    contract.operation(Role::Spend)?.conditions.get(&Condition::Exhausted)
}

async fn judge(trial: &ServerTrial<'_>) -> Judgement {
    let Some(expected) = exhausted_response(trial.contract) else { return Ok(()) };
    let operation = trial.operation(Role::Spend)?;
    require_visible_change(trial).await?;
    // Enough for a call of unknown cost.
    let plenty = trial.credits(100_000);
    let rich = trial.account(plenty).await?;
    let usual_cost = pay_successfully(trial, &rich).await?.cost();

    let empty = open_account(trial, trial.credits(0)).await?;
    for _ in 0..2 {
        let payment = match pay(trial, &empty).await {
            // What outlasts all waits, while another account is served, is no limit on the rate.
            Err(stop @ Stop::CouldNotRun(_)) => {
                if !pay(trial, &rich).await.is_ok_and(|payment| payment.succeeded()) {
                    return Err(stop);
                }
                let once = SendOptions { limit_is_evidence: true, ..SendOptions::default() };
                pay_with_options(trial, &empty, once).await?
            }
            payment => payment?,
        };
        let limited = payment.result.class == Class::Condition(Condition::RateLimited);
        // A rate limit that refuses only the empty account is not a rate limit.
        if limited && pay(trial, &rich).await?.succeeded() {
            trial.judge(&expected.promise, Some(operation), &[payment.exchange()], false, || {
                format!("no credits are left: expected {}, found {}", expected.describe(), payment.describe())
            })?;
        }
        judge_refusal(trial, expected, &payment)?;
    }
    trial.change(&empty, plenty).await?;
    // The contract does not state whether a cached balance may decide a paid call, so the caches are made to expire.
    trial.wait_until_settled(&empty).await?;
    let payment = pay(trial, &empty).await?;
    let limited = payment.result.class == Class::Condition(Condition::RateLimited);
    trial.judge(&operation.promise, Some(operation), &[payment.exchange()], payment.succeeded() || limited, || {
        format!("credits were added: expected the call to succeed as before, found {}", payment.describe())
    })?;

    let Some(cost) = operation.cost.as_ref().filter(|_| shows_amounts(trial.contract)) else { return Ok(()) };
    if cost.amount.is_some() || cost.charged.is_some() {
        let enough = usual_cost.filter(|cost| *cost > Decimal::ZERO).unwrap_or(Decimal::ONE);
        let exact = trial.account(trial.credits(enough)).await?;
        let payment = pay(trial, &exact).await?;
        let refused = payment.result.class == Class::Condition(Condition::Exhausted);
        trial.judge(&expected.promise, Some(operation), &[payment.exchange()], !refused, || {
            format!(
                "{enough} credits are left, the cost of the same call before: expected the call not to be refused as \
                 exhausted, found {}",
                payment.describe()
            )
        })?;
        if payment.succeeded() && payment.cost() == Some(enough) {
            for _ in 0..2 {
                let payment = pay(trial, &exact).await?;
                // The same request again may cost nothing, as the contract says of such responses.
                if is_free_success(trial, &payment) {
                    break;
                }
                judge_refusal(trial, expected, &payment)?;
            }
        }
    }
    let known_cost = cost.amount.or(usual_cost.filter(|_| cost.charged.is_some()));
    for account in accounts_below_cost(trial, known_cost).await? {
        let remaining = account.true_balance().remaining;
        let payment = pay(trial, &account).await?;
        // Where each response states its own cost, this call may cost less than the one before.
        let covered = cost.amount.is_none() && payment.reported.is_some() && payment.reported <= remaining;
        if !covered {
            judge_refusal(trial, expected, &payment)?;
            // A refused call leaves the credits as they are.
            read_true_balance(trial, &cost.promise, &account).await?;
        }
    }
    Ok(())
}

fn judge_refusal(trial: &ServerTrial<'_>, expected: &DocumentedResponse, payment: &Payment) -> Judgement {
    let operation = trial.operation(Role::Spend)?;
    match payment.result.class {
        Class::Condition(Condition::RateLimited) => Err(rate_limited()),
        Class::Success if is_free_success(trial, payment) => {
            Err(Stop::Inconclusive("the documented request gets a free response".to_owned()))
        }
        class => {
            let holds = class == Class::Condition(Condition::Exhausted);
            trial.judge(&expected.promise, Some(operation), &[payment.exchange()], holds, || {
                format!("no credits are left: expected {}, found {}", expected.describe(), payment.describe())
            })?;
            if !holds {
                return Ok(());
            }
            // The level of the body is at most the level of the condition that it documents.
            let shape = operation.promise_of(&expected.response);
            let promise = Promise { level: shape.level.min(expected.promise.level), ..shape.clone() };
            judge_body(trial, &promise, Some(operation), &expected.response, payment.exchange())
        }
    }
}

fn is_free_success(trial: &ServerTrial<'_>, payment: &Payment) -> bool {
    let Ok(operation) = trial.operation(Role::Spend) else { return false };
    payment.exchange().result.as_ref().is_ok_and(|response| is_free(operation, response))
}

/// Accounts with some credits but less than the cost of a call, and one in debt.
async fn accounts_below_cost(trial: &ServerTrial<'_>, cost: Option<Decimal>) -> Result<Vec<TestAccount>, Stop> {
    let below =
        cost.iter().flat_map(|cost| [cost - Decimal::ONE, cost - Decimal::new(5, 1), cost - Decimal::new(1, 2)]);
    let amounts: Vec<Decimal> = below.filter(|amount| *amount > Decimal::ZERO).chain([Decimal::from(-5)]).collect();
    let mut accounts = Vec::new();
    for amount in amounts.into_iter().filter(|amount| is_representable(trial.contract, *amount)) {
        // A server need not support fractions or debts.
        accounts.extend(if_conclusive(open_account(trial, trial.credits(amount)).await)?);
    }
    Ok(accounts)
}
