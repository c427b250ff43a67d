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
use crate::checks::server_trial::{BalanceRead, ServerTrial};
use crate::checks::verdict::Side;
use crate::contract::{Level, Role};
use crate::exchange::Response;
use crate::mock::State;
use crate::model::{BalanceValues, time_at};

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
    let named = named_ms(&before, &resets.at)?;
    let now = date_ms(&before)?;
    // The state handler may have moved a clock that `Date` does not show.
    let Some(until) = u64::try_from(named.saturating_sub(now)).ok().filter(|until| *until > 0) else {
        return Err(Stop::Inconclusive("the time that the balance names is not later than `Date`".to_owned()));
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
    let next = named_ms(&after, &resets.at)?;
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

/// The time that a balance names, in milliseconds since 1970.
fn named_ms(reading: &BalanceRead, at: &str) -> Result<i64, Stop> {
    let body = response(reading)?.json().unwrap_or_default();
    let named = body.pointer(at).and_then(time_at);
    named.ok_or_else(|| Stop::Inconclusive(format!("the balance names no time at `{at}`")))
}

/// The time of the server by its `Date`, in milliseconds since 1970.
fn date_ms(reading: &BalanceRead) -> Result<i64, Stop> {
    let date = response(reading)?.header("date").and_then(|date| httpdate::parse_http_date(&date).ok());
    let since = date.and_then(|date| date.duration_since(std::time::UNIX_EPOCH).ok());
    let ms = since.and_then(|since| i64::try_from(since.as_millis()).ok());
    ms.ok_or_else(|| Stop::Inconclusive("the response has no `Date` that says what time it is".to_owned()))
}
