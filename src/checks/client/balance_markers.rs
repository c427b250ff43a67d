//! # Markers in place of an amount are not read as amounts
//!
//! ## What it checks
//!
//! Where the contract says that a value such as `null` or -1 means "no limit" or "unknown", the client reports no amount for
//! it; where one means 0, the client reports 0.
//!
//! ## Why it matters
//!
//! A client that reads `null` as 0 stops customers who have no limit at all, and one that reads -1 as an amount shows a debt.
//!
//! ## How
//!
//! The balance is delivered with each documented marker in place of the amount.

use rust_decimal::Decimal;
use serde_json::Value;

use crate::checks::check::{Check, CheckKind, Judge, Judgement, Schedule, Stop, has_balance};
use crate::checks::client::support::bodies::{content, with_text};
use crate::checks::client_trial::ClientTrial;
use crate::checks::verdict::Side;
use crate::contract::{Contract, Level, Locator, Meaning, Operation, Role};
use crate::generate::replaced;

pub(super) const CHECK: Check = Check {
    id: "balance.markers",
    side: Side::Client,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: false,
    needs: &[],
    faults: &["marker-read-as-zero", "marker-read-as-amount"],
    applies: |contract: &Contract| {
        has_balance(contract)?;
        let operation = contract.operation(Role::Balance);
        // Where another operation limits the balance too, that one decides.
        let any = operation.is_some_and(|operation| operation.capped_by.is_none() && !markers(operation).is_empty());
        if any { Ok(()) } else { Err("the contract has no markers in place of an amount") }
    },
    judge: Judge::Client(|trial| Box::pin(judge(trial))),
};

/// The markers that the schema allows in place of what is left, with their meanings.
pub(in crate::checks) fn markers(operation: &Operation) -> Vec<(Value, Meaning)> {
    let Some(at) = operation.fields.remaining.as_ref().filter(|at| in_one_place(at)) else { return Vec::new() };
    let (Some(pointer), Some(example)) = (&at.pointer, content(operation).and_then(crate::contract::Content::example))
    else {
        return Vec::new();
    };
    let schema = content(operation).and_then(|content| content.schema.as_ref());
    let listed = [(Meaning::Unlimited, &at.unlimited), (Meaning::Zero, &at.zero), (Meaning::Unknown, &at.unknown)];
    let all = listed.into_iter().flat_map(|(meaning, values)| values.iter().map(move |value| (value.clone(), meaning)));
    all.filter(|(value, _)| {
        let mut body = example.clone();
        let Some(place) = body.pointer_mut(pointer) else { return false };
        *place = value.clone();
        schema.is_none_or(|schema| schema.accepts(&body)) && crate::model::is_success(operation, &body.to_string())
    })
    .collect()
}

/// Whether the amount stands in one member of the body.
fn in_one_place(at: &Locator) -> bool {
    at.header.is_none() && at.expression.is_none() && at.pointer.as_ref().is_some_and(|pointer| !pointer.contains("/*"))
}

async fn judge(trial: &ClientTrial<'_>) -> Judgement {
    let operation = trial.operation(Role::Balance)?;
    let Some(pointer) = operation.fields.remaining.as_ref().and_then(|at| at.pointer.as_ref()) else { return Ok(()) };
    for (marker, meaning) in markers(operation) {
        let session = trial.open(trial.credits(100)).await?;
        let answer = trial.answer(&session, Role::Balance, trial.credits(100))?.text();
        let text = replaced(&answer, pointer, |_, _| Some(marker.to_string()));
        let stated = with_text(trial, &session, &format!("{marker} at `{pointer}`"), text)?;
        session.endpoint.respond_with(stated.reply);
        let call = trial.check(&session).await?;
        if !call.override_used() {
            return Err(Stop::Inconclusive("a new session made no request".to_owned()));
        }
        let reported = call.outcome.as_ref().map(|balance| balance.remaining);
        let holds = match (meaning, &reported) {
            (Meaning::Zero, Ok(left)) => *left == Some(Decimal::ZERO),
            (Meaning::Unlimited | Meaning::Unknown, Ok(left)) => left.is_none(),
            // What is not known may be an error; that there is no limit is known, and so is that nothing is left.
            (Meaning::Unknown, Err(_)) => true,
            (Meaning::Unlimited | Meaning::Zero, Err(_)) => false,
        };
        let expected = if meaning == Meaning::Zero { "remaining 0" } else { "a balance without an amount" };
        trial.judge(&operation.promise, Role::Balance, &[&call], holds, || {
            format!("{marker} at `{pointer}` means `{meaning}`: expected {expected}, found {}", call.found())
        })?;
    }
    Ok(())
}
