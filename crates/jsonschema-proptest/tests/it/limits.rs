//! Schemas that are unsatisfiable, unbreakable, malformed or hostile.

use jsonschema_proptest::{ErrorKind, sample, sample_breaking};
use serde_json::{Map, Value, json};

#[test]
fn contradictory_schema_is_unsatisfiable() {
    let schemas = [
        json!(false),
        json!({ "allOf": [{ "type": "string" }, { "type": "integer" }] }),
        json!({ "type": "integer", "minimum": 5, "maximum": 4 }),
        json!({ "type": "integer", "exclusiveMinimum": 3, "exclusiveMaximum": 4 }),
        json!({ "type": "integer", "minimum": 1, "maximum": 6, "multipleOf": 7 }),
        json!({ "type": "string", "minLength": 3, "maxLength": 2 }),
        json!({ "type": "string", "pattern": "^a$", "minLength": 2 }),
        json!({ "type": "string", "pattern": "^a", "allOf": [{ "pattern": "^b" }] }),
        json!({ "type": "string", "pattern": "a", "not": { "pattern": "a" } }),
        json!({ "type": "array", "minItems": 2, "maxItems": 1 }),
        json!({ "type": "array", "items": { "type": "boolean" }, "uniqueItems": true, "minItems": 3 }),
        json!({ "type": "array", "items": false, "minItems": 1 }),
        json!({ "type": "array", "items": { "type": "null" }, "contains": { "type": "integer" } }),
        json!({ "type": "object", "required": ["a"], "properties": { "a": false } }),
        json!({ "type": "object", "required": ["a"], "additionalProperties": false }),
        json!({ "type": "object", "required": ["ab"], "propertyNames": { "maxLength": 1 } }),
        json!({ "type": "object", "minProperties": 3, "properties": { "a": true, "b": true },
            "additionalProperties": false }),
        json!({ "enum": [1, 2, 3], "type": "string" }),
        json!({ "const": 1, "not": { "const": 1.0 } }),
        json!({ "not": {} }),
        json!({ "oneOf": [true, true] }),
        json!({ "type": "boolean", "not": { "enum": [true, false] } }),
        json!({ "if": true, "then": false }),
        json!({ "type": "integer", "minimum": 1e-40, "maximum": 0.5 }),
        json!({ "type": "integer", "minimum": 10_000_000_000_000_001_u64, "maximum": 10_000_000_000_000_002_u64,
            "multipleOf": 7 }),
        // Only an infinite value would satisfy it.
        json!({ "type": "object", "required": ["a"], "properties": { "a": { "$ref": "#" } } }),
    ];
    for schema in schemas {
        let error = sample(&schema, 1, 1).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsatisfiable, "{schema}: {error}");
    }
}

#[test]
fn numbers_of_unusual_size_or_precision_are_not_taken_for_a_contradiction() {
    let distinct =
        |count: u32, items: Value| json!({ "type": "array", "items": items, "uniqueItems": true, "minItems": count });
    let schemas = [
        // 10000000000000003 is the only such number.
        json!({ "type": "integer", "minimum": 10_000_000_000_000_001_u64, "maximum": 10_000_000_000_000_009_u64,
            "multipleOf": 7 }),
        json!({ "type": "integer", "minimum": -10_000_000_000_000_009_i64, "maximum": -10_000_000_000_000_001_i64,
            "multipleOf": 7 }),
        // Multiples of the step need not be integers.
        distinct(3, json!({ "type": "number", "minimum": 0, "maximum": 1, "multipleOf": 1e-16 })),
        // Integers may exceed 64 bits.
        distinct(
            4,
            json!({ "type": "integer", "minimum": 9_223_372_036_854_775_806_u64,
            "maximum": 9_223_372_036_854_775_816_u64 }),
        ),
        distinct(100, json!({ "type": "number", "minimum": 1e-40, "maximum": 1 })),
    ];
    for schema in schemas {
        let validator = jsonschema::options().offline().build(&schema).unwrap();
        let values = sample(&schema, 20, 1).map_err(|error| format!("{schema}: {error}")).unwrap();
        assert!(values.iter().all(|value| validator.is_valid(&value.value())), "{schema}: {values:?}");
    }
}

