//! # A refused call charges nothing
//!
//! Taking the credit first and looking at the request afterwards is the shortest way to write it. Whoever sends a typo
//! pays for the error message, and a retry loop on a bad request empties the account overnight.
//!
//! Paid calls are made that are refused: with a body that the schema does not accept, with none, with text that is not
//! JSON, and with nothing left. After each refusal the balance must be what it was. A call that is not refused is left
//! out of the count.

use rust_decimal::Decimal;

use crate::checks::account::TestAccount;
use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, Stop, has_spend};
use crate::checks::class::{Class, classify};
use crate::checks::server::support::balance_reads::{opened, read_untouched, shows_amounts};
use crate::checks::server::support::payments::pay;
use crate::checks::server_trial::ServerTrial;
use crate::checks::verdict::Side;
use crate::contract::{Contract, Level, Promise, Role};
use crate::exchange::Request;
use crate::mock::State;

/// Bodies that fit few schemas, or are no JSON.
const BODIES: [&str; 6] = ["{}", "{\"ringtrue\":true}", "[]", "null", "{\"", ""];

pub(super) const CHECK: Check = Check {
    id: "balance.refused-free",
    side: Side::Server,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Last,
    slow: false,
    needs: &[Need::State(State::Account), Need::Spend],
    faults: &["charge-invalid-requests", "charge-when-exhausted"],
    applies: |contract| {
        has_spend(contract)?;
        promise(contract).map(drop).ok_or("the contract says nothing about what a paid call costs, or shows no amounts")
    },
    judge: Judge::Server(|trial| Box::pin(judge(trial))),
};

fn promise(contract: &Contract) -> Option<&Promise> {
    let cost = contract.operation(Role::Spend)?.cost.as_ref().filter(|_| shows_amounts(contract))?;
    Some(&cost.promise)
}

async fn judge(trial: &ServerTrial<'_>) -> Judgement {
    let Some(promise) = promise(trial.contract) else { return Ok(()) };
    trial.may_spend()?;
    let mut account = opened(trial, trial.credits(20)).await?;
    for body in BODIES {
        let Some(request) = invalid(trial, &account, body)? else { continue };
        if refused(trial, request).await? {
            account.expectations().tried();
            read_untouched(trial, promise, &account).await?;
        } else {
            // It went through, for a charge that nobody told.
            account = opened(trial, trial.credits(20)).await?;
        }
    }
    let empty = opened(trial, trial.credits(0)).await?;
    for _ in 0..2 {
        if pay(trial, &empty).await?.spent.class != Class::Success {
            read_untouched(trial, promise, &empty).await?;
        }
    }
    let cost = trial.operation(Role::Spend)?.cost.as_ref().and_then(|cost| cost.amount);
    let Some(short) = cost.filter(|cost| *cost > Decimal::ONE).map(|cost| cost - Decimal::ONE) else { return Ok(()) };
    let account = opened(trial, trial.credits(short)).await?;
    if pay(trial, &account).await?.spent.class != Class::Success {
        read_untouched(trial, promise, &account).await?;
    }
    Ok(())
}

/// A paid call with this body, unless the contract's own schema accepts it.
fn invalid(trial: &ServerTrial<'_>, account: &TestAccount, body: &'static str) -> Result<Option<Request>, Stop> {
    let operation = trial.operation(Role::Spend)?;
    let Some(content) = operation.request.as_ref().and_then(|body| body.content.first()) else { return Ok(None) };
    let fits = |value| content.schema.as_ref().is_none_or(|schema| schema.accepts(&value));
    if serde_json::from_str(body).is_ok_and(fits) {
        return Ok(None);
    }
    Ok(Some(trial.request(operation, account).body(body)))
}

/// Whether the request is refused; one that goes through is none to judge by.
async fn refused(trial: &ServerTrial<'_>, request: Request) -> Result<bool, Stop> {
    let operation = trial.operation(Role::Spend)?;
    let exchange = trial.send(request).await?;
    let Ok(response) = &exchange.result else { return Ok(false) };
    trial.add_step(format!("a paid call with an unfit body: status {}", response.status));
    Ok(classify(trial.contract, operation, response) != Class::Success)
}
