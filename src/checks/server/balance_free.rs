//! # Free operations do not change the balance
//!
//! ## What it checks
//!
//! Operations that the contract declares free leave the balance as it is, however often they are called.
//!
//! ## Why it matters
//!
//! Reading the balance must not change it. A middleware that charges for every request, or for every thousandth,
//! empties the accounts of the customers who watch their balance closely.
//!
//! ## How
//!
//! Each free operation is called many times: as documented, with an additional query parameter, and with an invalid
//! credential. Then the balance must be unchanged.

use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule};
use crate::checks::server::support::balance_reads::{open_account, read_unchanged_balance};
use crate::checks::server_trial::ServerTrial;
use crate::checks::verdict::Side;
use crate::contract::{Contract, Level, Operation, Promise, Role};
use crate::exchange::SendOptions;
use crate::mock::State;

pub(super) const CHECK: Check = Check {
    id: "balance.free",
    side: Side::Server,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: false,
    needs: &[Need::State(State::Account)],
    faults: &["read-charged", "read-charged-every-tenth"],
    applies: |contract| {
        crate::checks::applies::has_balance(contract)?;
        if free(contract).next().is_some() { Ok(()) } else { Err("the contract declares no operation free") }
    },
    judge: Judge::Server(|trial| Box::pin(judge(trial))),
};

/// The operations that the contract declares free, with the promise.
fn free(contract: &Contract) -> impl Iterator<Item = (&Operation, &Promise)> {
    let spends = |operation: &Operation| operation.role == Role::Spend;
    let all = contract.operations.iter().filter(move |operation| !spends(operation));
    all.filter_map(|operation| Some((operation.as_ref(), operation.free.as_ref()?)))
}

async fn judge(trial: &ServerTrial<'_>) -> Judgement {
    for (operation, promise) in free(trial.contract) {
        let account = open_account(trial, trial.credits(40)).await?;
        for n in 0..11 {
            let mut request = trial.request(operation, &account);
            if n % 4 == 3 {
                request = request.query("ringtrue", "free");
            }
            // The same as GET, without the content.
            if n % 4 == 1 && operation.method == "GET" {
                "HEAD".clone_into(&mut request.method);
            }
            trial.send_as(request, SendOptions { fresh: n % 5 == 4, ..SendOptions::default() }).await?;
        }
        if operation.role == Role::Refresh {
            account.expectations().succeeded(Role::Refresh);
        }
        let reversed: String = account.key.chars().rev().collect();
        if !reversed.is_empty() {
            let options = SendOptions { bad_key: true, ..SendOptions::default() };
            trial.send_as(trial.with_key(operation.example_request(), &reversed), options).await?;
        }
        read_unchanged_balance(trial, promise, &account).await?;
    }
    Ok(())
}
