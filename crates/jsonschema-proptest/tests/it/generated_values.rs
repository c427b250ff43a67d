//! The guarantees for generated values, over a corpus of schemas that covers every keyword.

use std::collections::{BTreeMap, BTreeSet};

use jsonschema::Validator;
use jsonschema_proptest::{BreakingValues, ConformingValues, Generator, sample, sample_breaking};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::{Value, json};

/// A schema, and the keywords that breaking values can break alone.
struct Case {
    name: String,
    schema: Value,
    breaks: BTreeSet<String>,
}

fn corpus() -> Vec<Case> {
    let cases: Value = serde_json::from_str(include_str!("corpus.json")).unwrap();
    let case = |case: &Value| Case {
        name: case["name"].as_str().unwrap().to_owned(),
        schema: case["schema"].clone(),
        breaks: case["breaks"].as_array().unwrap().iter().map(|keyword| keyword.as_str().unwrap().to_owned()).collect(),
    };
    cases.as_array().unwrap().iter().map(case).collect()
}

fn validator(schema: &Value) -> Validator {
    jsonschema::options().offline().should_validate_formats(true).build(schema).unwrap()
}

fn runner(seed: u8) -> TestRunner {
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[seed; 32]);
    TestRunner::new_with_rng(Config::default(), rng)
}

#[test]
fn conforming_value_is_valid() {
    for case in corpus() {
        let validator = validator(&case.schema);
        for value in sample(&case.schema, 60, 11).unwrap() {
            let parsed: Value = serde_json::from_str(value.text()).unwrap();
            assert!(validator.is_valid(&parsed), "{}: {value}", case.name);
        }
    }
}

#[test]
fn number_beyond_53_bits_is_valid_for_a_validator_that_rounds_to_doubles() {
    let schemas = [
        json!({ "type": "integer", "not": { "multipleOf": 0.9 }, "maximum": -96 }),
        // As a double, the step is 9007199254740992.
        json!({ "type": "integer", "not": { "multipleOf": 9_007_199_254_740_993_u64 } }),
        // As a double, the limit is 801950312034239360.
        json!({ "type": "integer", "exclusiveMaximum": 8.019_503_120_342_394e17 }),
        json!({ "type": "integer", "exclusiveMinimum": -8.517_519_992_202_993e17 }),
        json!({ "type": "integer", "minimum": 8.697_780_000_000_001e17, "multipleOf": 8.1e17 }),
    ];
    for schema in schemas {
        let validator = validator(&schema);
        for value in sample(&schema, 2_000, 3).unwrap() {
            assert!(validator.is_valid(&value.value()), "{schema}: {value}");
        }
    }
}

#[test]
fn breaking_value_breaks_only_the_named_keyword() {
    for case in corpus() {
        let validator = validator(&case.schema);
        let mut met = BTreeSet::new();
        for broken in sample_breaking(&case.schema, 250, 5).unwrap() {
            let value = broken.sample.value();
            let errors: Vec<_> = validator.iter_errors(&value).collect();
            assert!(!errors.is_empty(), "{}: {broken:?}", case.name);
            for error in errors {
                let context = format!("{}: {broken:?}: {error}", case.name);
                assert_eq!(error.instance_path().as_str(), broken.at, "{context}");
                let path = format!("{}/", error.schema_path());
                let as_labelled = match broken.breaks.as_str() {
                    // The validator reports all three as `contains`.
                    "contains" | "minContains" | "maxContains" => error.kind().keyword() == "contains",
                    // In draft 4, the limit and its exclusiveness are separate keywords.
                    "minimum" if path.ends_with("/exclusiveMinimum/") => true,
                    keyword => path.contains(&format!("/{keyword}/")),
                };
                assert!(as_labelled, "{context}");
            }
            assert!(value.pointer(&broken.at).is_some(), "{}: {broken:?}", case.name);
            met.insert(broken.breaks);
        }
        assert_eq!(met, case.breaks, "{}", case.name);
    }
}

