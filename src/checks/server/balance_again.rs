//! # Every place that says what is left says the same
//!
//! Clients take the number that is nearest: the header of the call they just made, the sum of the rows, the field in
//! the body. Where two of them differ, two parts of one product disagree about whether the customer may go on.
//!
//! In every state of the account, and after paid calls, each further place that the contract names is read beside the
//! main one of the same answer; where an answer has no main one, beside the balance that the account must have. The
//! place must be there and say the same amount, digit for digit.

use rust_decimal::Decimal;

use crate::checks::account::Account;
use crate::checks::check::{Check, Judge, Judged, Kind, Need, Stop};
use crate::checks::class::{Class, classify};
use crate::checks::server::accounts::in_every_state;
use crate::checks::server::payments::pay;
use crate::checks::server::readings::found;
use crate::checks::trial::Trial;
use crate::checks::verdict::Side;
use crate::contract::{Level, Operation, Role};
use crate::exchange::Exchange;
use crate::model::Allowed;

pub(super) const CHECK: Check = Check {
    id: "balance.again",
    side: Side::Server,
    level: Level::Must,
    kind: Kind::Example,
    needs: &[Need::Key],
    faults: &[
        "rows-off-by-one",
        "remaining-header-missing",
        "remaining-header-missing-when-empty",
        "remaining-header-rounded",
        "remaining-header-before-spend",
        "rest-told-before-spend",
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
    !operation.fields.remaining_again.is_empty() || operation.role == Role::Spend && operation.fields.remaining.is_some()
}

async fn judge(trial: &Trial<'_>) -> Judged {
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
fn reads<'c>(trial: &Trial<'c>) -> Vec<&'c Operation> {
    let all = trial.contract.operations.iter().map(AsRef::as_ref);
    all.filter(|operation: &&Operation| {
        !operation.fields.remaining_again.is_empty() && matches!(operation.role, Role::Balance | Role::Health)
    })
    .collect()
}

/// Operations that change something: the answer speaks of the time after it.
async fn acting(trial: &Trial<'_>) -> Judged {
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
    let account = trial.account(trial.credits(100_000)).await?;
    for n in 0..3 {
        let payment = pay(trial, &account).await?;
        if payment.succeeded() {
            let mut allowed = account.expectations().now();
            if n == 0 {
                // Nothing was asked for before, so that nothing older can have been kept.
                allowed.balances = vec![account.expectations().span()];
            }
            judge_places(trial, operation, payment.exchange(), Some(&allowed))?;
            judge_rest(trial, operation, payment.exchange(), &account).await?;
            for read in reads(trial) {
                let exchange = trial.send(trial.request(read, &account)).await?;
                let allowed = account.expectations().now();
                judge_places(trial, read, &exchange, Some(&allowed))?;
            }
        }
    }
    Ok(())
}

/// Judges the further places of one answer by its main one, or else by what may be shown now.
fn judge_places(trial: &Trial<'_>, operation: &Operation, exchange: &Exchange, allowed: Option<&Allowed>) -> Judged {
    let Ok(response) = &exchange.result else { return Ok(()) };
    if classify(trial.contract, operation, response) != Class::Success {
        return Ok(());
    }
    let header = |name: &str| response.header(name);
    let main = operation.fields.remaining.as_ref().map(|at| at.amount("remaining", &response.body, &header));
    for again in &operation.fields.remaining_again {
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
async fn judge_rest(trial: &Trial<'_>, operation: &Operation, exchange: &Exchange, account: &Account) -> Judged {
    let (Some(at), Ok(response)) = (&operation.fields.remaining, &exchange.result) else { return Ok(()) };
    let header = |name: &str| response.header(name);
    let told: Result<Decimal, _> = at.amount("remaining", &response.body, &header);
    let settled = account.expectations().settling_ms() == 0;
    let reading = trial.check(account).await?;
    let (Ok(told), Ok(balance), true) = (told, &reading.balance, settled) else { return Ok(()) };
    let holds = balance.remaining.is_none_or(|remaining| remaining == told);
    trial.judge(&operation.promise, Some(operation), &[exchange, &reading.exchange], holds, || {
        format!("the paid call says that {} is left, the check {}", told.normalize(), found(&reading))
    })
}

fn place(at: &crate::contract::Locator) -> &str {
    at.header.as_deref().or(at.pointer.as_deref()).unwrap_or_default()
}
