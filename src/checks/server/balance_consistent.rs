//! # All places that show the remaining credits show the same amount
//!
//! ## What it checks
//!
//! Where the contract names several places for the remaining credits (a header field, the sum of rows, a field of
//! the paid call's response), all of them show the same amount.
//!
//! ## Why it matters
//!
//! Clients use the place that is easiest to reach. If two places differ, two parts of one product disagree on
//! whether the customer may go on.
//!
//! ## How
//!
//! In every state of the account, and after paid calls with many credits and with the last ones, each further place
//! is compared with the main place of the same response, digit for digit. Where a response has no main place, it is
//! compared with the balance that the account must have. A missing place is a violation.

use rust_decimal::Decimal;

use super::support::stops::if_applicable;
use crate::checks::account::TestAccount;
use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule};
use crate::checks::class::{Class, classify};
use crate::checks::server::support::accounts::in_every_state;
use crate::checks::server::support::balance_reads::describe_read;
use crate::checks::server::support::bodies::judge_shape;
use crate::checks::server::support::payments::{Payment, pay};
use crate::checks::server_trial::ServerTrial;
use crate::checks::verdict::Side;
use crate::contract::{Condition, Level, Locator, Operation, Role};
use crate::exchange::{Exchange, Response};
use crate::model::{Allowed, is_representable};

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
        "remaining-header-missing-when-exhausted",
        "remaining-header-rounded",
        "remaining-header-too-high",
        "spend-remaining-too-high",
        "spend-remaining-null-at-zero",
    ],
    applies: |contract| {
        if contract.operations.iter().any(|operation| repeats(operation)) {
            return Ok(());
        }
        Err("the contract names only one place for the remaining credits")
    },
    judge: Judge::Server(|trial| Box::pin(judge(trial))),
};

/// Whether a response of the operation repeats the remaining credits that a balance read shows.
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
    // Where writing operations cannot be called, the reads are judged alone.
    if_applicable(judge_writes(trial).await).map(drop)
}

/// The read operations that repeat the remaining credits.
fn reads<'c>(trial: &ServerTrial<'c>) -> Vec<&'c Operation> {
    let all = trial.contract.operations.iter().map(AsRef::as_ref);
    all.filter(|operation: &&Operation| {
        !operation.fields.remaining_repeated.is_empty() && matches!(operation.role, Role::Balance | Role::Health)
    })
    .collect()
}

/// Judges refreshes and paid calls, whose responses show the balance after the call.
async fn judge_writes(trial: &ServerTrial<'_>) -> Judgement {
    // Enough for a call of unknown cost.
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
    let plenty = Decimal::from(100_000);
    let account = trial.account(trial.credits(plenty)).await?;
    let mut cost = None;
    for n in 0..3 {
        let payment = pay(trial, &account).await?;
        judge_payment(trial, operation, &account, &payment, n == 0).await?;
        let shown = || Some(plenty - reported_rest(operation, payment.exchange())?);
        // A call may be free.
        cost = cost.or_else(|| payment.cost().or_else(shown).filter(|cost| *cost > Decimal::ZERO));
    }
    // An account with credits for two calls, so that the last response must show zero.
    let for_two = cost.map(|cost| cost * Decimal::TWO);
    let for_two = for_two.filter(|credits| *credits > Decimal::ZERO && is_representable(trial.contract, *credits));
    let Some(for_two) = for_two else { return Ok(()) };
    let account = trial.account(trial.credits(for_two)).await?;
    for n in 0..2 {
        let payment = pay(trial, &account).await?;
        if payment.succeeded() {
            judge_shape(trial, operation, payment.exchange())?;
        }
        judge_payment(trial, operation, &account, &payment, n == 0).await?;
    }
    let refused = pay(trial, &account).await?;
    judge_refusal(trial, operation, &account, &refused)
}

/// Judges the header fields that show the remaining credits in the response to a paid call without credits, where the
/// contract documents them for it.
fn judge_refusal(
    trial: &ServerTrial<'_>,
    operation: &Operation,
    account: &TestAccount,
    refused: &Payment,
) -> Judgement {
    let Ok(response) = &refused.exchange().result else { return Ok(()) };
    if refused.result.class != Class::Condition(Condition::Exhausted) {
        return Ok(());
    }
    let documented = operation.response(response.status).map(|documented| &documented.headers);
    let allowed = account.expectations().now();
    for repeated in &operation.fields.remaining_repeated {
        let Some(name) = repeated.at.header.as_deref() else { continue };
        let mut fields = documented.into_iter().flatten();
        let Some(field) = fields.find(|field| field.name.eq_ignore_ascii_case(name)) else { continue };
        let shown = repeated.at.amount("remaining", &response.body, &|name: &str| response.header(name));
        let holds = match &shown {
            Ok(amount) => allowed.permits_remaining(*amount),
            Err(_) => !field.required && response.header(name).is_none(),
        };
        trial.judge(&repeated.promise, Some(operation), &[refused.exchange()], holds, || match &shown {
            Ok(amount) => format!(
                "too few credits are left: expected {} at {name}, found {}",
                allowed.describe(),
                amount.normalize()
            ),
            Err(why) => format!("too few credits are left: {why}"),
        })?;
    }
    Ok(())
}

