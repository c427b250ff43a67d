//! The oracle for paid calls: which outcomes the balance before a call allows.

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

/// The balances that may decide a paid call: the one in the store, and cached ones where the contract does not exclude
/// them.
#[derive(Debug)]
pub(in crate::checks) struct BalanceBefore {
    cost: Option<Decimal>,
    possible: Vec<BalanceRange>,
}

impl BalanceBefore {
    /// The balances that may decide the next paid call of this account.
    pub(in crate::checks) fn of(trial: &ServerTrial<'_>, account: &TestAccount) -> Self {
        let cost = trial.contract.operation(Role::Spend).and_then(|operation| operation.cost.as_ref());
        let expectations = account.expectations();
        let mut possible = vec![expectations.stored()];
        // A cached balance may decide a paid call, unless the contract states that paid calls enforce the limit.
        if enforcement(trial.contract).is_none() {
            possible.extend(expectations.now().balances);
        }
        Self { cost: cost.and_then(|cost| cost.amount), possible }
    }

    /// Whether each of the balances covers one call.
    fn suffices(&self) -> bool {
        let covers = |least: &BalanceValues| match (least.remaining, self.cost) {
            (Some(_), Some(cost)) => least.covers(cost),
            (Some(_), None) => false,
            (None, _) => least.allowed == Some(true),
        };
        self.possible.iter().all(|span| covers(&span.least))
    }

    /// Whether none of the balances covers one call.
    fn is_short(&self) -> bool {
        let short = |most: &BalanceValues| match most.remaining {
            Some(left) => left <= Decimal::ZERO || self.cost.is_some_and(|cost| left < cost),
            None => most.allowed == Some(false),
        };
        self.possible.iter().all(|span| short(&span.most))
    }

    /// The largest possible amount of remaining credits.
    fn most(&self) -> Option<Decimal> {
        self.possible.iter().map(|span| span.most.remaining).max().flatten()
    }
}

/// The promise that paid calls enforce the limit, whatever the balance operation returned.
fn enforcement(contract: &Contract) -> Option<&Promise> {
    contract.failure.as_ref()?.enforced_on_spend.as_ref()
}

/// Judges one paid call. During an outage, only the promises for that case are judged.
pub(in crate::checks) fn judge_payment(
    trial: &ServerTrial<'_>,
    before: &BalanceBefore,
    outage: bool,
    payment: &Payment,
) -> Judgement {
    let Some(refusal) = exhausted_response(trial.contract) else { return Ok(()) };
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
        let (promise, holds) = match enforcement(trial.contract).filter(|_| outage) {
            Some(promise) => (promise, class != Class::Success),
            // No other promise covers a paid call during an outage.
            None if outage => return Ok(()),
            None => (&refusal.promise, exhausted),
        };
        return trial.judge(promise, Some(operation), &shown_by, holds, || {
            expected(&format!("too few credits are left: expected {}", DocumentedResponse::describe(refusal)))
        });
    }
    if before.suffices() && !outage {
        let exhausted = class == Class::Condition(Condition::Exhausted);
        return trial.judge(&refusal.promise, Some(operation), &shown_by, !exhausted, || {
            expected("enough credits are left: expected the call not to be refused as exhausted")
        });
    }
    Ok(())
}

/// Judges that concurrent paid calls together cost no more than the balance before them.
pub(in crate::checks) fn judge_concurrent_payments(
    trial: &ServerTrial<'_>,
    before: &BalanceBefore,
    outage: bool,
    payments: &[Payment],
) -> Judgement {
    let (Some(refusal), Some(most)) = (exhausted_response(trial.contract), before.most()) else { return Ok(()) };
    if outage && enforcement(trial.contract).is_none() {
        return Ok(());
    }
    let operation = trial.operation(Role::Spend)?;
    let succeeded: Vec<&Payment> = payments.iter().filter(|payment| payment.succeeded()).collect();
    // A call of unknown cost counts as free, so that the sum is never too high.
    let charged: Decimal = succeeded.iter().filter_map(|payment| payment.cost()).sum();
    let shown_by: Vec<&Exchange> = succeeded.iter().map(|payment| payment.exchange()).collect();
    trial.judge(&refusal.promise, Some(operation), &shown_by, charged <= most, || {
        format!(
            "{} of {} concurrent calls succeeded, at a total cost of {}, with at most {} credits left before",
            succeeded.len(),
            payments.len(),
            charged.normalize(),
            most.normalize()
        )
    })
}
