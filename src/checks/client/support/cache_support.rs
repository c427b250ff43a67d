//! What the checks of a client's cache share.

use std::time::Duration;

use crate::checks::applies::has_balance;
use crate::checks::client_session::{Call, ClientSession};
use crate::checks::client_trial::ClientTrial;
use crate::checks::finding::Stop;
use crate::checks::time::Passing;
use crate::contract::{CacheKind, Contract};
use crate::model::BalanceValues;

/// For checks of what a client keeps.
pub(in crate::checks) fn caches(contract: &Contract) -> Result<(), &'static str> {
    has_balance(contract)?;
    match &contract.caching.client {
        Some(rule) if rule.kind != CacheKind::None => Ok(()),
        _ => Err("the contract promises nothing of the client's cache"),
    }
}

/// That the first answer came from the network, and is the one that was sent: else there is nothing to judge by.
pub(in crate::checks) fn filled(fill: &Call, true_balance: &BalanceValues) -> Result<(), Stop> {
    if fill.received.is_empty() {
        return Err(Stop::Inconclusive("the first check of a new session made no request".to_owned()));
    }
    if fill.reports(true_balance) {
        return Ok(());
    }
    Err(Stop::Inconclusive(format!("the balance cannot be read: expected {true_balance}, found {}", fill.found())))
}

/// A session that has made one request.
pub(in crate::checks) async fn ask_once(
    trial: &ClientTrial<'_>,
    true_balance: BalanceValues,
) -> Result<(ClientSession, Call), Stop> {
    let session = trial.open(true_balance).await?;
    let fill = trial.check(&session).await?;
    filled(&fill, &true_balance)?;
    Ok((session, fill))
}

/// That a client which was asked once keeps the answer: without that there is nothing to be dropped or mixed up.
pub(in crate::checks) async fn keeps(trial: &ClientTrial<'_>, session: &ClientSession) -> Result<(), Stop> {
    if trial.check(session).await?.received.is_empty() {
        return Ok(());
    }
    Err(Stop::Inconclusive(
        "the client keeps no answer, so that none can outlive its time: `cache.hit` says more".to_owned(),
    ))
}

/// Another balance than that, in every role.
pub(in crate::checks) fn other(trial: &ClientTrial<'_>, true_balance: &BalanceValues) -> BalanceValues {
    let left = if true_balance.remaining.is_some_and(|left| left == rust_decimal::Decimal::from(9)) { 3 } else { 9 };
    BalanceValues { allowed: true_balance.allowed.map(|allowed| !allowed), ..trial.credits(left) }
}

/// Ages and asks; the age was surely within the TTL.
pub(in crate::checks) async fn read_young(
    trial: &ClientTrial<'_>,
    session: &ClientSession,
    fill: &Call,
    age: Duration,
) -> Result<Option<Call>, Stop> {
    let ttl = trial.ttl(trial.cache_rule()?);
    trial.age_to(session, fill, age).await?;
    let read = trial.check(session).await?;
    Ok(ttl.demands_hit(trial.age(fill, &read)).then_some(read))
}

/// How long a client that counts in real time may leave a failing server alone, and a little more.
pub(in crate::checks) const REAL_BACK_OFF: Duration = Duration::from_millis(1100);

/// Lets a client that leaves a failing server alone for a moment end its back-off, by whatever clock it counts.
pub(in crate::checks) async fn wait_out_back_off(
    trial: &ClientTrial<'_>,
    session: &ClientSession,
    by: Duration,
) -> Result<(), Stop> {
    if trial.passing() == Passing::Moved {
        trial.advance(session, by).await?;
    }
    tokio::time::sleep(REAL_BACK_OFF).await;
    Ok(())
}
