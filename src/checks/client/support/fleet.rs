//! What the checks of a fleet share: sessions of one account in two processes.

use std::time::Duration;

use tokio::time::Instant;

use crate::checks::client_session::{Call, ClientSession};
use crate::checks::client_trial::{ClientTrial, SessionOptions};
use crate::checks::finding::Stop;
use crate::checks::lateness::with_lateness;
use crate::checks::time::Passing;
use crate::model::BalanceValues;
use crate::subject::FleetMember;

/// How long it may take until one process sees what another one has done.
const PROPAGATION: Duration = Duration::from_secs(1);
/// The same, where a balance is cached for less than a second.
const SHORT_PROPAGATION: Duration = Duration::from_millis(300);
/// The time between two looks.
const PAUSE: Duration = Duration::from_millis(50);
/// The time for a process to store what it has reported.
const STORING: Duration = Duration::from_millis(100);

/// Sessions of one account in the two processes of a fleet.
pub(in crate::checks) async fn open_fleet(
    trial: &ClientTrial<'_>,
    balance: BalanceValues,
) -> Result<(ClientSession, ClientSession), Stop> {
    let options = SessionOptions { member: Some(FleetMember::First), ..SessionOptions::default() };
    let first = trial.open_at(balance, options).await?;
    let second = open_second(trial, &first, balance).await?;
    trial.add_step(format!("session {} is in one process, session {} in another one", first.n, second.n));
    Ok((first, second))
}

/// A session in the second process, for the account of a session in the first one.
pub(in crate::checks) async fn open_second(
    trial: &ClientTrial<'_>,
    first: &ClientSession,
    balance: BalanceValues,
) -> Result<ClientSession, Stop> {
    let options = SessionOptions {
        endpoint: Some(first.endpoint.clone()),
        identity: Some(first.identity.clone()),
        member: Some(FleetMember::Second),
        ..SessionOptions::default()
    };
    trial.open_at(balance, options).await
}

/// Waits until a process may be expected to have stored what it has reported.
pub(in crate::checks) async fn stored() {
    tokio::time::sleep(STORING).await;
}

/// Checks until this balance is reported, but not for longer than it may take until a process sees what another one did.
/// Returns the last check.
pub(in crate::checks) async fn check_until(
    trial: &ClientTrial<'_>,
    session: &ClientSession,
    expected: &BalanceValues,
) -> Result<Call, Stop> {
    let mut limit = if trial.passing() == Passing::Scaled { SHORT_PROPAGATION } else { PROPAGATION };
    let begun = Instant::now();
    loop {
        let (read, late) = with_lateness(trial.check(session)).await;
        let read = read?;
        // Time for which the machine was busy is not held against the client.
        limit += late;
        if read.reports(expected) || begun.elapsed() >= limit {
            return Ok(read);
        }
        tokio::time::sleep(PAUSE).await;
    }
}
