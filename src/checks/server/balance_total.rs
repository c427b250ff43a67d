//! # The total is the total, whatever is left
//!
//! A total that repeats what is left makes every gauge stand at 100 %, and one that is summed up wrongly shows more
//! used than there ever was.
//!
//! Accounts are opened with less left than there is in all: nothing of it, some of it, all of it, a fraction. The total
//! that is shown must be the one the account was opened with, and so must what is left.

use rust_decimal::Decimal;

use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, Stop, has_balance};
use crate::checks::server::support::balance_reads::judge_truth;
use crate::checks::server_trial::ServerTrial;
use crate::checks::verdict::Side;
use crate::contract::{Level, Role};
use crate::mock::State;
use crate::model::{BalanceValues, fits};

pub(super) const CHECK: Check = Check {
    id: "balance.total",
    side: Side::Server,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: false,
    needs: &[Need::State(State::Account)],
    faults: &["total-equals-remaining", "total-zero-at-zero-remaining"],
    applies: |contract| {
        has_balance(contract)?;
        let total = contract.operation(Role::Balance).is_some_and(|operation| operation.fields.total.is_some());
        if total { Ok(()) } else { Err("the contract shows no total") }
    },
    judge: Judge::Server(|trial| Box::pin(judge(trial))),
};

async fn judge(trial: &ServerTrial<'_>) -> Judgement {
    let operation = trial.balance_operation()?;
    for (left, total) in [("0", "500"), ("37", "500"), ("500", "500"), ("0.5", "7.25")] {
        let (Ok(left), Ok(total)) = (left.parse::<Decimal>(), total.parse::<Decimal>()) else { continue };
        if !fits(trial.contract, left) || !fits(trial.contract, total) {
            continue;
        }
        let balance = BalanceValues { total: Some(total), ..trial.credits(left) };
        let account = match trial.account(balance).await {
            Ok(account) => account,
            // A server need not be able to hold fractions.
            Err(Stop::CouldNotRun(_)) if !left.fract().is_zero() => continue,
            Err(stop) => return Err(stop),
        };
        for _ in 0..2 {
            let reading = trial.check(&account).await?;
            judge_truth(trial, &operation.promise, &account, &reading)?;
        }
    }
    Ok(())
}
