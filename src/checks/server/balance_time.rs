//! # The balance does not change because time passes
//!
//! ## What it checks
//!
//! A balance that nobody changes is the same an hour later.
//!
//! ## Why it matters
//!
//! Credits that leak away or come back by themselves are noticed only when the numbers of a month do not add up.
//!
//! ## How
//!
//! The balance of an account is read. The server's clock is moved by some minutes, three times, and the balance is read
//! after each move. It must be the one that the account was opened with. Documented expiry lies further in the future.

use super::support::balance_reads::{open_account, read_true_balance, two_balances};
use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, tells_balance};
use crate::checks::server_trial::ServerTrial;
use crate::checks::verdict::Side;
use crate::contract::Level;
use crate::mock::{State, StateParams};

pub(super) const CHECK: Check = Check {
    id: "balance.time",
    side: Side::Server,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: false,
    needs: &[Need::State(State::Account), Need::State(State::Clock)],
    faults: &["balance-decays", "balance-grows"],
    applies: tells_balance,
    judge: Judge::Server(|trial| Box::pin(judge(trial))),
};

/// The moves of the clock, in milliseconds.
const MOVES: [u64; 3] = [60_000, 600_000, 3_000_000];

async fn judge(trial: &ServerTrial<'_>) -> Judgement {
    let operation = trial.balance_operation()?;
    let (balance, _) = two_balances(trial);
    let account = open_account(trial, balance).await?;
    for ms in MOVES {
        // Waiting in real time would take an hour, so only a clock that can be moved will do.
        trial.setup(State::Clock, StateParams::advance_ms(ms)).await?;
        account.expectations().advanced(ms);
        trial.add_step(format!("{} s pass", ms / 1000));
        read_true_balance(trial, &operation.promise, &account).await?;
    }
    Ok(())
}
