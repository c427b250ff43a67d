//! # A paid call changes the balance of its own account only
//!
//! ## What it checks
//!
//! Paid calls of one account, successful or refused, leave the balances of other accounts as they are.
//!
//! ## Why it matters
//!
//! A charge that goes to another account is two mistakes at once: one customer pays for another, and the other works for
//! nothing. Neither sees it in the response.
//!
//! ## How
//!
//! Three accounts are opened, and the one in the middle makes paid calls, in turn and at the same time. Then the balances
//! of the other two must be unchanged, whatever the calls cost. Then several accounts pay at the same time, and each must
//! be charged exactly for its own calls, where the cost is stated.

use futures_util::future::join_all;

use super::support::balance_reads::{open_account, read_true_balance, read_unchanged_balance, shows_amounts};
use super::support::payments::{pay, pay_with_options};
use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, Stop, has_spend, tells_balance};
use crate::checks::server_trial::ServerTrial;
use crate::checks::verdict::Side;
use crate::contract::{Level, Role, Tenant};
use crate::exchange::SendOptions;
use crate::mock::State;

pub(super) const CHECK: Check = Check {
    id: "balance.own-account",
    side: Side::Server,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: false,
    needs: &[Need::State(State::Account), Need::Spend],
    faults: &["charge-other-account", "charge-other-account-every-third", "paid-calls-mixed-up-when-concurrent"],
    applies: |contract| {
        has_spend(contract)?;
        tells_balance(contract)?;
        let has_tenants = contract.credential.is_some() || contract.tenant != Tenant::Credential;
        if has_tenants { Ok(()) } else { Err("the contract has no tenants") }
    },
    judge: Judge::Server(|trial| Box::pin(judge(trial))),
};

/// How many accounts pay at the same time.
const PAYERS: usize = 4;
/// How often they do.
const ROUNDS: usize = 3;

async fn judge(trial: &ServerTrial<'_>) -> Judgement {
    let promise = &trial.balance_operation()?.promise;
    let before = open_account(trial, trial.credits(40)).await?;
    let paying = trial.account(trial.credits(100_000)).await?;
    let after = open_account(trial, trial.credits(3)).await?;
    let mut succeeded = 0;
    for _ in 0..4 {
        succeeded += u32::from(pay(trial, &paying).await?.succeeded());
    }
    let options = SendOptions { fresh: true, ..SendOptions::default() };
    let payments = join_all((0..4).map(|_| pay_with_options(trial, &paying, options))).await;
    for payment in payments {
        succeeded += u32::from(payment?.succeeded());
    }
    for account in [&before, &after] {
        read_unchanged_balance(trial, promise, account).await?;
    }
    if succeeded == 0 {
        return Err(Stop::Inconclusive("no paid call succeeds".to_owned()));
    }
    judge_payers(trial).await
}

/// Judges that each of several accounts that pay at the same time is charged for its own calls.
async fn judge_payers(trial: &ServerTrial<'_>) -> Judgement {
    let Some(cost) = trial.operation(Role::Spend)?.cost.as_ref() else { return Ok(()) };
    if !shows_amounts(trial.contract) {
        return Ok(());
    }
    let mut payers = Vec::new();
    for _ in 0..PAYERS {
        payers.push(trial.account(trial.credits(1000)).await?);
    }
    for _ in 0..ROUNDS {
        let options = SendOptions { fresh: true, ..SendOptions::default() };
        let payments = join_all(payers.iter().map(|payer| pay_with_options(trial, payer, options))).await;
        let mut costs_known = true;
        for payment in payments {
            let payment = payment?;
            costs_known &= !payment.succeeded() || payment.cost().is_some();
        }
        // Without a stated cost, it is not known what an account has to be charged.
        if !costs_known {
            break;
        }
        // After each round: charges that go to the wrong accounts may add up to the right sums.
        for payer in &payers {
            read_true_balance(trial, &cost.promise, payer).await?;
        }
    }
    Ok(())
}
