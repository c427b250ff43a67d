//! # A request that breaks the documented schema gets the documented error
//!
//! Whoever calls the paid operation with a field missing or of the wrong type needs to be told so. A success means that
//! credits go for nothing; a 5xx means retries; an error of another form means that the client cannot say what is wrong.
//!
//! Each required member of the documented body is taken away, and each is given another type, one at a time. What the
//! server makes of members that it does not need is open.

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
    faults: &["invalid-request-succeeds", "invalid-request-crashes", "invalid-request-other-code"],
    applies: has_spend,
    judge: Judge::Server(|trial| Box::pin(judge(trial))),
};

async fn judge(trial: &ServerTrial<'_>) -> Judgement {
    let operation = paid_with_body(trial)?;
    let content = operation.request.as_ref().and_then(|body| body.content.first());
    let schema = content.and_then(|content| content.schema.as_ref());
    let example = content.and_then(|content| content.examples.first()).map(|(_, value)| value.clone());
    let (Some(schema), Some(example)) = (schema, example) else {
        return Err(Stop::NotApplicable("the paid operation documents no schema of its body".to_owned()));
    };
    let broken = variations(schema, &example);
    let account = trial.account_a().await?;
    for (about, defect, body) in broken {
        let request = Request { body: Some(body.to_string().into()), ..trial.request(operation, &account) };
        let exchange = trial.send(request).await?;
        judge_invalid(trial, operation, &exchange, defect, &about)?;
    }
    Ok(())
}

/// The example with each of its required members taken away or of another type, one at a time, nested ones too.
fn variations(schema: &Schema, example: &Value) -> Vec<(String, BodyDefect, Value)> {
    let mut out = vec![
        ("a list in place of the object".to_owned(), BodyDefect::Empty, json!([])),
        ("an empty object".to_owned(), BodyDefect::Empty, json!({})),
    ];
    for pointer in pointers(example, "") {
        let Some((parent, _)) = pointer.rsplit_once('/') else { continue };
        let name = crate::pointer::tokens(&pointer).next_back().unwrap_or_default();
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
            if let Some(place) = changed.pointer_mut(&pointer) {
                *place = other;
                out.push((format!("{word} at {pointer}"), defect, changed));
            }
        }
    }
    out.retain(|(_, _, value)| !schema.accepts(value));
    out
}

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
