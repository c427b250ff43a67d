//! # A broken balance is an error, never an invented balance
//!
//! ## What it checks
//!
//! Checks responses in which a member that the balance is read from is missing or has another type.
//!
//! ## Why it matters
//!
//! Missing becomes 0, `null` becomes 0, a string becomes a number, any failure becomes -1: each stops paying
//! customers, or lets through those who do not pay, without any error.
//!
//! ## How
//!
//! Responses that break the schema in one way each are delivered. A reported balance is right only if the response
//! contains it all the same.

use rust_decimal::Decimal;

use crate::checks::check::{Check, CheckKind, Judge, Judgement, Schedule, Stop, has_balance};
use crate::checks::client::support::bodies::{Stated, breaking, same_as_float};
use crate::checks::client::support::failure_policy::{made_up_nothing, nothing};
use crate::checks::client_trial::ClientTrial;
use crate::checks::verdict::Side;
use crate::client::Balance as Told;
use crate::contract::{Level, Locator, Operation, Role};
use crate::mock::Reply;
use crate::model::BalanceValues;

pub(super) const CHECK: Check = Check {
    id: "shape.broken",
    side: Side::Client,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: false,
    needs: &[],
    faults: &[
        "missing-read-as-zero",
        "null-read-as-zero",
        "strings-accepted",
        "other-types-read-as-zero",
        "failure-reported-as-minus-one",
    ],
    applies: has_balance,
    judge: Judge::Client(|trial| Box::pin(judge(trial))),
};

async fn judge(trial: &ClientTrial<'_>) -> Judgement {
    let first = trial.open(trial.credits(1)).await?;
    for broken in breaking(trial, &first)? {
        judge_broken(trial, broken).await?;
    }
    Ok(())
}

/// Delivers a broken answer, and judges that the client tells nothing that does not stand in it.
pub(super) async fn judge_broken(trial: &ClientTrial<'_>, broken: Stated) -> Judgement {
    let operation = trial.operation(Role::Balance)?;
    let session = trial.open(trial.credits(1)).await?;
    session.endpoint.respond_with(broken.reply.clone());
    let call = trial.check(&session).await?;
    if !call.override_used() {
        return Err(Stop::Inconclusive("a new session made no request".to_owned()));
    }
    let stands = call.outcome.as_ref().is_ok_and(|reported| stands(operation, &broken.reply, reported));
    let near = |true_balance: &BalanceValues| {
        call.outcome.as_ref().is_ok_and(|reported| same_as_float(reported.remaining, true_balance.remaining))
    };
    let read =
        broken.true_balance.is_some_and(|true_balance| call.reports(&true_balance) || near(&true_balance)) || stands;
    trial.judge(&operation.promise, Role::Balance, &[&call], read || made_up_nothing(trial, &call), || {
        format!("{}: expected {}, found {}", broken.what, nothing(trial), call.found())
    })
}

/// Whether everything that was told stands in the body in a documented place: what a client does not read cannot mislead it.
fn stands(operation: &Operation, reply: &Reply, reported: &Told) -> bool {
    let fields = &operation.fields;
    let at = |locator: &Locator| locator.amount("amount", &reply.body, &|_| None).ok();
    let again = fields.remaining_repeated.iter().map(|again| &again.at).filter(|at| at.pointer.is_some());
    let amounts: Vec<_> = fields.remaining.iter().chain(again).filter_map(at).collect();
    let total = fields.total.as_ref().and_then(at);
    let Some(left) = reported.remaining.filter(|left| amounts.contains(left)) else { return false };
    let flag = fields.allowed.as_ref().and_then(|locator| locator.flag(&reply.body, &|_| None).ok());
    // A client may also go by the amount alone.
    let allowed = reported.allowed.is_none_or(|reported| Some(reported) == flag || reported == (left > Decimal::ZERO));
    (reported.total.is_none() || reported.total == total) && allowed
}
