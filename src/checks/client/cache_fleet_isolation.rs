//! # Cached balances are not shared between tenants in a fleet
//!
//! ## What it checks
//!
//! Checks a client that declares the capability `fleet`: each process reports the balance of the tenant of its session,
//! whatever other tenants have stored in the shared cache.
//!
//! ## Why it matters
//!
//! The key of the shared cache is often made in another place than that of the cache within a process: without the
//! credential, which must not appear in clear, or shortened. Then one customer is shown the balance of another.
//!
//! ## How
//!
//! Sessions whose tenants and credentials differ only in their last letters, in case, or in the server check in one
//! process. Then each of them checks in the other process, in reverse order. Each must report its own balance.

use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, Stop, has_balance};
use crate::checks::client::cache_isolation::{balance, promise, similar_identities};
use crate::checks::client::support::fleet::stored;
use crate::checks::client_session::ClientSession;
use crate::checks::client_trial::{ClientTrial, SessionOptions};
use crate::checks::verdict::Side;
use crate::client::Capability;
use crate::contract::{Level, Promise, Role};
use crate::model::BalanceValues;
use crate::subject::FleetMember;

pub(super) const CHECK: Check = Check {
    id: "cache.fleet-isolation",
    side: Side::Client,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: false,
    needs: &[Need::Capability(Capability::Fleet)],
    faults: &[
        "fleet-shared-between-credentials",
        "fleet-shared-between-tenants",
        "fleet-shared-between-truncated-credentials",
        "fleet-shared-between-servers",
    ],
    applies: has_balance,
    judge: Judge::Client(|trial| Box::pin(judge(trial))),
};

/// An account that both processes ask for.
struct Account {
    session: ClientSession,
    balance: BalanceValues,
    /// Whether only the server tells it from another one.
    elsewhere: bool,
    n: usize,
}

async fn judge(trial: &ClientTrial<'_>) -> Judgement {
    let place = trial.place();
    let identities = similar_identities(trial);
    let own = identities[0].clone();
    let mut accounts = Vec::new();
    for (n, identity) in identities.into_iter().enumerate() {
        let options = SessionOptions {
            endpoint: Some(place.clone()),
            identity: Some(identity),
            member: Some(FleetMember::First),
            ..SessionOptions::default()
        };
        accounts.push(open(trial, options, balance(trial, n), n, false).await?);
    }
    let options = SessionOptions { identity: Some(own), member: Some(FleetMember::First), ..SessionOptions::default() };
    accounts.push(open(trial, options, balance(trial, accounts.len() | 1), 0, true).await?);
    for account in &accounts {
        judge_own(trial, &account.session, account, "one process").await?;
    }
    stored().await;
    for account in accounts.iter().rev() {
        let options = SessionOptions {
            endpoint: Some(account.session.endpoint.clone()),
            identity: Some(account.session.identity.clone()),
            member: Some(FleetMember::Second),
            ..SessionOptions::default()
        };
        let second = trial.open_apart(account.balance, options, account.n).await?;
        judge_own(trial, &second, account, "another process").await?;
    }
    Ok(())
}

async fn open(
    trial: &ClientTrial<'_>,
    options: SessionOptions,
    balance: BalanceValues,
    n: usize,
    elsewhere: bool,
) -> Result<Account, Stop> {
    let session = trial.open_apart(balance, options, n).await?;
    Ok(Account { session, balance, elsewhere, n })
}

async fn judge_own(
    trial: &ClientTrial<'_>,
    session: &ClientSession,
    Account { balance, elsewhere, .. }: &Account,
    place: &str,
) -> Judgement {
    let call = trial.check(session).await?;
    let promise = promise(trial)?;
    // One credential at two servers occurs in tests, and hardly in production.
    let level = if *elsewhere { Level::May } else { promise.level };
    trial.judge(&Promise { level, ..promise }, Role::Balance, &[&call], call.reports(balance), || {
        format!(
            "several tenants and credentials in two processes, in {place}: expected {balance}, found {}",
            call.found()
        )
    })
}
