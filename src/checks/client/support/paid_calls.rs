//! Paid calls of a client, judged by what the server made of them.

use rust_decimal::Decimal;

use crate::checks::client_session::Call;
use crate::checks::client_trial::ClientTrial;
use crate::checks::finding::Judgement;
use crate::client::ErrorClass;
use crate::contract::{Condition, Role};
use crate::model::BalanceValues;

/// A paid call that met a server in good health, and what was left before it.
pub(in crate::checks) struct Paid<'c> {
    pub(in crate::checks) call: &'c Call,
    pub(in crate::checks) before: BalanceValues,
}

/// Judges that a refusal for want of credits is told as one, that a success is not, and that no success is made up.
pub(in crate::checks) fn judge_paid(trial: &ClientTrial<'_>, paid: &Paid<'_>, sent: usize) -> Judgement {
    let operation = trial.operation(Role::Spend)?;
    let class = paid.call.outcome.as_ref().err().map(|error| error.class);
    let made = sent > 0 || paid.call.outcome.is_err();
    trial.judge(&operation.promise, Role::Spend, &[paid.call], made, || {
        "a paid call was told to have succeeded, and none was made".to_owned()
    })?;
    let Some(answer) = operation.conditions.get(&Condition::Exhausted).filter(|_| sent > 0) else { return Ok(()) };
    let cost = operation.cost.as_ref().and_then(|cost| cost.amount).unwrap_or(Decimal::ONE);
    let exhausted = !paid.before.covers(cost);
    let holds = (class == Some(ErrorClass::Exhausted)) == exhausted;
    trial.judge(&answer.promise, Role::Spend, &[paid.call], holds, || {
        let expected = if exhausted { "an error of class `exhausted`" } else { "another outcome than `exhausted`" };
        format!("{} left: expected {expected}, found {}", paid.before, paid.call.found())
    })
}
