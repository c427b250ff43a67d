//! Compares the balance that a changed request shows with plain reads before and after it.

use std::sync::Arc;

use super::balance_reads::describe_read;
use crate::checks::account::TestAccount;
use crate::checks::finding::Stop;
use crate::checks::server_trial::{BalanceRead, ServerTrial};
use crate::contract::Promise;
use crate::exchange::{Exchange, Failure, Request, SendOptions};
use crate::model::BalanceValues;

/// The result of a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::checks) enum Comparison {
    /// The same balance.
    Same,
    /// Another balance, twice, between plain reads that agree.
    Differs,
    /// There is no balance to compare: a refusal, a redirect, another representation.
    NotComparable,
}

/// A balance read with changes that must not matter.
#[derive(Debug)]
pub(in crate::checks) struct Changed {
    /// The request.
    pub request: Request,
    /// Whether the bytes matter, for example the case of field names. Then it is sent on a raw connection, if possible.
    pub raw: bool,
    /// The changes in a few words.
    pub about: String,
}

impl Changed {
    /// Sends the request.
    ///
    /// # Errors
    /// If a limit of the run blocks it.
    pub(in crate::checks) async fn send(&self, trial: &ServerTrial<'_>) -> Result<Arc<Exchange>, Stop> {
        if self.raw {
            let sent = trial.transport().send_raw(&trial.journal, self.request.clone(), SendOptions::default()).await;
            let (exchange, _) = sent.map_err(|error| Stop::CouldNotRun(error.to_string()))?;
            if !matches!(exchange.result, Err(Failure::Unsendable(_))) {
                return Ok(exchange);
            }
        }
        trial.send(self.request.clone()).await
    }
}

/// Sends the changed request and compares its balance with `plain`, the balance of a plain read before it. Another
/// balance counts only if it is seen again between two plain reads that agree, because the balance of a given account
/// may change at any time. `plain` is updated then.
///
/// # Errors
/// The violation of a must; a limit of the run.
pub(in crate::checks) async fn compare_balance(
    trial: &ServerTrial<'_>,
    account: &TestAccount,
    promise: &Promise,
    plain: &mut BalanceValues,
    changed: &Changed,
) -> Result<Comparison, Stop> {
    let operation = trial.balance_operation()?;
    let reading = trial.balance_read(operation, changed.send(trial).await?);
    let Some(shown) = full_balance(&reading) else { return Ok(Comparison::NotComparable) };
    let mut seen = (reading, shown);
    for _ in 0..2 {
        if seen.1 == *plain {
            trial.judge(promise, Some(operation), &[&seen.0.exchange], true, String::new)?;
            return Ok(Comparison::Same);
        }
        let before = *plain;
        *plain = trial.remaining(account).await?;
        let again = trial.balance_read(operation, changed.send(trial).await?);
        let Some(shown) = full_balance(&again) else { return Ok(Comparison::NotComparable) };
        let stable = *plain == before && trial.remaining(account).await? == before;
        if stable && shown != before {
            trial.judge(promise, Some(operation), &[&seen.0.exchange, &again.exchange], false, || {
                format!("with {}: expected {before} as without it, found {}", changed.about, describe_read(&again))
            })?;
            return Ok(Comparison::Differs);
        }
        seen = (again, shown);
    }
    Ok(Comparison::NotComparable)
}

/// The balance of a full response. A part of it (206) or a minimal form need not show it.
fn full_balance(reading: &BalanceRead) -> Option<BalanceValues> {
    let full = matches!(&reading.exchange.result, Ok(response) if response.is_success() && response.status != 206);
    reading.balance.as_ref().ok().filter(|_| full).copied()
}
