//! Whether a schema documents `null` at a place, read from the schema alone.

use std::borrow::Cow;

use serde_json::Value;

use super::Schema;

/// Schemas that one question may visit, references included.
const MAX_STEPS: usize = 10_000;

impl Schema {
    /// Whether the schema documents `null` at a JSON Pointer into the value: by `type`, `const` or `enum`.
    ///
    /// A schema that accepts every value documents nothing.
    #[must_use]
    pub fn documents_null(&self, pointer: &str) -> bool {
        let tokens: Vec<_> = crate::pointer::tokens(pointer).collect();
        self.null_at(&tokens)
    }

    fn null_at(&self, tokens: &[Cow<'_, str>]) -> bool {
        let document = self.document();
        // Schemas still to be visited, with the number of tokens that lead to them.
        let mut open = vec![(document, 0)];
        let mut steps = 0;
        while let Some((schema, depth)) = open.pop() {
            steps += 1;
            if steps > MAX_STEPS {
                return false;
            }
            match tokens.get(depth) {
                None if names_null(schema) => return true,
                None => {}
                Some(token) => open.extend(below(schema, token).map(|schema| (schema, depth + 1))),
            }
            open.extend(same_value(schema, document).map(|schema| (schema, depth)));
        }
        false
    }
}

/// The schemas that apply to the same value.
fn same_value<'a>(schema: &'a Value, document: &'a Value) -> impl Iterator<Item = &'a Value> {
    let lists = ["allOf", "anyOf", "oneOf"].into_iter().filter_map(|keyword| schema.get(keyword)?.as_array()).flatten();
    let reference = schema.get("$ref").and_then(Value::as_str).and_then(|reference| reference.strip_prefix('#'));
    lists.chain(reference.and_then(|pointer| document.pointer(pointer)))
}

/// The schemas that apply to a member or an element.
fn below<'a>(schema: &'a Value, token: &str) -> impl Iterator<Item = &'a Value> {
    let member = schema.get("properties").and_then(|properties| properties.get(token));
    let index = token.parse::<usize>().ok();
    let element = index.and_then(|index| schema.get("prefixItems")?.get(index)).or_else(|| schema.get("items"));
    member.into_iter().chain(element)
}

fn names_null(schema: &Value) -> bool {
    let of_type = match schema.get("type") {
        Some(Value::String(name)) => name == "null",
        Some(Value::Array(names)) => names.iter().any(|name| name == "null"),
        _ => false,
    };
    let listed = schema.get("enum").and_then(Value::as_array).is_some_and(|values| values.contains(&Value::Null));
    of_type || listed || schema.get("const") == Some(&Value::Null)
}

#[cfg(all(test, feature = "harness"))]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn null_is_documented_by_type_enum_or_reference_and_not_by_an_open_schema() {
        let schema = Schema::compile(&json!({
            "properties": {
                "a": {"type": ["number", "null"]},
                "b": {"anyOf": [{"type": "number"}, {"$ref": "#/$defs/none"}]},
                "c": {"type": "number"},
                "d": {},
                "rows": {"items": {"properties": {"x/y": {"enum": [1, null]}}}},
                "loop": {"$ref": "#/$defs/loop"}
            },
            "$defs": {"none": {"const": null}, "loop": {"anyOf": [{"properties": {"n": {"$ref": "#/$defs/loop"}}}]}}
        }))
        .unwrap();
        let documented = |pointer| schema.documents_null(pointer);
        assert!(documented("/a") && documented("/b") && documented("/rows/0/x~1y"));
        assert!(["", "/c", "/d", "/e", "/rows", "/loop/n/n", "/a/b"].into_iter().all(|pointer| !documented(pointer)));
    }
}
