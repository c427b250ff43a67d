//! # A body that violates the documented schema gets the documented error
//!
//! ## What it checks
//!
//! A paid call whose body lacks a required member, or has a member of another type, gets the documented error.
//!
//! ## Why it matters
//!
//! A client with such a mistake must be told about it. A success takes credits for nothing, a 5xx makes clients
//! retry, and an undocumented error hides what is wrong.
//!
//! ## How
//!
//! Each required member of the documented example is removed, and each is replaced by null, a number and an object,
//! one at a time. The server decides what it makes of members that it does not need.

use serde_json::{Value, json};

use super::support::invalid_requests::{BodyDefect, judge_invalid, paid_with_body};
use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, Stop, has_spend};
use crate::checks::server_trial::ServerTrial;
use crate::checks::verdict::Side;
use crate::contract::{Level, Schema};
use crate::exchange::Request;

pub(super) const CHECK: Check = Check {
    id: "error.invalid-request",
    side: Side::Server,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Last,
    slow: false,
    needs: &[Need::Key, Need::Spend],
    faults: &[
        "invalid-request-error-as-string",
        "invalid-request-error-without-details",
        "invalid-request-succeeds",
        "invalid-request-crashes",
        "invalid-request-other-code",
        "invalid-request-code-with-status-422",
        "invalid-request-error-as-html",
    ],
    applies: has_spend,
    judge: Judge::Server(|trial| Box::pin(judge(trial))),
};

async fn judge(trial: &ServerTrial<'_>) -> Judgement {
    let operation = paid_with_body(trial)?;
    let content = operation.request.as_ref().and_then(|body| body.content.first());
    let schema = content.and_then(|content| content.schema.as_ref());
    let example = content.and_then(|content| content.examples.first()).map(|(_, value)| value.clone());
    let (Some(schema), Some(example)) = (schema, example) else {
        return Err(Stop::NotApplicable("the paid operation documents no schema for its body".to_owned()));
    };
    let account = trial.account_a().await?;
    for (about, defect, body) in invalid_bodies(schema, &example) {
        let request = Request { body: Some(body.to_string().into()), ..trial.request(operation, &account) };
        let exchange = trial.send(request).await?;
        judge_invalid(trial, operation, &exchange, defect, &about)?;
    }
    Ok(())
}

/// The example with one required member removed or of another type, for each required member, nested ones included.
fn invalid_bodies(schema: &Schema, example: &Value) -> Vec<(String, BodyDefect, Value)> {
    let mut out = vec![
        ("an array in place of the object".to_owned(), BodyDefect::Empty, json!([])),
        ("an empty object".to_owned(), BodyDefect::Empty, json!({})),
    ];
    for pointer in pointers(example, "") {
        let Some((parent, name)) = crate::pointer::split_last(&pointer) else { continue };
        let mut without = example.clone();
        if let Some(members) = without.pointer_mut(parent).and_then(Value::as_object_mut) {
            members.shift_remove(name.as_ref());
        }
        if schema.accepts(&without) {
            continue;
        }
        let absent = if parent.is_empty() { BodyDefect::MemberMissing } else { BodyDefect::NestedMemberMissing };
        out.push((format!("without {pointer}"), absent, without));
        let others = [
            ("null", absent, Value::Null),
            ("a number", BodyDefect::OtherMismatch, json!(7)),
            ("an object", BodyDefect::OtherMismatch, json!({ "x": [] })),
        ];
        for (word, defect, other) in others {
            let mut changed = example.clone();
            if let Some(member) = changed.pointer_mut(&pointer) {
                *member = other;
                out.push((format!("{word} at {pointer}"), defect, changed));
            }
        }
    }
    out.retain(|(_, _, value)| !schema.accepts(value));
    out
}

/// JSON Pointers of all members, nested ones included.
fn pointers(value: &Value, at: &str) -> Vec<String> {
    let Some(members) = value.as_object() else { return Vec::new() };
    let nested = members.iter().flat_map(|(name, member)| {
        let here = crate::pointer::join(at, name);
        let mut all = pointers(member, &here);
        all.insert(0, here);
        all
    });
    nested.collect()
}
