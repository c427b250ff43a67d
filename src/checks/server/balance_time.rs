//! # The balance does not change because time passes
//!
//! ## What it checks
//!
//! A balance that is not used is the same after a second, a minute and an hour.
//!
//! ## Why it matters
//!
//! Jobs that run by the clock (expiry, refills, clean-up, reconciliation) change balances without a request. A customer
//! who has done nothing and has fewer credits cannot find out why.
//!
//! ## How
//!
//! Accounts with different balances are read, the server's clock is moved forward, and they are read again. Where a row
//! of the response expires within a month, nothing is judged, because its credits may vanish then.

use std::time::UNIX_EPOCH;

use serde_json::Value;

use super::support::balance_reads::{open_account, read_true_balance};
use crate::checks::account::TestAccount;
use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, Stop, tells_balance};
use crate::checks::server_trial::{BalanceRead, ServerTrial};
use crate::checks::verdict::Side;
use crate::contract::Level;
use crate::mock::State;
use crate::subject::Sleep;

pub(super) const CHECK: Check = Check {
    id: "balance.time",
    side: Side::Server,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: false,
    needs: &[Need::State(State::Account), Need::Clock],
    faults: &["balance-decays-with-time", "balance-grows-with-time"],
    applies: tells_balance,
    judge: Judge::Server(|trial| Box::pin(judge(trial))),
};

/// The times that pass, in milliseconds.
const STEPS_MS: [u64; 3] = [1_000, 60_000, 3_600_000];

async fn judge(trial: &ServerTrial<'_>) -> Judgement {
    let operation = trial.balance_operation()?;
    let promise = &operation.promise;
    let resets = operation.fields.resets.as_ref().map(|resets| resets.at.as_str());
    let mut accounts = Vec::new();
    for amount in [100, 0] {
        let account = open_account(trial, trial.credits(amount)).await?;
        let reading = trial.check(&account).await?;
        if expires_soon(&reading, resets) {
            return Err(Stop::Inconclusive("credits of the account expire within a month".to_owned()));
        }
        accounts.push(account);
    }
    let all: Vec<&TestAccount> = accounts.iter().collect();
    let mut passed = false;
    for step_ms in STEPS_MS {
        match trial.pass(&all, Sleep::AtLeast(step_ms, step_ms * 10)).await {
            Ok(_) => passed = true,
            // Less time than planned has passed.
            Err(Stop::CouldNotRun(_)) if passed => break,
            Err(stop) => return Err(stop),
        }
        for account in &accounts {
            read_true_balance(trial, promise, account).await?;
        }
    }
    Ok(())
}

/// Whether the response contains a time within a month after it was sent. The server's clock may be ahead of its `Date`. The
/// expectations of the account know of the time at which its amounts reset.
fn expires_soon(reading: &BalanceRead, resets: Option<&str>) -> bool {
    const MONTH_S: i64 = 31 * 24 * 60 * 60;
    let Ok(response) = &reading.exchange.result else { return false };
    let sent = response.header("date").and_then(|date| httpdate::parse_http_date(date.trim()).ok());
    let sent = sent.and_then(|date| date.duration_since(UNIX_EPOCH).ok());
    let (Some(sent), Some(mut body)) = (sent, response.json()) else { return false };
    if let Some(named) = resets.and_then(|at| body.pointer_mut(at)) {
        named.take();
    }
    let sent = i64::try_from(sent.as_secs()).unwrap_or(i64::MAX);
    times(&body).into_iter().any(|time| time > sent && time < sent.saturating_add(MONTH_S))
}

/// All RFC 3339 times in a value, in seconds since 1970.
fn times(value: &Value) -> Vec<i64> {
    match value {
        Value::String(text) => {
            text.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_second).into_iter().collect()
        }
        Value::Array(items) => items.iter().flat_map(times).collect(),
        Value::Object(members) => members.values().flat_map(times).collect(),
        _ => Vec::new(),
    }
}
