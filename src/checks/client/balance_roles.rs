//! # Remaining and total are not swapped
//!
//! ## What it checks
//!
//! Checks that the client reports the remaining amount as remaining and the total as total.
//!
//! ## Why it matters
//!
//! If the total is shown as the remaining amount, an account with 300 credits a month and none left looks full until
//! the month ends.
//!
//! ## How
//!
//! Balances are delivered in which the two amounts differ, also with an amount that is subtracted. Each reported role
//! must have its own value.

use rust_decimal::Decimal;

use crate::checks::check::{Check, CheckKind, Judge, Judgement, Schedule, has_balance};
use crate::checks::client_trial::ClientTrial;
use crate::checks::verdict::Side;
use crate::contract::{Contract, Level, Role};
use crate::model::BalanceValues;

pub(super) const CHECK: Check = Check {
    id: "balance.roles",
    side: Side::Client,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: false,
    needs: &[],
    faults: &["total-and-remaining-swapped", "subtraction-ignored"],
    applies: |contract: &Contract| {
        has_balance(contract)?;
        let fields = contract.operation(Role::Balance).map(|operation| &operation.fields);
        let several = fields.is_some_and(|fields| {
            fields.total.is_some() || fields.remaining.as_ref().is_some_and(|locator| locator.minus.is_some())
        });
        if several { Ok(()) } else { Err("the balance has one amount only") }
    },
    judge: Judge::Client(|trial| Box::pin(judge(trial))),
};

async fn judge(trial: &ClientTrial<'_>) -> Judgement {
    let operation = trial.operation(Role::Balance)?;
    for (remaining, total) in [(120, 300), (0, 300), (300, 300), (5, 5000)] {
        let balance = trial.credits(remaining);
        let true_balance = BalanceValues { total: balance.total.map(|_| Decimal::from(total)), ..balance };
        let session = trial.open(true_balance).await?;
        let call = trial.check(&session).await?;
        trial.judge(&operation.promise, Role::Balance, &[&call], call.reports(&true_balance), || {
            format!("expected {true_balance}, found {}", call.found())
        })?;
    }
    Ok(())
}
