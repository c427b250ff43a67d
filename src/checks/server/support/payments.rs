//! Paid calls, and what they cost by the contract and by their own account.

use std::collections::BTreeMap;

use bytes::Bytes;
use rust_decimal::Decimal;

use crate::checks::account::TestAccount;
use crate::checks::class::Class;
use crate::checks::finding::Stop;
use crate::checks::server_trial::{ServerTrial, SpendResult, describe};
use crate::contract::{Operation, Role};
use crate::exchange::{Exchange, Request, Response, SendOptions};

/// A paid call, with what it cost if it succeeded.
#[derive(Debug)]
pub(in crate::checks) struct Payment {
    pub spent: SpendResult,
    /// What the contract says that it costs.
    pub documented: Option<Decimal>,
    /// What its answer says that it cost.
    pub told: Option<Decimal>,
}

impl Payment {
    pub(in crate::checks) fn succeeded(&self) -> bool {
        self.spent.class == Class::Success
    }

    /// What it cost, as far as anybody says.
    pub(in crate::checks) fn cost(&self) -> Option<Decimal> {
        self.documented.or(self.told)
    }

    pub(in crate::checks) fn exchange(&self) -> &Exchange {
        &self.spent.exchange
    }

    /// What a failing call means for what depends on it.
    pub(in crate::checks) fn unexpected(&self) -> Stop {
        Stop::Inconclusive(format!(
            "the documented request does not succeed although credits are left: {}",
            self.found()
        ))
    }

    pub(in crate::checks) fn found(&self) -> String {
        self.spent.exchange.result.as_ref().map_or_else(ToString::to_string, describe)
    }
}

/// Makes one paid call.
pub(in crate::checks) async fn pay(trial: &ServerTrial<'_>, account: &TestAccount) -> Result<Payment, Stop> {
    pay_as(trial, account, SendOptions::default()).await
}

/// Makes one paid call, on a connection of its own if `how` says so.
pub(in crate::checks) async fn pay_as(
    trial: &ServerTrial<'_>,
    account: &TestAccount,
    how: SendOptions,
) -> Result<Payment, Stop> {
    pay_with(trial, account, None, how).await
}

/// Makes one paid call with this body in place of the documented one.
pub(in crate::checks) async fn pay_with(
    trial: &ServerTrial<'_>,
    account: &TestAccount,
    body: Option<Bytes>,
    how: SendOptions,
) -> Result<Payment, Stop> {
    let operation = trial.operation(Role::Spend)?;
    trial.may_spend()?;
    let documented = trial.request(operation, account);
    let request = Request { body: body.or_else(|| documented.body.clone()), ..documented };
    let exchange = trial.send_as(request, how).await?;
    let payment = assess(operation, trial.spend_result(operation, account, exchange));
    let mut expectations = account.expectations();
    match (&payment.spent.class, &payment.spent.exchange.result) {
        (Class::Success, _) => expectations.spent(payment.cost()),
        (_, Ok(_)) => expectations.tried(),
        // Nobody knows how far a call came whose answer did not arrive.
        (_, Err(_)) => expectations.tried_to_spend(operation.cost.as_ref().and_then(|cost| cost.amount)),
    }
    drop(expectations);
    Ok(payment)
}

/// Makes one paid call that has to succeed for the rest to make sense.
pub(in crate::checks) async fn pay_well(trial: &ServerTrial<'_>, account: &TestAccount) -> Result<Payment, Stop> {
    let payment = pay(trial, account).await?;
    if payment.succeeded() {
        return Ok(payment);
    }
    Err(payment.unexpected())
}

fn assess(operation: &Operation, spent: SpendResult) -> Payment {
    let mut payment = Payment { spent, documented: None, told: None };
    if let (Some(cost), Class::Success, Ok(response)) =
        (&operation.cost, payment.spent.class, &payment.spent.exchange.result)
    {
        payment.documented = if is_free(operation, response) { Some(Decimal::ZERO) } else { cost.amount };
        let header = |name: &str| response.header(name);
        payment.told =
            cost.charged.as_ref().and_then(|locator| locator.amount("charged", &response.body, &header).ok());
    }
    payment
}

/// Whether the answer is one of those that cost nothing.
pub(in crate::checks) fn is_free(operation: &Operation, response: &Response) -> bool {
    let Some(condition) = operation.cost.as_ref().and_then(|cost| cost.free_when.as_ref()) else { return false };
    let body = response.json().unwrap_or_default();
    condition.holds(response.status, &header_map(response), &body).unwrap_or(false)
}

/// Header fields as expressions see them.
pub(in crate::checks) fn header_map(response: &Response) -> BTreeMap<String, String> {
    let mut map: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in &response.headers {
        let value = String::from_utf8_lossy(value);
        map.entry(name.to_ascii_lowercase())
            .and_modify(|have| {
                have.push_str(", ");
                have.push_str(&value);
            })
            .or_insert_with(|| value.into_owned());
    }
    map
}