#[test]
fn number_that_is_refused_for_its_rounding_is_not_taken_for_a_contradiction() {
    // 2.3e22 satisfies it, but a validator that rounds may not agree.
    let schema = json!({ "type": "integer", "minimum": 1, "maximum": 2.4e22, "multipleOf": 2.3e22,
        "not": { "multipleOf": 1_240_090_847_784_954_704_u64 } });
    assert_eq!(sample(&schema, 1, 1).unwrap_err().kind(), ErrorKind::TooManyRejects);
}

#[test]
fn nested_contradiction_is_reported_with_its_pointer() {
    let schema = json!({
        "type": "object",
        "required": ["a"],
        "properties": { "a": {
            "type": "object",
            "required": ["b"],
            "properties": { "b": { "type": "string", "minLength": 3, "maxLength": 2 } }
        } }
    });
    let error = sample(&schema, 1, 1).unwrap_err();
    assert_eq!(
        error.to_string(),
        "generate a value: nothing can satisfy the schema at '/properties/a/properties/b'; its \
         keywords contradict each other, so relax one of them"
    );
}

#[test]
fn schema_outside_the_search_is_reported_without_a_number_of_tries() {
    // No text matches the pattern, but it is not regular, so the search cannot know.
    let strings = json!({ "type": "string", "pattern": r"^(a)\1(?<!a)$" });
    assert_eq!(
        sample(&strings, 1, 1).unwrap_err().to_string(),
        r#"generate a value: the schema at '' is outside the bounded search (the pattern "^(a)\\1(?<!a)$"); state the constraint more directly"#
    );
    assert_eq!(
        sample_breaking(&json!({ "not": strings }), 1, 1).unwrap_err().to_string(),
        r#"generate a breaking value: the schema at '' is outside the bounded search (the pattern "^(a)\\1(?<!a)$"); state the constraint more directly"#
    );
}

#[test]
fn unbreakable_schema_is_reported_with_its_reason() {
    assert_eq!(
        sample_breaking(&json!(true), 1, 1).unwrap_err().to_string(),
        "generate a breaking value from the schema at '': it accepts every value; add a keyword that can be broken by \
         itself"
    );
    assert_eq!(
        sample_breaking(&json!({ "type": "boolean", "enum": [true, false] }), 1, 1).unwrap_err().to_string(),
        "generate a breaking value from the schema at '': no value breaks one keyword alone; add a keyword that can be \
         broken by itself"
    );
}

#[test]
fn schema_that_accepts_everything_is_unbreakable() {
    let schemas = [
        json!(true),
        json!({}),
        json!({ "title": "anything", "default": 3, "$comment": "x", "examples": [1] }),
        json!({ "items": true, "properties": { "a": {} }, "minLength": 0 }),
        json!({ "format": "rows" }),
        json!({ "$ref": "#" }),
        // Every value that breaks one keyword breaks the other as well.
        json!({ "type": "boolean", "enum": [true, false] }),
    ];
    for schema in schemas {
        let error = sample_breaking(&schema, 1, 1).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unbreakable, "{schema}: {error}");
    }
}

#[test]
fn unsatisfiable_schema_has_breaking_values() {
    let broken = sample_breaking(&json!(false), 3, 1).unwrap();
    assert!(broken.iter().all(|broken| broken.breaks == "false" && broken.at.is_empty()));
    let schema = json!({ "type": "integer", "minimum": 5, "maximum": 4 });
    let broken = sample_breaking(&schema, 50, 1).unwrap();
    assert!(broken.iter().any(|broken| broken.breaks == "minimum"));
}

#[test]
fn malformed_schema_is_invalid() {
    let schemas = [
        json!(5),
        json!({ "type": "rows" }),
        json!({ "pattern": "(" }),
        json!({ "minLength": -1 }),
        json!({ "$ref": "#/$defs/missing" }),
        json!({ "$ref": "https://example.com/elsewhere" }),
    ];
    for schema in schemas {
        let error = sample(&schema, 1, 1).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid, "{schema}: {error}");
        assert!(sample_breaking(&schema, 1, 1).is_err(), "{schema}");
    }
}