#[test]
fn conforming_value_when_shrunk_stays_valid() {
    for case in corpus() {
        let validator = validator(&case.schema);
        let values = Generator::compile(&case.schema).unwrap().conforming();
        for seed in 0..3 {
            let mut tree = values.new_tree(&mut runner(seed)).unwrap();
            // Simulates a test that some simpler values fail and others pass.
            for step in 0..60 {
                let moved = if step % 3 == 1 { tree.complicate() } else { tree.simplify() };
                let value = tree.current();
                assert!(validator.is_valid(&value.value()), "{}: {value}", case.name);
                if !moved {
                    break;
                }
            }
        }
    }
}

#[test]
fn breaking_value_when_shrunk_breaks_the_same_keyword() {
    for case in corpus() {
        let validator = validator(&case.schema);
        let generator = Generator::compile(&case.schema).unwrap();
        let values = generator.breaking().unwrap();
        for seed in 0..3 {
            let mut tree = values.new_tree(&mut runner(seed)).unwrap();
            let first = tree.current();
            for step in 0..40 {
                let moved = if step % 3 == 1 { tree.complicate() } else { tree.simplify() };
                let broken = tree.current();
                assert_eq!((&broken.breaks, &broken.at), (&first.breaks, &first.at), "{}", case.name);
                let value = broken.sample.value();
                let mut errors = validator.iter_errors(&value).peekable();
                assert!(errors.peek().is_some(), "{}: {broken:?}", case.name);
                for error in errors {
                    assert_eq!(error.instance_path().as_str(), broken.at, "{}", case.name);
                }
                if !moved {
                    break;
                }
            }
        }
    }
}

/// Returns the simplest value that still fails, as proptest would report it.
fn shrunk(schema: &Value, seed: u8, fails: impl Fn(&Value) -> bool) -> Option<String> {
    let values = Generator::compile(schema).unwrap().conforming();
    let mut tree = values.new_tree(&mut runner(seed)).unwrap();
    if !fails(&tree.current().value()) {
        return None;
    }
    while if fails(&tree.current().value()) { tree.simplify() } else { tree.complicate() } {}
    Some(tree.current().into_text())
}

#[test]
fn shrinking_ends_with_the_simplest_failing_value() {
    let schema = json!({
        "type": "object",
        "required": ["rows"],
        "properties": {
            "rows": { "type": "array", "items": { "type": "integer", "minimum": 0 } },
            "note": { "type": "string" }
        }
    });
    let has_rows = |value: &Value| value["rows"].as_array().is_some_and(|rows| !rows.is_empty());
    let ends: BTreeSet<String> = (0..20).filter_map(|seed| shrunk(&schema, seed, has_rows)).collect();
    assert_eq!(ends, BTreeSet::from(["{\"rows\":[0]}".to_owned()]));

    // Where numbers are drawn from a range, the exact threshold is found.
    let large = |value: &Value| value.as_f64().is_some_and(|value| value >= 1_000.0);
    let schema = json!({ "type": "integer", "minimum": 0, "maximum": 5_000_000 });
    let ends: BTreeSet<String> = (0..20).filter_map(|seed| shrunk(&schema, seed, large)).collect();
    assert!(ends.contains("1000"), "{ends:?}");
}

#[test]
fn same_seed_gives_the_same_values() {
    for case in corpus() {
        let texts = |seed| sample(&case.schema, 10, seed).unwrap();
        assert_eq!(texts(7), texts(7), "{}", case.name);
        // A larger count continues the same series.
        assert_eq!(texts(7)[..], sample(&case.schema, 15, 7).unwrap()[..10]);
        let broken = |seed| sample_breaking(&case.schema, 10, seed).unwrap();
        assert_eq!(broken(7), broken(7), "{}", case.name);
    }
    let wide = json!({ "type": "integer" });
    assert_ne!(sample(&wide, 10, 1).unwrap(), sample(&wide, 10, 2).unwrap());
}

