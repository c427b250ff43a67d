//! # At the time that the balance names, what was used is given back
//!
//! ## What it checks
//!
//! The balance names the time of the next reset. After it, all of the total is left again, and a later time is named.
//!
//! ## Why it matters
//!
//! Applications tell their users when credits come back, and start their jobs then. A reset that does not come, or a time that
//! stays in the past, stops them.
//!
//! ## How
//!
//! A part of a new account is used. The clock of the server is moved past the time that its balance names, and the balance is
//! read again.

use rust_decimal::Decimal;

use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, Stop, has_balance};
use crate::checks::server::support::balance_reads::open_account;
use crate::checks::server_trial::reset_time::{may_name_none, named_ms, until_ms};
use crate::checks::server_trial::{BalanceRead, ServerTrial};
use crate::checks::verdict::Side;
use crate::contract::{Level, Operation, Resets, Role};
use crate::exchange::Response;
use crate::mock::State;
use crate::model::BalanceValues;

pub(super) const CHECK: Check = Check {
    id: "balance.reset",
    side: Side::Server,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Last,
    slow: false,
    needs: &[Need::State(State::Account), Need::Clock],
    faults: &["reset-never-comes"],
    applies: |contract| {
        has_balance(contract)?;
        let named = contract.operation(Role::Balance).is_some_and(|operation| operation.fields.resets.is_some());
        if named { Ok(()) } else { Err("the contract does not say that amounts reset") }
    },
    judge: Judge::Server(|trial| Box::pin(judge(trial))),
};

async fn judge(trial: &ServerTrial<'_>) -> Judgement {
    let operation = trial.balance_operation()?;
    let Some(resets) = &operation.fields.resets else { return Ok(()) };
    let (left, total) = (Decimal::from(40), Decimal::from(100));
    let used = BalanceValues { remaining: Some(left), total: Some(total), ..trial.credits(left) };
    let account = open_account(trial, used).await?;
    let before = trial.check(&account).await?;
    let first = response(&before)?;
    let Some(named) = named_ms(first, resets) else { return Err(names_none(operation, first, resets)) };
    // The state handler may have moved a clock that `Date` does not show.
    let Some(until) = u64::try_from(until_ms(first, named)).ok().filter(|until| *until > 0) else {
        return Err(Stop::Inconclusive("the time that the balance names has passed already".to_owned()));
    };
    let wait = until.saturating_add(1_000);
    trial.advance(&[&account], wait).await?;
    let after = trial.check(&account).await?;
    let shown =
        after.balance.clone().map_err(|why| Stop::Inconclusive(format!("the balance cannot be read: {why}")))?;
    trial.judge(
        &resets.promise,
        Some(operation),
        &[&before.exchange, &after.exchange],
        shown.remaining == Some(total),
        || format!("the time that the balance names has passed: expected remaining {total}, found {shown}"),
    )?;
    let last = response(&after)?;
    let Some(next) = named_ms(last, resets) else { return Err(names_none(operation, last, resets)) };
    trial.judge(&resets.promise, Some(operation), &[&before.exchange, &after.exchange], next > named, || {
        "the time that the balance names has passed, and it names the same time again".to_owned()
    })
}

fn response(reading: &BalanceRead) -> Result<&Response, Stop> {
    reading
        .exchange
        .result
        .as_ref()
        .map_err(|failure| Stop::Inconclusive(format!("the balance cannot be read: {failure}")))
}

/// Ends the check where a balance names no time. It need not, unless its schema requires it.
fn names_none(operation: &Operation, response: &Response, resets: &Resets) -> Stop {
    let why = format!("the balance names no time at `{}`", resets.at);
    if may_name_none(operation, response) { Stop::NotApplicable(why) } else { Stop::Inconclusive(why) }
}
