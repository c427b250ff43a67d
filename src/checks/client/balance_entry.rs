//! # The balance is that of the documented entry of a list
//!
//! ## What it checks
//!
//! Where the balance is an entry of a list that a member selects, its currency for instance, the client reads this entry,
//! wherever it stands, and none where there is none.
//!
//! ## Why it matters
//!
//! A client that takes the first entry works until the provider lists another currency first. Then it shows yen as dollars.
//!
//! ## How
//!
//! The documented list is delivered in other orders, without the entry, and empty, as far as the schema allows it.

use serde_json::Value;

use crate::checks::check::{Check, CheckKind, Judge, Judgement, Schedule, Stop, has_balance};
use crate::checks::client::support::bodies::{conforms, content, judge_decoded, with_text};
use crate::checks::client_trial::ClientTrial;
use crate::checks::verdict::Side;
use crate::contract::{Content, Contract, Level, Operation, Role};

pub(super) const CHECK: Check = Check {
    id: "balance.entry",
    side: Side::Client,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: false,
    needs: &[],
    faults: &["first-entry-read", "all-entries-summed"],
    applies: |contract: &Contract| {
        has_balance(contract)?;
        let operation = contract.operation(Role::Balance);
        let selected = operation.and_then(|operation| list(operation)).is_some();
        if selected { Ok(()) } else { Err("the balance is no selected entry of a list") }
    },
    judge: Judge::Client(|trial| Box::pin(judge(trial))),
};

/// The list that the balance is an entry of, as a JSON Pointer, and the number of the entry in the example.
fn list(operation: &Operation) -> Option<(String, usize)> {
    let at = operation.fields.remaining.as_ref().filter(|at| at.path.is_some())?;
    let pointer = at.pointer.as_deref()?;
    let example = content(operation).and_then(Content::example)?;
    let mut list = String::new();
    for token in crate::pointer::tokens(pointer) {
        if let (Some(Value::Array(_)), Ok(index)) = (example.pointer(&list), token.parse()) {
            return Some((list, index));
        }
        crate::pointer::push(&mut list, &token);
    }
    None
}

async fn judge(trial: &ClientTrial<'_>) -> Judgement {
    let operation = trial.operation(Role::Balance)?;
    let Some((list, entry)) = list(operation) else { return Ok(()) };
    let mut any = false;
    for (what, change) in orders() {
        let session = trial.open(trial.credits(40)).await?;
        let mut body = trial.answer(&session, Role::Balance, trial.credits(40))?.json().unwrap_or_default();
        let Some(Value::Array(entries)) = body.pointer_mut(&list) else { continue };
        change(entries, entry);
        let stated = with_text(trial, &session, what, body.to_string())?;
        if !conforms(operation, &stated) {
            continue;
        }
        any = true;
        judge_decoded(trial, &session, stated).await?;
    }
    if any {
        Ok(())
    } else {
        Err(Stop::NotApplicable("the schema allows no other list than the documented one".to_owned()))
    }
}

type Change = fn(&mut Vec<Value>, usize);

fn orders() -> [(&'static str, Change); 5] {
    [
        ("the entries in the documented order", |_, _| {}),
        ("the entries in reverse order", |entries, _| entries.reverse()),
        ("the entry in front", |entries, entry| {
            if entry < entries.len() {
                let wanted = entries.remove(entry);
                entries.insert(0, wanted);
            }
        }),
        ("a list without the entry", |entries, entry| {
            if entry < entries.len() {
                entries.remove(entry);
            }
        }),
        ("an empty list", |entries, _| entries.clear()),
    ]
}
