//! # Every place that says what is left says the same
//!
//! Clients take the number that is nearest: the header of the call they just made, the sum of the rows, the field in
//! the body. Where two of them differ, two parts of one product disagree about whether the customer may go on.
//!
//! In every state of the account, and after paid calls with much left and with nothing, each further place that the contract
//! names is read beside the main one of the same answer; where an answer has no main one, beside the balance that the account
//! must have. The place must be there and say the same amount, digit for digit.

use rust_decimal::Decimal;

use crate::checks::account::TestAccount;
use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, Stop};
use crate::checks::class::{Class, classify};
use crate::checks::server::support::accounts::in_every_state;
use crate::checks::server::support::balance_reads::found;
use crate::checks::server::support::bodies::judge_shape;
use crate::checks::server::support::payments::{Payment, pay};
use crate::checks::server_trial::ServerTrial;
use crate::checks::verdict::Side;
use crate::contract::{Level, Operation, Role};
use crate::exchange::Exchange;
use crate::model::{Allowed, fits};

pub(super) const CHECK: Check = Check {
    id: "balance.consistent",
    side: Side::Server,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: false,
    needs: &[Need::Key],
    faults: &[
        "rows-off-by-one",
        "remaining-header-missing",
        "remaining-header-missing-at-zero",
        "remaining-header-rounded",
        "remaining-header-too-high",
        "spend-remaining-too-high",
        "spend-remaining-null-at-zero",
    ],
    applies: |contract| {
        if contract.operations.iter().any(|operation| repeats(operation)) {
            return Ok(());
        }
        Err("the contract names one place only that says what is left")
    },
    judge: Judge::Server(|trial| Box::pin(judge(trial))),
};

/// Whether an answer of the operation repeats what a check would say.
fn repeats(operation: &Operation) -> bool {
    !operation.fields.remaining_repeated.is_empty()
        || operation.role == Role::Spend && operation.fields.remaining.is_some()
}

async fn judge(trial: &ServerTrial<'_>) -> Judgement {
    let reads = reads(trial);
    for account in in_every_state(trial).await? {
        for operation in &reads {
            let exchange = trial.send(trial.request(operation, &account)).await?;
            let allowed = account.own.then(|| account.expectations().now());
            judge_places(trial, operation, &exchange, allowed.as_ref())?;
        }
    }
    match acting(trial).await {
        // What changes nothing was judged all the same.
        Err(Stop::CouldNotRun(_) | Stop::NotApplicable(_)) => Ok(()),
        done => done,
    }
}

/// The operations that change nothing and repeat what is left.
fn reads<'c>(trial: &ServerTrial<'c>) -> Vec<&'c Operation> {
    let all = trial.contract.operations.iter().map(AsRef::as_ref);
    all.filter(|operation: &&Operation| {
        !operation.fields.remaining_repeated.is_empty() && matches!(operation.role, Role::Balance | Role::Health)
    })
    .collect()
}

/// Operations that change something: the answer speaks of the time after it.
async fn acting(trial: &ServerTrial<'_>) -> Judgement {
    // Enough for a call whose cost nobody knows.
    let account = trial.account(trial.credits(100_000)).await?;
    if let Some(operation) = trial.contract.operation(Role::Refresh).filter(|op| repeats(op)) {
        let exchange = trial.send(trial.request(operation, &account)).await?;
        let allowed = account.expectations().now();
        judge_places(trial, operation, &exchange, Some(&allowed))?;
    }
    let operation = trial.operation(Role::Spend)?;
    if !repeats(operation) {
        return Ok(());
    }
    let much = Decimal::from(100_000);
    let account = trial.account(trial.credits(much)).await?;
    let mut cost = None;
    for n in 0..3 {
        let payment = pay(trial, &account).await?;
        judge_payment(trial, operation, &account, &payment, n == 0).await?;
        cost = cost.or_else(|| payment.cost().or_else(|| Some(much - rest(operation, payment.exchange())?)));
    }
    // The same for the last credits: nothing left is a balance like any other.
    let two = cost.map(|cost| cost * Decimal::TWO).filter(|two| *two > Decimal::ZERO && fits(trial.contract, *two));
    let Some(two) = two else { return Ok(()) };
    let account = trial.account(trial.credits(two)).await?;
    for n in 0..2 {
        let payment = pay(trial, &account).await?;
        if payment.succeeded() {
            judge_shape(trial, operation, payment.exchange())?;
        }
        judge_payment(trial, operation, &account, &payment, n == 0).await?;
    }
    Ok(())
}

