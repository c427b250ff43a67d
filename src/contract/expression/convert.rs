//! JSON to CEL values.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde_json::Value;
use serde_json::value::RawValue;

/// The length of the longest list or map in a value.
pub(super) fn longest(value: &Value) -> usize {
    match value {
        Value::Array(elements) => elements.iter().map(longest).max().unwrap_or(0).max(elements.len()),
        Value::Object(members) => members.values().map(longest).max().unwrap_or(0).max(members.len()),
        _ => 0,
    }
}

pub(super) fn headers(headers: &BTreeMap<String, String>) -> cel::Value {
    let map: HashMap<String, cel::Value> =
        headers.iter().map(|(name, text)| (name.clone(), text.as_str().into())).collect();
    map.into()
}

pub(super) fn value(value: &Value) -> cel::Value {
    match value {
        Value::Null => cel::Value::Null,
        Value::Bool(flag) => cel::Value::Bool(*flag),
        Value::String(text) => text.as_str().into(),
        Value::Number(number) => super::number::from_json(number),
        Value::Array(elements) => cel::Value::List(Arc::new(elements.iter().map(self::value).collect())),
        Value::Object(members) => {
            let map: HashMap<String, cel::Value> =
                members.iter().map(|(name, member)| (name.clone(), self::value(member))).collect();
            map.into()
        }
    }
}

/// A JSON text as CEL has it, with every digit of its numbers; `None` if it is not JSON.
pub(super) fn text(json: &RawValue) -> Option<cel::Value> {
    let json = json.get();
    match json.as_bytes().first()? {
        b'{' => {
            let members: BTreeMap<String, &RawValue> = serde_json::from_str(json).ok()?;
            let map = members.into_iter().map(|(name, member)| Some((name, text(member)?)));
            Some(map.collect::<Option<HashMap<String, cel::Value>>>()?.into())
        }
        b'[' => {
            let elements: Vec<&RawValue> = serde_json::from_str(json).ok()?;
            Some(cel::Value::List(Arc::new(elements.into_iter().map(text).collect::<Option<_>>()?)))
        }
        b'-' | b'0'..=b'9' => Some(super::number::from_text(json)),
        _ => serde_json::from_str(json).ok().as_ref().map(value),
    }
}
