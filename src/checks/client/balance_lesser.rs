//! # The lesser of two limits is reported
//!
//! ## What it checks
//!
//! Where another operation limits the balance too, the client reports the lesser of both amounts.
//!
//! ## Why it matters
//!
//! A key with a high limit on an empty account can use nothing, and neither can a key without a limit. A client that asks one of
//! the two only starts work that is refused.
//!
//! ## How
//!
//! Accounts are opened of which now one amount is the lesser, now the other.

use rust_decimal::Decimal;

use crate::checks::check::{Check, CheckKind, Judge, Judgement, Schedule, Stop, has_balance};
use crate::checks::client_trial::ClientTrial;
use crate::checks::verdict::Side;
use crate::contract::{Contract, Level, Role};
use crate::model::BalanceValues;

pub(super) const CHECK: Check = Check {
    id: "balance.lesser",
    side: Side::Client,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: false,
    needs: &[],
    faults: &["other-limit-ignored", "other-limit-alone-reported"],
    applies: |contract: &Contract| {
        has_balance(contract)?;
        let capped = contract.operation(Role::Balance).is_some_and(|operation| operation.capped_by.is_some());
        if capped { Ok(()) } else { Err("no other operation limits the balance") }
    },
    judge: Judge::Client(|trial| Box::pin(judge(trial))),
};

async fn judge(trial: &ClientTrial<'_>) -> Judgement {
    let Some(capped) = &trial.operation(Role::Balance)?.capped_by else { return Ok(()) };
    for (own, other) in [(100, 40), (30, 500), (25, 0), (7, 7)] {
        let session = trial.open(trial.credits(own)).await?;
        let account = if session.key().is_empty() { session.tenant() } else { session.key() };
        let set = session.endpoint.provider().set_cap(account, Decimal::from(other));
        set.map_err(|error| Stop::Inconclusive(format!("the other amount cannot be set: {error}")))?;
        let call = trial.check(&session).await?;
        let lesser = BalanceValues { remaining: Some(Decimal::from(own.min(other))), ..trial.credits(own) };
        trial.judge(&capped.promise, Role::Balance, &[&call], call.reports(&lesser), || {
            format!("{own} and {other}: expected {lesser}, the lesser of both, found {}", call.found())
        })?;
    }
    Ok(())
}
