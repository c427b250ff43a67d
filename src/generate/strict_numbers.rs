//! Numbers as strict readers of a schema take them: a schema allows `1e3` and 2^70 as integers, but a program that reads a
//! 64-bit integer refuses both.

use rust_decimal::Decimal;
use serde_json::{Map, Value};

use super::json_edit::{pointers, replaced};
use crate::contract::NumberRule;

/// Keywords with schemas that hold for a value or a part of it; in others (`not`, `if`), a narrower schema allows more.
const SCHEMA: [&str; 4] = ["items", "additionalProperties", "then", "else"];
const SCHEMAS: [&str; 4] = ["allOf", "anyOf", "oneOf", "prefixItems"];
const NAMED: [&str; 3] = ["properties", "patternProperties", "$defs"];

/// The text with every integer in plain digits.
#[must_use]
pub(super) fn with_plain_integers(text: &str, schema: &Value) -> String {
    numbers(text).into_iter().fold(text.to_owned(), |text, pointer| {
        let rule = NumberRule::at(schema, &pointer);
        if rule.whole { replaced(&text, &pointer, |_, was| rule.plain(was)) } else { text }
    })
}

/// Whether a strict reader of the schema takes every number of the text.
#[must_use]
pub fn has_strict_numbers(text: &str, schema: &Value) -> bool {
    numbers(text).into_iter().all(|pointer| {
        let rule = NumberRule::at(schema, &pointer);
        let places = crate::model::places(text, &pointer);
        places.into_iter().all(|range| text.get(range).is_none_or(|number| rule.allows_text(number.trim())))
    })
}

/// The pointers to the numbers of a JSON text.
fn numbers(text: &str) -> Vec<String> {
    let Ok(value) = serde_json::from_str::<Value>(text) else { return Vec::new() };
    let mut all = pointers(&value);
    all.retain(|pointer| value.pointer(pointer).is_some_and(Value::is_number));
    all
}

/// The schema with the bounds that its integers have for a strict reader.
pub(super) fn bounded(schema: &Value) -> Value {
    let Value::Object(members) = schema else { return schema.clone() };
    let mut out = Map::new();
    for (keyword, value) in members {
        let value = match (keyword.as_str(), value) {
            (keyword, value) if SCHEMA.contains(&keyword) => bounded(value),
            (keyword, Value::Array(schemas)) if SCHEMAS.contains(&keyword) => schemas.iter().map(bounded).collect(),
            (keyword, Value::Object(named)) if NAMED.contains(&keyword) => {
                Value::Object(named.iter().map(|(name, schema)| (name.clone(), bounded(schema))).collect())
            }
            (_, value) => value.clone(),
        };
        out.insert(keyword.clone(), value);
    }
    let own = |keyword: &str| members.get(keyword).map(|value| (keyword.to_owned(), value.clone()));
    let alone: Map<String, Value> = ["type", "format", "multipleOf"].into_iter().filter_map(own).collect();
    if alone.is_empty() {
        return Value::Object(out);
    }
    let rule = NumberRule::at(&Value::Object(alone), "");
    for (keyword, bound, choose) in
        [("minimum", rule.least, Ord::max as fn(Decimal, Decimal) -> Decimal), ("maximum", rule.most, Ord::min)]
    {
        let Some(bound) = bound else { continue };
        let was = members.get(keyword).and_then(|value| value.to_string().parse::<Decimal>().ok());
        let unreadable = members.contains_key(keyword) && was.is_none();
        let bound = was.map_or(bound, |was| choose(was, bound));
        if let (false, Ok(number)) = (unreadable, serde_json::from_str(&bound.normalize().to_string())) {
            out.insert(keyword.to_owned(), number);
        }
    }
    Value::Object(out)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{bounded, has_strict_numbers, with_plain_integers};

    #[test]
    fn integers_are_written_in_digits_and_other_numbers_stay() {
        let schema = json!({"properties": {"n": {"type": ["integer", "null"]}, "rows": {"items": {"multipleOf": 1}}}});
        let text = r#"{"n": 1e3, "rows": [5.0, -0], "x": 1E+2}"#;
        assert!(!has_strict_numbers(text, &schema));
        let plain = with_plain_integers(text, &schema);
        assert_eq!(plain, r#"{"n": 1000, "rows": [5, 0], "x": 1E+2}"#);
        assert!(has_strict_numbers(&plain, &schema));
    }

    #[test]
    fn integers_are_bounded_by_their_type() {
        let schema = json!({"properties": {"n": {"type": "integer", "minimum": 0}}, "not": {"type": "integer"}});
        let expected = json!({"type": "integer", "minimum": 0, "maximum": 9_223_372_036_854_775_807_i64});
        assert_eq!(bounded(&schema)["properties"]["n"], expected);
        assert_eq!(bounded(&schema)["not"], json!({"type": "integer"}));
        assert_eq!(bounded(&json!({"format": "uint8"})), json!({"format": "uint8", "minimum": 0, "maximum": 255}));
    }
}