/// The remaining credits in the response to a paid call.
fn reported_rest(operation: &Operation, exchange: &Exchange) -> Option<Decimal> {
    let (at, response) = (operation.fields.remaining.as_ref()?, exchange.result.as_ref().ok()?);
    at.amount("remaining", &response.body, &|name: &str| response.header(name)).ok()
}

/// Judges all places that show the remaining credits after a successful paid call.
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
        // This is the first request of the account, so no older balance can be cached.
        allowed.balances = vec![account.expectations().stored()];
    }
    judge_places(trial, operation, payment.exchange(), Some(&allowed))?;
    if let Some(reported) = reported_rest(operation, payment.exchange()).filter(|_| first) {
        let left = account.expectations().stored();
        trial.judge(
            &operation.promise,
            Some(operation),
            &[payment.exchange()],
            left.permits_remaining(reported),
            || {
                format!(
                    "the first call of an account: expected what is left after it, {left}, found {}",
                    reported.normalize()
                )
            },
        )?;
    }
    judge_reported_rest(trial, operation, payment.exchange(), account).await?;
    for read in reads(trial) {
        let exchange = trial.send(trial.request(read, account)).await?;
        let allowed = account.expectations().now();
        judge_places(trial, read, &exchange, Some(&allowed))?;
    }
    Ok(())
}

/// Compares the further places of one response with its main place, or else with the balances allowed now.
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
    for repeated in &operation.fields.remaining_repeated {
        let amount = repeated.at.amount("remaining", &response.body, &header);
        let judge = |holds, expected: String| {
            trial.judge(&repeated.promise, Some(operation), &[exchange], holds, || match &amount {
                Ok(amount) => format!("expected {expected} at {}, found {}", place(&repeated.at), amount.normalize()),
                Err(why) => why.to_string(),
            })
        };
        match (&amount, &main) {
            (Err(_), _) if may_be_absent(operation, &repeated.at, response) => {}
            (Err(_), _) => judge(false, String::new())?,
            (Ok(amount), Some(Ok(main))) => judge(amount == main, main.normalize().to_string())?,
            // A main place that cannot be read is judged by other checks.
            (Ok(_), Some(Err(_))) => {}
            (Ok(amount), None) => match allowed {
                // The balance of this account is unknown, so only the presence of the place is judged.
                None => judge(true, String::new())?,
                Some(allowed) => judge(allowed.permits_remaining(*amount), allowed.describe())?,
            },
        }
    }
    Ok(())
}

/// Whether the place is a header field that is absent, and that the contract does not require in this response.
fn may_be_absent(operation: &Operation, at: &Locator, response: &Response) -> bool {
    let Some(name) = at.header.as_deref().filter(|name| response.header(name).is_none()) else { return false };
    let documented = operation.response(response.status).into_iter().flat_map(|documented| &documented.headers);
    !documented.into_iter().any(|field| field.required && field.name.eq_ignore_ascii_case(name))
}

/// Compares the remaining credits in the response to a paid call with the next read, where no balance can be cached.
async fn judge_reported_rest(
    trial: &ServerTrial<'_>,
    operation: &Operation,
    exchange: &Exchange,
    account: &TestAccount,
) -> Judgement {
    let reported = reported_rest(operation, exchange);
    let uncached = account.expectations().settling_ms() == 0;
    let reading = trial.check(account).await?;
    let (Some(reported), Ok(balance), true) = (reported, &reading.balance, uncached) else { return Ok(()) };
    let holds = balance.remaining.is_none_or(|remaining| remaining == reported);
    trial.judge(&operation.promise, Some(operation), &[exchange, &reading.exchange], holds, || {
        format!(
            "expected the same remaining credits from the paid call and the balance operation, found {} and {}",
            reported.normalize(),
            describe_read(&reading)
        )
    })
}

fn place(at: &crate::contract::Locator) -> &str {
    at.header.as_deref().or(at.pointer.as_deref()).unwrap_or_default()
}