/// What the answer of a paid call says is left.
fn rest(operation: &Operation, exchange: &Exchange) -> Option<Decimal> {
    let (at, response) = (operation.fields.remaining.as_ref()?, exchange.result.as_ref().ok()?);
    at.amount("remaining", &response.body, &|name: &str| response.header(name)).ok()
}

/// Judges all that says what is left after a paid call that succeeded.
async fn judge_payment(
    trial: &ServerTrial<'_>,
    operation: &Operation,
    account: &TestAccount,
    payment: &Payment,
    first: bool,
) -> Judgement {
    if !payment.succeeded() {
        return Ok(());
    }
    let mut allowed = account.expectations().now();
    if first {
        // Nothing was asked for before, so that nothing older can have been kept.
        allowed.balances = vec![account.expectations().span()];
    }
    judge_places(trial, operation, payment.exchange(), Some(&allowed))?;
    judge_rest(trial, operation, payment.exchange(), account).await?;
    for read in reads(trial) {
        let exchange = trial.send(trial.request(read, account)).await?;
        let allowed = account.expectations().now();
        judge_places(trial, read, &exchange, Some(&allowed))?;
    }
    Ok(())
}

/// Judges the further places of one answer by its main one, or else by what may be shown now.
fn judge_places(
    trial: &ServerTrial<'_>,
    operation: &Operation,
    exchange: &Exchange,
    allowed: Option<&Allowed>,
) -> Judgement {
    let Ok(response) = &exchange.result else { return Ok(()) };
    if classify(trial.contract, operation, response) != Class::Success {
        return Ok(());
    }
    let header = |name: &str| response.header(name);
    let main = operation.fields.remaining.as_ref().map(|at| at.amount("remaining", &response.body, &header));
    for again in &operation.fields.remaining_repeated {
        let there = again.at.amount("remaining", &response.body, &header);
        let judge = |holds, expected: String| {
            trial.judge(&again.promise, Some(operation), &[exchange], holds, || match &there {
                Ok(amount) => format!("expected {expected} at {}, found {}", place(&again.at), amount.normalize()),
                Err(why) => why.to_string(),
            })
        };
        match (&there, &main) {
            (Err(_), _) => judge(false, String::new())?,
            (Ok(amount), Some(Ok(main))) => judge(amount == main, main.normalize().to_string())?,
            // A main place that cannot be read is for other checks.
            (Ok(_), Some(Err(_))) => {}
            (Ok(amount), None) => match allowed {
                // No account of known balance: that it is there is all that can be told.
                None => judge(true, String::new())?,
                Some(allowed) => judge(allowed.permits_remaining(*amount), allowed.describe())?,
            },
        }
    }
    Ok(())
}

/// Judges what the answer of a paid call says is left by the next check, where nothing can have been kept.
async fn judge_rest(
    trial: &ServerTrial<'_>,
    operation: &Operation,
    exchange: &Exchange,
    account: &TestAccount,
) -> Judgement {
    let told = rest(operation, exchange);
    let settled = account.expectations().settling_ms() == 0;
    let reading = trial.check(account).await?;
    let (Some(told), Ok(balance), true) = (told, &reading.balance, settled) else { return Ok(()) };
    let holds = balance.remaining.is_none_or(|remaining| remaining == told);
    trial.judge(&operation.promise, Some(operation), &[exchange, &reading.exchange], holds, || {
        format!("the paid call says that {} is left, the check {}", told.normalize(), found(&reading))
    })
}

fn place(at: &crate::contract::Locator) -> &str {
    at.header.as_deref().or(at.pointer.as_deref()).unwrap_or_default()
}
