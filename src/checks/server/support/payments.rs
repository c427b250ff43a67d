//! Paid calls and their cost.

use bytes::Bytes;
use rust_decimal::Decimal;

use super::describe::describe_exchange;
use super::jobs::bring_to_end;
use crate::checks::account::TestAccount;
use crate::checks::class::Class;
use crate::checks::class::header_map;
use crate::checks::finding::Stop;
use crate::checks::server_trial::{ServerTrial, SpendResult};
use crate::contract::{Operation, Role};
use crate::exchange::{Exchange, Request, Response, SendOptions};
use crate::mock::JobOutcome;

/// A paid call, with its cost if it succeeded.
#[derive(Debug)]
pub(in crate::checks) struct Payment {
    pub result: SpendResult,
    /// The cost by the contract.
    pub documented: Option<Decimal>,
    /// The cost in the response.
    pub reported: Option<Decimal>,
}

impl Payment {
    pub(in crate::checks) fn succeeded(&self) -> bool {
        self.result.class == Class::Success
    }

    /// The cost by the contract, or else by the response.
    pub(in crate::checks) fn cost(&self) -> Option<Decimal> {
        self.documented.or(self.reported)
    }

    pub(in crate::checks) fn exchange(&self) -> &Exchange {
        &self.result.exchange
    }

    /// Ends a check that depends on the success of this call.
    pub(in crate::checks) fn unexpected(&self) -> Stop {
        Stop::Inconclusive(format!(
            "the documented request does not succeed although credits are left: {}",
            self.describe()
        ))
    }

    pub(in crate::checks) fn describe(&self) -> String {
        describe_exchange(&self.result.exchange)
    }
}

/// Makes one paid call.
pub(in crate::checks) async fn pay(trial: &ServerTrial<'_>, account: &TestAccount) -> Result<Payment, Stop> {
    pay_with_options(trial, account, SendOptions::default()).await
}

/// Makes one paid call with options, such as a new connection.
pub(in crate::checks) async fn pay_with_options(
    trial: &ServerTrial<'_>,
    account: &TestAccount,
    options: SendOptions,
) -> Result<Payment, Stop> {
    pay_with_body(trial, account, None, options).await
}

/// Makes one paid call, with `body` in place of the documented one if it is given.
pub(in crate::checks) async fn pay_with_body(
    trial: &ServerTrial<'_>,
    account: &TestAccount,
    body: Option<Bytes>,
    options: SendOptions,
) -> Result<Payment, Stop> {
    let operation = trial.operation(Role::Spend)?;
    trial.may_spend()?;
    let documented = trial.request(operation, account);
    let request = Request { body: body.or_else(|| documented.body.clone()), ..documented };
    let exchange = trial.send_as(request, options).await?;
    let mut payment = assess(operation, trial.spend_result(operation, account, exchange));
    let end = match trial.contract.jobs().filter(|_| payment.succeeded()) {
        Some(jobs) => bring_to_end(trial, account, jobs, payment.exchange(), JobOutcome::Succeeded).await?,
        None => Some(JobOutcome::Succeeded),
    };
    if end == Some(JobOutcome::Failed) {
        payment.documented = Some(Decimal::ZERO);
    }
    let mut expectations = account.expectations();
    match (&payment.result.class, &payment.result.exchange.result) {
        (Class::Success, _) => match (end, payment.cost()) {
            (None, Some(cost)) => expectations.spent_at_some_time(cost),
            (_, cost) => expectations.spent(cost),
        },
        (_, Ok(_)) => expectations.tried(),
        // Without a response it is unknown whether the call was charged.
        (_, Err(_)) => expectations.tried_to_spend(operation.cost.as_ref().and_then(|cost| cost.amount)),
    }
    drop(expectations);
    Ok(payment)
}

/// Makes one paid call.
///
/// # Errors
/// `Inconclusive` if it does not succeed.
pub(in crate::checks) async fn pay_successfully(
    trial: &ServerTrial<'_>,
    account: &TestAccount,
) -> Result<Payment, Stop> {
    let payment = pay(trial, account).await?;
    if payment.succeeded() {
        return Ok(payment);
    }
    Err(payment.unexpected())
}

fn assess(operation: &Operation, spent: SpendResult) -> Payment {
    let mut payment = Payment { result: spent, documented: None, reported: None };
    if let (Some(cost), Class::Success, Ok(response)) =
        (&operation.cost, payment.result.class, &payment.result.exchange.result)
    {
        payment.documented = if is_free(operation, response) { Some(Decimal::ZERO) } else { cost.amount };
        let header = |name: &str| response.header(name);
        payment.reported =
            cost.charged.as_ref().and_then(|locator| locator.amount("charged", &response.body, &header).ok());
    }
    payment
}

/// Whether the contract states that such a response is free.
pub(in crate::checks) fn is_free(operation: &Operation, response: &Response) -> bool {
    let Some(condition) = operation.cost.as_ref().and_then(|cost| cost.free_when.as_ref()) else { return false };
    let body = response.json().unwrap_or_default();
    condition.holds(response.status, &header_map(response), &body).unwrap_or(false)
}
