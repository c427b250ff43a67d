//! Edits of received bodies, and names of members, for faults in the decoding of responses.

use bytes::Bytes;
use serde_json::Value;

use crate::client::message::HttpReply;
use crate::contract::Operation;

/// The body with every bracket closed that was left open.
pub(super) fn completed(reply: &HttpReply) -> Bytes {
    let mut open = Vec::new();
    let (mut quoted, mut escaped) = (false, false);
    for byte in &reply.body {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'{' if !quoted => open.push(b'}'),
            b'[' if !quoted => open.push(b']'),
            b'}' | b']' if !quoted => _ = open.pop(),
            _ => (),
        }
    }
    let mut body = reply.body.to_vec();
    body.extend(open.into_iter().rev());
    body.into()
}

/// The body with every member of an object within it in the place of one of the same name on top.
pub(super) fn lifted(reply: &HttpReply) -> Bytes {
    let Ok(Value::Object(mut members)) = serde_json::from_slice(&reply.body) else { return reply.body.clone() };
    let within = members.values().filter_map(Value::as_object).flatten();
    let namesakes: Vec<_> = within.map(|(name, value)| (name.clone(), value.clone())).collect();
    let mut confused = false;
    for (name, value) in namesakes {
        if let Some(top) = members.get_mut(&name) {
            (*top, confused) = (value, true);
        }
    }
    if confused { Value::Object(members).to_string().into() } else { reply.body.clone() }
}

/// The body with the number `available`, if there is one, in place of every other number on top.
pub(super) fn available(reply: &HttpReply) -> Bytes {
    let Ok(Value::Object(mut members)) = serde_json::from_slice(&reply.body) else { return reply.body.clone() };
    let Some(amount) = members.get("available").filter(|value| value.is_number()).cloned() else {
        return reply.body.clone();
    };
    members.values_mut().filter(|value| value.is_number()).for_each(|value| *value = amount.clone());
    Value::Object(members).to_string().into()
}

pub(super) fn names(body: &[u8]) -> Vec<String> {
    match serde_json::from_slice(body) {
        Ok(Value::Object(members)) => members.keys().cloned().collect(),
        _ => Vec::new(),
    }
}

/// The names at the top of the first example of a success.
pub(super) fn shown(operation: &Operation) -> Vec<String> {
    let response = operation.responses.iter().find(|response| response.status.contains(200));
    let example = response.and_then(|response| response.content.first()?.examples.first());
    match example {
        Some((_, Value::Object(members))) => members.keys().cloned().collect(),
        _ => Vec::new(),
    }
}