#[test]
fn schema_that_demands_a_huge_value_is_too_large() {
    let schemas = [
        json!({ "type": "string", "minLength": 1_000_000_000 }),
        json!({ "type": "string", "pattern": "^a*$", "minLength": 1_000_000_000 }),
        json!({ "type": "array", "minItems": 1_000_000_000 }),
        json!({ "type": "array", "contains": true, "minContains": 1_000_000_000 }),
        json!({ "type": "object", "minProperties": 1_000_000_000 }),
        json!({ "type": "string", "minLength": 1e300 }),
    ];
    for schema in schemas {
        let error = sample(&schema, 1, 1).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TooLarge, "{schema}: {error}");
    }
}

fn nested(levels: usize, wrap: impl Fn(Value) -> Value) -> Value {
    (0..levels).fold(json!({ "type": "integer" }), |inner, _| wrap(inner))
}

/// Returns an object with one member, without cloning the value.
fn object(key: &str, value: Value) -> Value {
    Value::Object(Map::from_iter([(key.to_owned(), value)]))
}

fn hostile() -> Vec<(String, Value)> {
    let mut all = Vec::new();
    for levels in [150, 4_000] {
        all.push((format!("{levels} properties"), nested(levels, |inner| object("properties", object("a", inner)))));
        all.push((
            format!("{levels} required properties"),
            nested(levels, |inner| {
                let mut schema = object("properties", object("a", inner));
                schema["required"] = json!(["a"]);
                schema["type"] = json!("object");
                schema
            }),
        ));
        all.push((format!("{levels} nots"), nested(levels, |inner| object("not", inner))));
        all.push((format!("{levels} allOfs"), nested(levels, |inner| object("allOf", Value::Array(vec![inner])))));
    }
    for pattern in [
        "(a{1,1000}){1,1000}",
        "^(a|b)*a(a|b){20}$",
        "^(x+x+)+y$",
        "^(a|b)\\1$",
        "^(?:.{0,500}x){0,30}$",
        "^\\p{L}{50}\\p{Nd}{50}$",
    ] {
        all.push((pattern.to_owned(), json!({ "type": "string", "pattern": pattern })));
    }
    for (name, schema) in [
        ("a reference to itself", json!({ "$ref": "#" })),
        ("a choice of itself", json!({ "anyOf": [{ "$ref": "#" }, { "type": "string" }] })),
        ("not itself", json!({ "not": { "$ref": "#" } })),
        ("a condition on itself", json!({ "if": { "$ref": "#" }, "then": { "type": "string" } })),
        ("every number there is", json!({ "type": "number", "multipleOf": 1e-300, "maximum": 1e300 })),
        ("no number there is", json!({ "type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 5e-324 })),
        ("the last number", json!({ "type": "number", "exclusiveMinimum": 1.797_693_134_862_315_7e308 })),
    ] {
        all.push((name.to_owned(), schema));
    }
    all
}

/// Returns schemas that multiply, or are very large.
fn oversized() -> Vec<(&'static str, Value)> {
    let numbers = |count: u32, make: &dyn Fn(u32) -> Value| (0..count).map(make).collect::<Vec<_>>();
    let constants = numbers(3_000, &|n| json!({ "const": n }));
    let objects = numbers(500, &|n| json!({ "required": [format!("k{n}")], "type": "object" }));
    let choices = numbers(
        60,
        &|n| json!({ "anyOf": [{ "required": [format!("a{n}")] }, { "required": [format!("b{n}")] }, { "minProperties": n }] }),
    );
    let mut doubling = Map::new();
    for level in 0..30 {
        let next = json!({ "$ref": format!("#/$defs/d{}", level + 1) });
        doubling.insert(format!("d{level}"), json!({ "allOf": [next.clone(), next] }));
    }
    doubling.insert("d30".to_owned(), json!({ "type": "object" }));
    let mut chain = Map::new();
    for link in 0..3_000 {
        let next = json!({ "$ref": format!("#/$defs/d{}", link + 1) });
        chain.insert(format!("d{link}"), next);
    }
    chain.insert("d3000".to_owned(), json!({ "type": "string" }));
    let patterns: Map<String, Value> = (0..200).map(|n| (format!("^p{n}"), json!({ "type": "integer" }))).collect();
    vec![
        ("thousands of constants", json!({ "anyOf": constants })),
        ("one of thousands", json!({ "oneOf": constants })),
        ("one of many objects", json!({ "oneOf": objects })),
        ("all of many objects", json!({ "allOf": objects })),
        ("a product of choices", json!({ "type": "object", "allOf": choices })),
        ("doubling", json!({ "$ref": "#/$defs/d0", "$defs": doubling })),
        ("a long chain", json!({ "$ref": "#/$defs/d0", "$defs": chain })),
        ("many patterns", json!({ "patternProperties": patterns, "additionalProperties": false })),
    ]
}

#[test]
fn hostile_schema_gives_correct_values_or_an_error() {
    let oversized = oversized().into_iter().map(|(name, schema)| (name.to_owned(), schema));
    for (name, schema) in hostile().into_iter().chain(oversized) {
        // Both values and errors are right, as long as the call returns and no value is wrong.
        let values = sample(&schema, 3, 1).unwrap_or_default();
        let broken = sample_breaking(&schema, 3, 1).unwrap_or_default();
        if values.is_empty() && broken.is_empty() {
            continue;
        }
        let validator = jsonschema::options().offline().should_validate_formats(true).build(&schema).unwrap();
        for value in values {
            assert!(validator.is_valid(&value.value()), "{name}: {value}");
        }
        for broken in broken {
            assert!(!validator.is_valid(&broken.sample.value()), "{name}: {broken:?}");
        }
    }
}

/// With a cost that grows with the square of the number of values, this would take very long.
#[test]
fn very_long_enumerations_are_searched_by_hash() {
    let texts = |range: std::ops::Range<u32>| range.map(|n| json!(format!("v{n}"))).collect::<Vec<_>>();
    let numbers: Vec<Value> = (0..25_000).map(|n| json!(n)).collect();
    let objects: Vec<Value> = (0..10_000).map(|n| json!({ "id": n, "names": [n] })).collect();
    let schemas = [
        json!({ "enum": texts(0..25_000) }),
        json!({ "type": "integer", "enum": numbers, "minimum": 10 }),
        json!({ "enum": objects, "properties": { "id": { "type": "integer" } } }),
        json!({ "allOf": [{ "enum": texts(0..15_000) }, { "enum": texts(10_000..25_000) }] }),
        json!({ "enum": texts(0..15_000), "not": { "enum": texts(10_000..25_000) } }),
        json!({ "type": "string", "not": { "enum": texts(0..25_000) } }),
        json!({ "anyOf": [{ "enum": texts(0..15_000) }, { "enum": texts(10_000..25_000) }] }),
    ];
    for schema in schemas {
        let validator = jsonschema::options().offline().build(&schema).expect("a schema");
        let values = sample(&schema, 2, 1).expect("values");
        assert!(values.iter().all(|value| validator.is_valid(&value.value())), "{values:?}");
        let broken = sample_breaking(&schema, 2, 1).expect("breaking values");
        assert!(broken.iter().all(|broken| !validator.is_valid(&broken.sample.value())), "{broken:?}");
    }
}

#[test]
fn very_many_alternatives_are_sampled_and_values_stay_right() {
    for keyword in ["anyOf", "oneOf"] {
        let alternatives: Vec<Value> = (0..20_000).map(|n| json!({ "const": n })).collect();
        let schema = json!({ keyword: alternatives });
        let validator = jsonschema::options().offline().build(&schema).expect("a schema");
        for value in sample(&schema, 3, 1).expect("values") {
            assert!(validator.is_valid(&value.value()), "{keyword}: {value}");
        }
        for broken in sample_breaking(&schema, 3, 1).unwrap_or_default() {
            assert!(!validator.is_valid(&broken.sample.value()), "{keyword}: {broken:?}");
        }
    }
}
