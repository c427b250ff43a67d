//! # A tenant never receives the cached balance of another tenant
//!
//! ## What it checks
//!
//! The server cache is keyed by tenant: a read never shows the balance of another account.
//!
//! ## Why it matters
//!
//! A cache with an incomplete key (only the path, a truncated name, or the end of a name) shows one customer the
//! balance of another. That is a data leak, and a wrong decision for both. Often it happens only when two tenants
//! read at the same moment.
//!
//! ## How
//!
//! Several accounts with different balances are read in turn, then in the opposite order, and then all at the same
//! time on separate connections. A response with the balance of another account is a violation.

use futures_util::future::join_all;

use crate::checks::account::TestAccount;
use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule};
use crate::checks::server::support::balance_reads::{describe_read, shows_amounts};
use crate::checks::server_trial::{BalanceRead, ServerTrial};
use crate::checks::verdict::Side;
use crate::contract::{Contract, Level, Promise};
use crate::exchange::SendOptions;
use crate::mock::State;

pub(super) const CHECK: Check = Check {
    id: "cache.per-tenant",
    side: Side::Server,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: false,
    needs: &[Need::State(State::Account)],
    faults: &["cache-shared-by-all-tenants", "cache-keyed-by-tenant-length", "cache-previous-response-every-seventh"],
    applies: |contract| {
        scope(contract).map(drop).ok_or("the contract does not state that the server cache is separate for each tenant")
    },
    judge: Judge::Server(|trial| Box::pin(judge(trial))),
};

fn scope(contract: &Contract) -> Option<&Promise> {
    contract.caching.server.as_ref()?.scope.as_ref()
}

async fn judge(trial: &ServerTrial<'_>) -> Judgement {
    let Some(promise) = scope(trial.contract) else { return Ok(()) };
    let amounts: [u32; 5] = if shows_amounts(trial.contract) { [11, 22, 0, 44, 55] } else { [1, 0, 1, 0, 1] };
    let mut accounts = Vec::new();
    for amount in amounts {
        accounts.push(trial.account(trial.credits(amount)).await?);
    }
    for account in accounts.iter().chain(accounts.iter().rev()) {
        let reading = trial.check(account).await?;
        judge_owner(trial, promise, &accounts, account, &reading)?;
    }
    let options = SendOptions { fresh: true, ..SendOptions::default() };
    for _ in 0..2 {
        let readings = join_all(accounts.iter().map(|account| trial.check_as(account, options))).await;
        for (account, reading) in accounts.iter().zip(readings) {
            judge_owner(trial, promise, &accounts, account, &reading?)?;
        }
    }
    Ok(())
}

fn judge_owner(
    trial: &ServerTrial<'_>,
    promise: &Promise,
    accounts: &[TestAccount],
    account: &TestAccount,
    reading: &BalanceRead,
) -> Judgement {
    let Ok(balance) = &reading.balance else { return Ok(()) };
    let own = account.true_balance();
    let is_of_other = *balance != own && accounts.iter().any(|other| other.true_balance() == *balance);
    trial.judge(promise, Some(trial.balance_operation()?), &[&reading.exchange], !is_of_other, || {
        format!("expected {own}, found {}, the balance of another account", describe_read(reading))
    })
}
