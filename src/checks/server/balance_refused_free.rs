//! # A refused paid call is not charged
//!
//! ## What it checks
//!
//! A paid call that is refused leaves the balance as it is.
//!
//! ## Why it matters
//!
//! The shortest implementation charges first and validates the request afterwards. Then customers pay for error
//! messages, and a client that retries an invalid request empties its account overnight.
//!
//! ## How
//!
//! Paid calls are made that should be refused: with a body that does not conform to the schema, without a body,
//! with text that is not JSON, and without enough credits. After each refusal the balance must be unchanged. Calls
//! that are not refused are not judged.

use rust_decimal::Decimal;

use crate::checks::account::TestAccount;
use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, Stop, has_spend};
use crate::checks::class::{Class, classify};
use crate::checks::server::support::balance_reads::{open_account, read_unchanged_balance, shows_amounts};
use crate::checks::server::support::payments::pay;
use crate::checks::server_trial::ServerTrial;
use crate::checks::verdict::Side;
use crate::contract::{Contract, Level, Promise, Role};
use crate::exchange::Request;
use crate::mock::State;

/// Bodies that conform to few schemas, or are not JSON.
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
        promise(contract).map(drop).ok_or("the contract does not state what a paid call costs, or shows no amounts")
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
    let mut account = open_account(trial, trial.credits(20)).await?;
    for body in BODIES {
        let Some(request) = invalid_request(trial, &account, body)? else { continue };
        if is_refused(trial, request).await? {
            account.expectations().tried();
            read_unchanged_balance(trial, promise, &account).await?;
        } else {
            // The call succeeded at an unknown cost, so the balance of this account is no longer known.
            account = open_account(trial, trial.credits(20)).await?;
        }
    }
    let empty = open_account(trial, trial.credits(0)).await?;
    for _ in 0..2 {
        if pay(trial, &empty).await?.result.class != Class::Success {
            read_unchanged_balance(trial, promise, &empty).await?;
        }
    }
    let cost = trial.operation(Role::Spend)?.cost.as_ref().and_then(|cost| cost.amount);
    let Some(too_few) = cost.filter(|cost| *cost > Decimal::ONE).map(|cost| cost - Decimal::ONE) else { return Ok(()) };
    let account = open_account(trial, trial.credits(too_few)).await?;
    if pay(trial, &account).await?.result.class != Class::Success {
        read_unchanged_balance(trial, promise, &account).await?;
    }
    Ok(())
}

/// A paid call with this body; `None` if the contract's schema accepts the body.
fn invalid_request(
    trial: &ServerTrial<'_>,
    account: &TestAccount,
    body: &'static str,
) -> Result<Option<Request>, Stop> {
    let operation = trial.operation(Role::Spend)?;
    let Some(content) = operation.request.as_ref().and_then(|body| body.content.first()) else { return Ok(None) };
    let fits = |value| content.schema.as_ref().is_none_or(|schema| schema.accepts(&value));
    if serde_json::from_str(body).is_ok_and(fits) {
        return Ok(None);
    }
    Ok(Some(trial.request(operation, account).body(body)))
}

/// Sends the request. `true` if it is refused; a call that succeeds or gets no response is not judged.
async fn is_refused(trial: &ServerTrial<'_>, request: Request) -> Result<bool, Stop> {
    let operation = trial.operation(Role::Spend)?;
    let exchange = trial.send(request).await?;
    let Ok(response) = &exchange.result else { return Ok(false) };
    trial.add_step(format!("a paid call with an invalid body: status {}", response.status));
    Ok(classify(trial.contract, operation, response) != Class::Success)
}
