//! # A tenant never receives the balance of another tenant
//!
//! ## What it checks
//!
//! Each tenant reads its own balance, also when several tenants read at the same time.
//!
//! ## Why it matters
//!
//! The balance of one tenant in the product of another is a data leak, and it leads to a wrong decision about
//! spending. It happens when a response is cached under the wrong key, when requests share state, or when a
//! connection remembers its last user.
//!
//! ## How
//!
//! Several tenants with different balances read in turn on the same connections, in changing order, and then all at
//! the same time, many times. Each response must show the balance of its own tenant.

use futures_util::future::join_all;

use crate::checks::account::TestAccount;
use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, Stop, tells_balance};
use crate::checks::server::support::balance_reads::describe_read;
use crate::checks::server::support::mixed_tenants::{MixedTenants, promise};
use crate::checks::server_trial::{BalanceRead, ServerTrial};
use crate::checks::traffic::Passive;
use crate::checks::verdict::Side;
use crate::contract::{Level, Role, Tenant};
use crate::mock::State;
use crate::model::BalanceValues;

pub(super) const CHECK: Check = Check {
    id: "auth.isolation",
    side: Side::Server,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: false,
    needs: &[Need::TwoKeys, Need::State(State::Account)],
    faults: &["tenants-mixed-up", "tenants-mixed-up-every-eleventh", "first-tenant-for-all"],
    applies: |contract| {
        tells_balance(contract)?;
        let has_tenants = contract.credential.is_some() || contract.tenant != Tenant::Credential;
        if has_tenants { Ok(()) } else { Err("the contract has no tenants") }
    },
    judge: Judge::ServerOrTraffic(|trial| Box::pin(judge(trial)), Passive::Sequence(MixedTenants::watch)),
};

async fn judge(trial: &ServerTrial<'_>) -> Judgement {
    let accounts = tenants(trial).await?;
    // With a flag only, two tenants often show the same, and a mix-up is seen less often: more rounds.
    let alike = accounts
        .iter()
        .skip(2)
        .any(|account| accounts.first().is_some_and(|first| first.true_balance() == account.true_balance()));
    let rounds = if alike { 12 } else { 3 };
    for round in 0..3 {
        for n in 0..accounts.len() {
            let Some(account) = accounts.get((n * (round + 1) + round) % accounts.len()) else { continue };
            let reading = trial.check(account).await?;
            judge_own(trial, account, &reading, "in turn")?;
        }
    }
    for _ in 0..rounds {
        let all = accounts.iter().chain(&accounts).chain(&accounts);
        let readings = join_all(all.clone().map(|account| trial.check(account))).await;
        for (account, reading) in all.zip(readings) {
            judge_own(trial, account, &reading?, "at the same time")?;
        }
    }
    Ok(())
}

/// Tenants with different balances; where the contract shows a flag only, with alternating ones.
async fn tenants(trial: &ServerTrial<'_>) -> Result<Vec<TestAccount>, Stop> {
    let fields = &trial.balance_operation()?.fields;
    let balances: Vec<BalanceValues> = if fields.remaining.is_some() || fields.total.is_some() {
        [11, 222, 3333, 0].into_iter().map(|n| trial.credits(n)).collect()
    } else {
        [true, false, true, false]
            .into_iter()
            .map(|allowed| BalanceValues { allowed: Some(allowed), ..BalanceValues::default() })
            .collect()
    };
    let mut accounts = Vec::new();
    for balance in balances {
        accounts.push(trial.account(balance).await?);
    }
    Ok(accounts)
}

fn judge_own(trial: &ServerTrial<'_>, account: &TestAccount, reading: &BalanceRead, order: &str) -> Judgement {
    let Some(operation) = trial.contract.operation(Role::Balance) else { return Ok(()) };
    let Some(promise) = promise(trial.contract) else { return Ok(()) };
    let Ok(found) = &reading.balance else {
        return Err(Stop::Inconclusive(format!("the balance cannot be read: {}", describe_read(reading))));
    };
    let own = account.true_balance();
    trial.judge(promise, Some(operation), &[&reading.exchange], *found == own, || {
        format!("tenants read {order}: expected {own}, found {found}")
    })
}
