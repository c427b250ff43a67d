//! # What is free takes nothing
//!
//! Asking for the balance must not change it. A middleware that charges per request, or per thousand, empties the
//! accounts of exactly those who watch them closely.
//!
//! The operations that the contract calls free are called many times, as documented, with a query that nobody asked
//! for, and with a credential that is not valid; then the balance must still be what it was.

use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule};
use crate::checks::server::support::balance_reads::{opened, read_untouched};
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
        crate::checks::check::has_balance(contract)?;
        if free(contract).next().is_some() { Ok(()) } else { Err("the contract calls no operation free") }
    },
    judge: Judge::Server(|trial| Box::pin(judge(trial))),
};

fn free(contract: &Contract) -> impl Iterator<Item = (&Operation, &Promise)> {
    let spends = |operation: &Operation| operation.role == Role::Spend;
    let all = contract.operations.iter().filter(move |operation| !spends(operation));
    all.filter_map(|operation| Some((operation.as_ref(), operation.free.as_ref()?)))
}

async fn judge(trial: &ServerTrial<'_>) -> Judgement {
    for (operation, promise) in free(trial.contract) {
        let account = opened(trial, trial.credits(40)).await?;
        for n in 0..11 {
            let mut request = trial.request(operation, &account);
            if n % 4 == 3 {
                request = request.query("ringtrue", "free");
            }
            trial.send_as(request, SendOptions { fresh: n % 5 == 4, ..SendOptions::default() }).await?;
        }
        if operation.role == Role::Refresh {
            account.expectations().succeeded(Role::Refresh);
        }
        let almost: String = account.key.chars().rev().collect();
        if !almost.is_empty() {
            let how = SendOptions { bad_key: true, ..SendOptions::default() };
            trial.send_as(trial.with_key(trial.bare(operation), &almost), how).await?;
        }
        read_untouched(trial, promise, &account).await?;
    }
    Ok(())
}
