//! # The balance shown is the balance, digit for digit
//!
//! A balance that passes through a float, an `int32` or a formatter comes out almost right: half a credit vanishes,
//! 9007199254740993 ends in 2, two thousand million turn negative. It is always the largest and the smallest customers
//! who see it.
//!
//! Accounts are opened with none left, one, a fraction, and amounts beyond 2^31 and 2^53, as far as the schema lets an
//! account have them and the server can hold them. Each is read several times and must show exactly the amount that it
//! was opened with; the text of the number is compared, never a float. Beyond 2^53 JSON promises no exactness, so what
//! is lost there is worth knowing and no violation.

use rust_decimal::Decimal;

use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, has_balance};
use crate::checks::server::support::accounts::in_every_state;
use crate::checks::server::support::balance_reads::judge_truth;
use crate::checks::server_trial::ServerTrial;
use crate::checks::standards;
use crate::checks::verdict::Side;
use crate::contract::Level;
use crate::exchange::SendOptions;
use crate::mock::State;

/// The largest number up to which every JSON implementation has all integers.
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
        // Of an account that was given, nobody knows what it has: say what is missing.
        trial.account(trial.credits(40)).await?;
    }
    for n in 0..4 {
        for account in accounts.iter().filter(|account| account.own) {
            let reading = trial.check_as(account, SendOptions { fresh: n == 3, ..SendOptions::default() }).await?;
            let beyond = account.true_balance().remaining.is_some_and(|left| left.abs() > Decimal::from(MAX_SAFE));
            let promise = if beyond { &unsafe_integers } else { &operation.promise };
            judge_truth(trial, promise, account, &reading)?;
        }
    }
    Ok(())
}
