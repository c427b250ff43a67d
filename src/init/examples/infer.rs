//! Infers a JSON Schema from values that were seen.
//!
//! The schema says no more than the values show: a member is required if no object lacks it, and objects stay open.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

/// Members of one object that are described.
const MAX_MEMBERS: usize = 300;
/// Different whole numbers, from which it is concluded that fractions do not occur.
const WHOLE_NUMBERS: usize = 3;

/// The schema of values.
pub(super) fn schema(values: &[&Value]) -> Value {
    let mut types: Vec<&str> = Vec::new();
    let has = |wanted: fn(&Value) -> bool| values.iter().any(|value| wanted(value));
    let mut schema = Map::new();
    if has(Value::is_object) {
        types.push("object");
        object(values, &mut schema);
    }
    if has(Value::is_array) {
        types.push("array");
        let items: Vec<&Value> = values.iter().filter_map(|value| value.as_array()).flatten().collect();
        if !items.is_empty() {
            schema.insert("items".to_owned(), self::schema(&items));
        }
    }
    if has(Value::is_number) {
        types.push(if are_whole(values) { "integer" } else { "number" });
    }
    if has(Value::is_string) {
        types.push("string");
        let mut texts = values.iter().filter_map(|value| value.as_str());
        if types.len() == 1 && texts.all(is_time) {
            schema.insert("format".to_owned(), json!("date-time"));
        }
    }
    if has(Value::is_boolean) {
        types.push("boolean");
    }
    if has(Value::is_null) {
        types.push("null");
    }
    let mut described = Map::new();
    match types.as_slice() {
        // Only null was seen: what else it may be is unknown.
        [] | ["null"] => {}
        [only] => {
            described.insert("type".to_owned(), json!(only));
        }
        several => {
            described.insert("type".to_owned(), json!(several));
        }
    }
    described.extend(schema);
    Value::Object(described)
}

fn object(values: &[&Value], schema: &mut Map<String, Value>) {
    let objects: Vec<&Map<String, Value>> = values.iter().filter_map(|value| value.as_object()).collect();
    let mut names: Vec<&String> = Vec::new();
    let mut known: BTreeSet<&String> = BTreeSet::new();
    for name in objects.iter().flat_map(|object| object.keys()) {
        if names.len() < MAX_MEMBERS && known.insert(name) {
            names.push(name);
        }
    }
    let required: Vec<&&String> =
        names.iter().filter(|name| objects.iter().all(|object| object.contains_key(**name))).collect();
    if !required.is_empty() {
        schema.insert("required".to_owned(), json!(required));
    }
    let members = names.iter().map(|name| {
        let seen: Vec<&Value> = objects.iter().filter_map(|object| object.get(*name)).collect();
        ((*name).clone(), self::schema(&seen))
    });
    let members: Map<String, Value> = members.collect();
    if !members.is_empty() {
        schema.insert("properties".to_owned(), Value::Object(members));
    }
}

/// Whether only whole numbers were seen, and enough of them.
fn are_whole(values: &[&Value]) -> bool {
    let numbers: Vec<&Value> = values.iter().copied().filter(|value| value.is_number()).collect();
    let different: BTreeSet<String> = numbers.iter().map(ToString::to_string).collect();
    different.len() >= WHOLE_NUMBERS && numbers.iter().all(|number| number.is_i64() || number.is_u64())
}

/// Whether a text is a point in time as RFC 3339 writes it.
fn is_time(text: &str) -> bool {
    let shape: String = text.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    let Some(rest) = shape.strip_prefix("0000-00-00T00:00:00") else { return false };
    let rest = rest.strip_prefix('.').map_or(rest, |fraction| fraction.trim_start_matches('0'));
    matches!(rest, "Z" | "+00:00" | "-00:00")
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::schema;

    fn of(values: &[Value]) -> Value {
        schema(&values.iter().collect::<Vec<_>>())
    }

    #[test]
    fn schema_says_what_all_values_show() {
        let seen = [
            json!({"credits": 5, "plan": null, "at": "2026-01-01T00:00:00Z"}),
            json!({"credits": 2.5, "plan": "pro", "at": "2026-01-01T10:00:00.5+02:00", "more": [1, "x"]}),
        ];
        let expected = json!({
            "type": "object",
            "required": ["credits", "plan", "at"],
            "properties": {
                "credits": {"type": "number"},
                "plan": {"type": ["string", "null"]},
                "at": {"type": "string", "format": "date-time"},
                "more": {"type": "array", "items": {"type": ["number", "string"]}},
            },
        });
        assert_eq!(of(&seen), expected);
        assert!(seen.iter().all(|value| jsonschema::is_valid(&of(&seen), value)));
    }

    #[test]
    fn number_is_whole_only_if_several_were() {
        assert_eq!(of(&[json!(5), json!(5), json!(6)]), json!({"type": "number"}));
        assert_eq!(of(&[json!(5), json!(7), json!(6)]), json!({"type": "integer"}));
        assert_eq!(of(&[json!(5), json!(7), json!(6.5)]), json!({"type": "number"}));
        assert_eq!(of(&[json!(null)]), json!({}));
        assert_eq!(of(&[]), json!({}));
        assert_eq!(of(&[json!([]), json!({})]), json!({"type": ["object", "array"]}));
    }
}
