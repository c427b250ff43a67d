//! Paid calls judged by what can have been left before them.

use rust_decimal::Decimal;

use super::super::balance_exhausted::exhausted_response;
use super::payments::{Payment, is_free};
use super::stops::rate_limited;
use crate::checks::account::TestAccount;
use crate::checks::class::Class;
use crate::checks::finding::Judgement;
use crate::checks::server_trial::ServerTrial;
use crate::contract::{Condition, Contract, DocumentedResponse, Promise, Role};
use crate::exchange::Exchange;
use crate::model::{BalanceRange, BalanceValues};

/// What may have decided a paid call: the balance in the store, and what was kept of it where that may decide too.
#[derive(Debug)]
pub(in crate::checks) struct BalanceBefore {
    cost: Option<Decimal>,
    possible: Vec<BalanceRange>,
}

impl BalanceBefore {
    /// What may decide the next paid call of this account.
    pub(in crate::checks) fn of(trial: &ServerTrial<'_>, account: &TestAccount) -> Self {
        let cost = trial.contract.operation(Role::Spend).and_then(|operation| operation.cost.as_ref());
        let expectations = account.expectations();
        let mut possible = vec![expectations.span()];
        // Whether a kept balance decides a paid call is said nowhere, unless the contract says that it does not.
        if enforced(trial.contract).is_none() {
            possible.extend(expectations.now().balances);
        }
        Self { cost: cost.and_then(|cost| cost.amount), possible }
    }

    /// Whether one call is covered, whichever of them decides.
    fn suffices(&self) -> bool {
        let covers = |least: &BalanceValues| match (least.remaining, self.cost) {
            (Some(_), Some(cost)) => least.covers(cost),
            (Some(_), None) => false,
            (None, _) => least.allowed == Some(true),
        };
        self.possible.iter().all(|span| covers(&span.least))
    }

    /// Whether not even one call is covered, whichever of them decides.
    fn is_short(&self) -> bool {
        let short = |most: &BalanceValues| match most.remaining {
            Some(left) => left <= Decimal::ZERO || self.cost.is_some_and(|cost| left < cost),
            None => most.allowed == Some(false),
        };
        self.possible.iter().all(|span| short(&span.most))
    }

    /// The most that there can have been.
    fn most(&self) -> Option<Decimal> {
        self.possible.iter().map(|span| span.most.remaining).max().flatten()
    }
}

/// That paid calls enforce the limit, whatever a check says.
fn enforced(contract: &Contract) -> Option<&Promise> {
    contract.failure.as_ref()?.enforced_on_spend.as_ref()
}

/// Judges one paid call. While the store fails, only what is promised for that case.
pub(in crate::checks) fn judge_payment(
    trial: &ServerTrial<'_>,
    before: &BalanceBefore,
    outage: bool,
    payment: &Payment,
) -> Judgement {
    let Some(answer) = exhausted_response(trial.contract) else { return Ok(()) };
    let operation = trial.operation(Role::Spend)?;
    let class = payment.result.class;
    if class == Class::Condition(Condition::RateLimited) {
        return Err(rate_limited());
    }
    let Ok(response) = &payment.exchange().result else { return Ok(()) };
    let free = class == Class::Success && is_free(operation, response);
    let shown_by = [payment.exchange()];
    let expected = |what: &str| format!("{what}, found {}", payment.describe());
    if before.is_short() && !free {
        let exhausted = class == Class::Condition(Condition::Exhausted);
        let (promise, holds) = match enforced(trial.contract).filter(|_| outage) {
            Some(promise) => (promise, class != Class::Success),
            // What a paid call is answered while the store fails is said nowhere else.
            None if outage => return Ok(()),
            None => (&answer.promise, exhausted),
        };
        return trial.judge(promise, Some(operation), &shown_by, holds, || {
            expected(&format!("too little is left; expected {}", DocumentedResponse::describe(answer)))
        });
    }
    if before.suffices() && !outage {
        let exhausted = class == Class::Condition(Condition::Exhausted);
        return trial.judge(&answer.promise, Some(operation), &shown_by, !exhausted, || {
            expected("enough is left; expected the call not to be refused for want of credits")
        });
    }
    Ok(())
}

/// Judges paid calls that were made at the same time: together they take no more than there was.
pub(in crate::checks) fn judge_concurrent_payments(
    trial: &ServerTrial<'_>,
    before: &BalanceBefore,
    outage: bool,
    payments: &[Payment],
) -> Judgement {
    let (Some(answer), Some(most)) = (exhausted_response(trial.contract), before.most()) else { return Ok(()) };
    if outage && enforced(trial.contract).is_none() {
        return Ok(());
    }
    let operation = trial.operation(Role::Spend)?;
    let succeeded: Vec<&Payment> = payments.iter().filter(|payment| payment.succeeded()).collect();
    // What nobody tells the cost of is counted as free: too little is charged then, never too much.
    let charged: Decimal = succeeded.iter().filter_map(|payment| payment.cost()).sum();
    let shown_by: Vec<&Exchange> = succeeded.iter().map(|payment| payment.exchange()).collect();
    trial.judge(&answer.promise, Some(operation), &shown_by, charged <= most, || {
        format!(
            "{} of {} calls at once succeeded, at a cost of {} in all, with at most {} left before",
            succeeded.len(),
            payments.len(),
            charged.normalize(),
            most.normalize()
        )
    })
}
