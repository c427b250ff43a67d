//! Values made up for a schema, where a document shows no example: always the same for the same schema, and as plain as the
//! schema permits.
//!
//! With the harness, a value is validated before it is used. Where nothing plain fits, it is generated.

mod builder;
mod scalar;

use serde_json::Value;

use self::builder::{Builder, Style};
use super::Schema;
use super::openapi::as_text;

/// A value that the schema accepts; `None` if none was found.
pub(super) fn value(schema: &Schema) -> Option<Value> {
    let document = schema.document();
    let mut plain = Style::ALL.into_iter().filter_map(|style| Builder::new(document, style).build());
    #[cfg(feature = "harness")]
    {
        plain.find(|value| schema.accepts(value)).or_else(|| generated(document, |_| true))
    }
    #[cfg(not(feature = "harness"))]
    plain.next()
}

/// The value as it stands in a path, a query or a header field; `None` if none was found, or it is empty.
pub(super) fn text(schema: &Schema) -> Option<String> {
    value(schema).as_ref().map(as_text).filter(|text| !text.is_empty())
}

/// How many generated values are looked at.
#[cfg(feature = "harness")]
const CANDIDATES: u64 = 48;

/// A generated value, if possible one that is liked; the shortest of the first few.
#[cfg(feature = "harness")]
fn generated(document: &Value, likes: impl Fn(&Value) -> bool) -> Option<Value> {
    let generator = jsonschema_proptest::Generator::compile(document).ok()?;
    let all = (0..CANDIDATES).filter_map(|n| generator.nth(0, n).ok());
    let all: Vec<(String, Value)> = all.map(|sample| (sample.text().to_owned(), sample.value().clone())).collect();
    let liked = all.iter().filter(|(_, value)| likes(value)).min_by_key(|(text, _)| text.len());
    liked.or_else(|| all.iter().min_by_key(|(text, _)| text.len())).map(|(_, value)| value.clone())
}

#[cfg(all(test, feature = "harness"))]
mod tests {
    use serde_json::{Value, json};

    use super::{Schema, value};

    fn made_up(schema: &Value) -> Value {
        let compiled = Schema::compile(schema).expect("the schema compiles");
        let made = value(&compiled).unwrap_or_else(|| panic!("nothing for {schema}"));
        assert!(compiled.accepts(&made), "{made} for {schema}");
        made
    }

    #[test]
    fn value_conforms_and_is_plain() {
        assert_eq!(
            made_up(&json!({"type": "object", "required": ["remaining"], "properties": {
                "remaining": {"type": "integer"}, "note": {"type": "string"}}})),
            json!({"remaining": 1, "note": "example"})
        );
        assert_eq!(made_up(&json!({"type": ["null", "boolean"]})), json!(true));
        assert_eq!(made_up(&json!({"type": "number", "minimum": 0, "exclusiveMaximum": 1})), json!(0));
        assert_eq!(made_up(&json!({"type": "integer", "minimum": 15, "multipleOf": 10})), json!(20));
        assert_eq!(made_up(&json!({"type": "string", "minLength": 9})), json!("exampleaa"));
        assert_eq!(made_up(&json!({"enum": ["x", "y"]})), json!("x"));
        assert_eq!(made_up(&json!({"type": "array", "minItems": 1, "items": {"const": 7}})), json!([7]));
    }

    #[test]
    fn combinations_are_met() {
        let schema = json!({
            "allOf": [{"$ref": "#/$defs/base"}, {"required": ["kind"], "properties": {"kind": {"const": "a"}}}],
            "$defs": {"base": {"type": "object", "required": ["id"], "properties": {"id": {"type": "string", "format": "uuid"}}}}
        });
        assert_eq!(made_up(&schema), json!({"kind": "a", "id": "00000000-0000-4000-8000-000000000001"}));
        let choice = json!({"oneOf": [{"type": "null"}, {"type": "object", "required": ["a"], "properties": {"a": {"type": "boolean"}}}]});
        assert_eq!(made_up(&choice), json!({"a": true}));
        made_up(&json!({"type": "string", "pattern": "^[A-Z]{3}-[0-9]{4}$"}));
        made_up(&json!({"type": "array", "minItems": 3, "uniqueItems": true, "items": {"type": "string"}}));
        made_up(&json!({"type": "object", "minProperties": 2, "additionalProperties": {"type": "integer"}}));
    }

    #[test]
    fn wrong_example_inside_a_schema_is_not_used() {
        let schema = json!({"type": "object", "required": ["n"], "properties": {"n": {"type": "integer", "examples": ["many"]}}});
        assert_eq!(made_up(&schema), json!({"n": 1}));
    }

    #[test]
    fn schema_that_contains_itself_ends() {
        let schema = json!({"$ref": "#/$defs/node", "$defs": {"node": {"type": "object", "required": ["name"],
            "properties": {"name": {"type": "string"}, "next": {"$ref": "#/$defs/node"},
                "all": {"type": "array", "items": {"$ref": "#/$defs/node"}}}}}});
        made_up(&schema);
    }
}
