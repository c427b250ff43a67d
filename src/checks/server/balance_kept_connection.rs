//! # Every response on a kept connection shows the balance of its own account
//!
//! ## What it checks
//!
//! Several requests follow each other on one connection: of two accounts, with an unknown credential and without one.
//! Each response shows the balance of the account of its own request, and requests without a valid credential are
//! refused.
//!
//! ## Why it matters
//!
//! Clients and proxies keep connections open and send the requests of many users on them. A server that remembers the
//! caller or the balance of the request before, on its connection, shows one customer the account of another. A test
//! that opens a connection for each request never sees it.
//!
//! ## How
//!
//! Each balance is read on a new connection first. Then twelve requests are sent on one connection, one after the other.
//! A response that differs from the balance is reported only if a new connection still shows that balance. A server may
//! close the connection at any time; the requests then continue on the next one.

use std::sync::Arc;

use super::support::balance_reads::{describe_read, two_balances};
use super::support::keys;
use super::support::refusal::judge_refused;
use super::support::stops::optional;
use crate::checks::account::TestAccount;
use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, Stop, tells_balance};
use crate::checks::server_trial::ServerTrial;
use crate::checks::verdict::Side;
use crate::contract::{Level, Operation};
use crate::exchange::{Exchange, KeptConnection, Request, SendOptions};
use crate::model::BalanceValues;

pub(super) const CHECK: Check = Check {
    id: "balance.kept-connection",
    side: Side::Server,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: false,
    needs: &[Need::Key, Need::Raw],
    faults: &[
        "kept-connection-remembers-tenant",
        "kept-connection-admits-any-key",
        "kept-connection-refuses-after-refusal",
        "kept-connection-zero-from-third",
    ],
    applies: tells_balance,
    judge: Judge::Server(|trial| Box::pin(judge(trial))),
};

/// The caller of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Caller {
    First,
    Second,
    Unknown,
    WithoutKey,
}

use Caller::{First, Second, Unknown, WithoutKey};

/// The order in which requests follow each other.
const ORDER: [Caller; 12] =
    [First, First, Second, First, Second, Second, Unknown, First, WithoutKey, Second, First, First];

async fn judge(trial: &ServerTrial<'_>) -> Judgement {
    let operation = trial.balance_operation()?;
    let first = trial.account_a().await?;
    let second = second_account(trial).await?;
    let expected = (
        on_new_connection(trial, &first).await?,
        match &second {
            Some(second) => Some(on_new_connection(trial, second).await?),
            None => None,
        },
    );
    let mut connection = KeptConnection::default();
    for caller in ORDER {
        let (account, expected) = match (caller, &second, expected.1) {
            (Second, Some(second), Some(expected)) => (Some(second), expected),
            (Second | First, ..) => (Some(&first), expected.0),
            (Unknown | WithoutKey, ..) => (None, expected.0),
        };
        match account {
            Some(account) => judge_own(trial, operation, &mut connection, account, &expected).await?,
            None => judge_stranger(trial, operation, &mut connection, caller, &first.key).await?,
        }
    }
    Ok(())
}

/// An account with another balance, if there is one.
async fn second_account(trial: &ServerTrial<'_>) -> Result<Option<TestAccount>, Stop> {
    if !trial.subject.states.is_present() {
        return optional(trial.account_b().await);
    }
    let (_, balance) = two_balances(trial);
    match optional(trial.account(balance).await)? {
        None => optional(trial.account_b().await),
        account => Ok(account),
    }
}

async fn on_new_connection(trial: &ServerTrial<'_>, account: &TestAccount) -> Result<BalanceValues, Stop> {
    let options = SendOptions { fresh: true, ..SendOptions::default() };
    let reading = trial.check_as(account, options).await?;
    reading.balance.map_err(|why| Stop::Inconclusive(format!("the balance cannot be read: {why}")))
}

async fn judge_own(
    trial: &ServerTrial<'_>,
    operation: &Operation,
    connection: &mut KeptConnection,
    account: &TestAccount,
    expected: &BalanceValues,
) -> Judgement {
    let exchange = send(trial, connection, trial.request(operation, account), false).await?;
    let nth = connection.carried();
    let reading = trial.balance_read(operation, exchange);
    let same = reading.balance.as_ref().is_ok_and(|shown| shown == expected);
    // The balance of a given account may change at any time.
    if !same && on_new_connection(trial, account).await? != *expected {
        return Err(Stop::Inconclusive("the balance of the account changes while it is read".to_owned()));
    }
    trial.judge(&operation.promise, Some(operation), &[&reading.exchange], same, || {
        let found = describe_read(&reading);
        format!("request {nth} on a kept connection: expected {expected} as on a new connection, found {found}")
    })
}

async fn judge_stranger(
    trial: &ServerTrial<'_>,
    operation: &Operation,
    connection: &mut KeptConnection,
    caller: Caller,
    like: &str,
) -> Judgement {
    if trial.contract.credential.is_none() || !operation.secured {
        return Ok(());
    }
    let bare = trial.with_tenant(operation.example_request(), None);
    let (about, request) = match caller {
        Unknown => ("an unknown credential", trial.with_key(bare, &keys::unknown_key(trial, like, 400))),
        _ => ("no credential", bare),
    };
    let exchange = send(trial, connection, request, true).await?;
    let about = format!("with {about}, after requests with a valid one on the same connection");
    judge_refused(trial, operation, &exchange, &about).await
}

/// Sends a request on the connection. One that the server has just closed is opened again.
async fn send(
    trial: &ServerTrial<'_>,
    connection: &mut KeptConnection,
    request: Request,
    bad_key: bool,
) -> Result<Arc<Exchange>, Stop> {
    super::shape_kept_connection::send_on(trial, connection, request, SendOptions { bad_key, ..SendOptions::default() })
        .await
}
