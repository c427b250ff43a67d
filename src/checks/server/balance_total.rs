//! # The total does not depend on the remaining credits
//!
//! ## What it checks
//!
//! The balance operation shows the total and the remaining credits of the account, whatever the ratio between them.
//!
//! ## Why it matters
//!
//! A total that repeats the remaining credits makes every gauge show 100 %. One that is added up wrongly shows more
//! used credits than there ever were.
//!
//! ## How
//!
//! Accounts are created with fewer remaining credits than the total: none, some, all, and a fraction. Each read
//! must show both amounts as they were set.

use rust_decimal::Decimal;

use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, Stop, has_balance};
use crate::checks::server::support::balance_reads::judge_true_balance;
use crate::checks::server_trial::ServerTrial;
use crate::checks::verdict::Side;
use crate::contract::{Level, Role};
use crate::mock::State;
use crate::model::{BalanceValues, is_representable};

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
    for (remaining, total) in [("0", "500"), ("37", "500"), ("500", "500"), ("0.5", "7.25")] {
        let (Ok(remaining), Ok(total)) = (remaining.parse::<Decimal>(), total.parse::<Decimal>()) else { continue };
        if !is_representable(trial.contract, remaining) || !is_representable(trial.contract, total) {
            continue;
        }
        let balance = BalanceValues { total: Some(total), ..trial.credits(remaining) };
        let account = match trial.account(balance).await {
            Ok(account) => account,
            // A server need not support fractions.
            Err(Stop::CouldNotRun(_)) if !remaining.fract().is_zero() => continue,
            Err(stop) => return Err(stop),
        };
        for _ in 0..2 {
            let reading = trial.check(&account).await?;
            judge_true_balance(trial, &operation.promise, &account, &reading)?;
        }
    }
    Ok(())
}
