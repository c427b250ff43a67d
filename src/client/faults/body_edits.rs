//! Edits of received bodies, and names of their members, for faults in the decoding of responses.

use bytes::Bytes;
use serde_json::Value;

use crate::client::message::HttpReply;
use crate::contract::Operation;

/// The body of a truncated response, with the missing closing brackets added.
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

/// The body in which a member at the top has the value of a nested member with the same name, if there is one.
pub(super) fn with_nested_values(reply: &HttpReply) -> Bytes {
    let Ok(Value::Object(mut members)) = serde_json::from_slice(&reply.body) else { return reply.body.clone() };
    let nested = members.values().filter_map(Value::as_object).flatten();
    let nested: Vec<_> = nested.map(|(name, value)| (name.clone(), value.clone())).collect();
    let mut changed = false;
    for (name, value) in nested {
        if let Some(top) = members.get_mut(&name) {
            (*top, changed) = (value, true);
        }
    }
    if changed { Value::Object(members).to_string().into() } else { reply.body.clone() }
}

/// The body in which every number at the top is that of the member `available`, if there is one.
pub(super) fn with_available(reply: &HttpReply) -> Bytes {
    let Ok(Value::Object(mut members)) = serde_json::from_slice(&reply.body) else { return reply.body.clone() };
    let Some(amount) = members.get("available").filter(|value| value.is_number()).cloned() else {
        return reply.body.clone();
    };
    members.values_mut().filter(|value| value.is_number()).for_each(|value| *value = amount.clone());
    Value::Object(members).to_string().into()
}

/// The names of the members at the top of a body.
pub(super) fn sent_names(body: &[u8]) -> Vec<String> {
    match serde_json::from_slice(body) {
        Ok(Value::Object(members)) => members.keys().cloned().collect(),
        _ => Vec::new(),
    }
}

/// The names of the members at the top of the first documented example of a success.
pub(super) fn documented_names(operation: &Operation) -> Vec<String> {
    let response = operation.responses.iter().find(|response| response.status.contains(200));
    let example = response.and_then(|response| response.content.first()?.examples.first());
    match example {
        Some((_, Value::Object(members))) => members.keys().cloned().collect(),
        _ => Vec::new(),
    }
}