fn texts(schema: &Value, cases: u32) -> BTreeMap<String, u32> {
    let mut counts = BTreeMap::new();
    for value in sample(schema, cases, 3).unwrap() {
        *counts.entry(value.into_text()).or_default() += 1;
    }
    counts
}

#[test]
fn boundary_values_are_generated_within_a_few_thousand() {
    let integers = texts(&json!({ "type": "integer" }), 3_000);
    for text in ["0", "1", "-1", "2147483647", "2147483648", "9007199254740991", "9007199254740993", "1e3"] {
        assert!(integers.contains_key(text), "{text}");
    }
    let numbers = texts(&json!({ "type": "number" }), 3_000);
    for text in ["0", "15432.50", "15432.5", "1e3", "-0", "0.1", "9007199254740993"] {
        assert!(numbers.contains_key(text), "{text}");
    }
    let bounded = texts(&json!({ "type": "integer", "minimum": -7, "maximum": 90_000 }), 500);
    for text in ["-7", "-6", "89999", "90000", "0"] {
        assert!(bounded.contains_key(text), "{text}");
    }
    let strings = texts(&json!({ "type": "string", "maxLength": 40 }), 3_000);
    for text in ["\"\"", "\"\u{1F4B3}\"", "\"\\u0000\""] {
        assert!(strings.contains_key(text), "{text}");
    }
    let longest = strings.keys().any(|text| *text == format!("\"{}\"", "a".repeat(40)));
    assert!(longest);
}

#[test]
fn open_object_gets_names_similar_to_listed_ones() {
    let schema = json!({
        "type": "object",
        "required": ["itemCount"],
        "properties": { "itemCount": { "type": "integer" } }
    });
    let mut names = BTreeSet::new();
    for value in sample(&schema, 2_000, 3).unwrap() {
        names.extend(value.value().as_object().unwrap().keys().cloned());
    }
    for name in ["itemcount", "item_count", "itemCount ", "it\u{435}mC\u{43E}unt"] {
        assert!(names.contains(name), "{name}: {names:?}");
    }
}

#[test]
fn string_length_is_counted_in_characters() {
    let schema = json!({ "type": "string", "minLength": 3, "maxLength": 3 });
    let mut beyond = false;
    for value in sample(&schema, 400, 3).unwrap() {
        let text = value.value();
        let text = text.as_str().unwrap();
        assert_eq!(text.chars().count(), 3);
        beyond |= text.chars().any(|char| u32::from(char) > 0xFFFF);
    }
    assert!(beyond, "characters outside the basic plane count as one");
}

#[test]
fn narrow_schema_is_satisfied_without_filtering() {
    // Generating and filtering would need millions of attempts for each of these.
    let schemas = [
        json!({ "type": "integer", "minimum": 1_000_000_000, "maximum": 1_000_000_010, "multipleOf": 7 }),
        json!({ "type": "string", "pattern": "^gk_[0-9a-f]{32}$", "allOf": [{ "pattern": "00ff" }] }),
        json!({ "allOf": [
            { "anyOf": [{ "const": 17 }, { "type": "object", "required": ["a", "b", "c", "d"] }] },
            { "type": "object", "properties": { "a": { "const": 5 } }, "maxProperties": 4 },
            { "not": { "properties": { "b": { "type": ["string", "number", "null", "boolean"] } } } }
        ]}),
        json!({ "type": "array", "items": { "enum": ["a", "b", "c", "d", "e"] },
            "uniqueItems": true, "minItems": 5, "contains": { "const": "c" } }),
    ];
    for schema in schemas {
        let validator = validator(&schema);
        for value in sample(&schema, 100, 1).unwrap() {
            assert!(validator.is_valid(&value.value()), "{schema}: {value}");
        }
    }
}

#[test]
fn generators_are_send_and_sync() {
    fn shared<T: Clone + Send + Sync>() {}
    shared::<Generator>();
    shared::<ConformingValues>();
    shared::<BreakingValues>();
}
