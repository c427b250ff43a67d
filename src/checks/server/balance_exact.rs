//! # The balance is shown exactly, digit by digit
//!
//! ## What it checks
//!
//! The balance operation shows exactly the amount that the account has, for amounts where implementations typically
//! lose digits.
//!
//! ## Why it matters
//!
//! A balance that passes through a float, an `int32` or a formatter is almost right: half a credit disappears,
//! 9007199254740993 ends in 2, two thousand million become negative. The errors affect the largest and the smallest
//! customers.
//!
//! ## How
//!
//! Accounts are created with zero, one, a fraction, and amounts beyond 2^31 and 2^53, as far as the schema and the
//! server allow them. Each is read several times, and the text of the number is compared, never a float. Beyond
//! 2^53, where JSON gives no guarantee, a difference is a remark only.

use rust_decimal::Decimal;

use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, has_balance};
use crate::checks::server::support::accounts::in_every_state;
use crate::checks::server::support::balance_reads::judge_true_balance;
use crate::checks::server_trial::ServerTrial;
use crate::checks::standards;
use crate::checks::verdict::Side;
use crate::contract::Level;
use crate::exchange::SendOptions;
use crate::mock::State;

/// The largest integer that every JSON implementation represents exactly, together with all smaller ones.
const MAX_SAFE: u64 = (1 << 53) - 1;

pub(super) const CHECK: Check = Check {
    id: "balance.exact",
    side: Side::Server,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: false,
    needs: &[Need::State(State::Account)],
    faults: &[
        "balance-rounded-to-integers",
        "balance-through-double",
        "balance-in-32-bits",
        "balance-off-by-one-every-seventh",
        "zero-balance-shown-as-one",
        "allowed-always-true",
    ],
    applies: has_balance,
    judge: Judge::Server(|trial| Box::pin(judge(trial))),
};

async fn judge(trial: &ServerTrial<'_>) -> Judgement {
    let operation = trial.balance_operation()?;
    let unsafe_integers = standards::json_range();
    let accounts = in_every_state(trial).await?;
    if accounts.iter().all(|account| !account.own) {
        // The balance of a given account is unknown. This reports what is missing to create one.
        trial.account(trial.credits(40)).await?;
    }
    for n in 0..4 {
        for account in accounts.iter().filter(|account| account.own) {
            let reading = trial.check_as(account, SendOptions { fresh: n == 3, ..SendOptions::default() }).await?;
            let is_unsafe =
                account.true_balance().remaining.is_some_and(|amount| amount.abs() > Decimal::from(MAX_SAFE));
            let promise = if is_unsafe { &unsafe_integers } else { &operation.promise };
            judge_true_balance(trial, promise, account, &reading)?;
        }
    }
    Ok(())
}
