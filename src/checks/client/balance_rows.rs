//! # A balance in rows is reported as their sum
//!
//! ## What it checks
//!
//! Checks that the client adds up the rows of a balance that comes as a list.
//!
//! ## Why it matters
//!
//! Credits come in grants: one row, several, or none. A client that reads the first row, or counts rows, is right
//! until the second grant arrives, and one that requires a row fails when the last grant is used up.
//!
//! ## How
//!
//! Lists of several lengths are delivered. The client must report the sum, and 0 for the empty list.

use serde_json::Value;

use crate::checks::check::{Check, CheckKind, Judge, Judgement, Schedule, Stop, has_balance};
use crate::checks::client::support::bodies::{conforms, with_text};
use crate::checks::client_trial::ClientTrial;
use crate::checks::verdict::Side;
use crate::contract::{Contract, Level, Operation, Role};

pub(super) const CHECK: Check = Check {
    id: "balance.rows",
    side: Side::Client,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: false,
    needs: &[],
    faults: &["rows-first-only", "rows-counted", "empty-rows-refused"],
    applies: |contract: &Contract| {
        has_balance(contract)?;
        let rows = contract.operation(Role::Balance).and_then(|operation| place(operation));
        if rows.is_some() { Ok(()) } else { Err("the balance is no sum of rows") }
    },
    judge: Judge::Client(|trial| Box::pin(judge(trial))),
};

/// Where the list stands, and where in a row the amount does.
fn place(operation: &Operation) -> Option<(&str, &str)> {
    operation.fields.remaining.as_ref()?.pointer.as_deref()?.split_once("/*")
}

async fn judge(trial: &ClientTrial<'_>) -> Judgement {
    let operation = trial.operation(Role::Balance)?;
    let Some((list, amount)) = place(operation) else { return Ok(()) };
    let first = trial.open(trial.credits(1)).await?;
    let example = trial.answer(&first, Role::Balance, trial.credits(1))?.json().unwrap_or_default();
    let row = example.pointer(list).and_then(|rows| rows.get(0)).cloned();
    let Some(row) = row else { return Err(Stop::Inconclusive("the documented example has no row".to_owned())) };
    for amounts in [&[40_i64, 2, 100][..], &[7], &[], &[0, 0], &[1000, 125]] {
        let rows: Vec<Value> = amounts
            .iter()
            .map(|each| {
                let mut row = row.clone();
                if let Some(place) = row.pointer_mut(amount) {
                    *place = if place.is_string() { each.to_string().into() } else { (*each).into() };
                }
                row
            })
            .collect();
        let mut body = example.clone();
        if let Some(place) = body.pointer_mut(list) {
            *place = Value::Array(rows);
        }
        let what = format!("{} rows", amounts.len());
        let stated = with_text(trial, &first, &what, body.to_string())?;
        let (true, Some(true_balance)) = (conforms(operation, &stated), stated.true_balance) else { continue };
        let session = trial.open(trial.credits(1)).await?;
        session.endpoint.respond_with(stated.reply);
        let call = trial.check(&session).await?;
        if !call.override_used() {
            return Err(Stop::Inconclusive(format!("{what}: a new session made no request")));
        }
        trial.judge(&operation.promise, Role::Balance, &[&call], call.reports(&true_balance), || {
            format!("{what}: expected {true_balance}, found {}", call.found())
        })?;
    }
    Ok(())
}
