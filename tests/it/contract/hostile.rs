//! Whatever a document holds, reading it ends, and without a panic.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;

use super::support::{Folder, document};

const ACME: &str = include_str!("../fixtures/acme/openapi.yaml");
const BALANCE: &str = include_str!("../fixtures/acme/balance.json");

/// What makes trouble when it stands where something else is expected.
const PIECES: &[&str] = &[
    "null",
    "[]",
    "{}",
    "-1",
    "''",
    "'*'",
    "&a",
    "*a",
    "*stated",
    "<<: *stated",
    "!!int x",
    "? ",
    "- ",
    ": ",
    "\t",
    "\n",
    "\r",
    "%YAML 1.2",
    "---",
    "...",
    "|",
    ">",
    "{$ref: '#'}",
    "{$ref: '#/paths'}",
    "$ref: '#/x-conformance'",
    "{$ref: balance.json}",
    "$id: a",
    "$anchor: b",
    "\"",
    "'",
    "{",
    "}",
    "[",
    "]",
    "#",
    ",",
    "1e999",
    "18446744073709551616",
    "0xFF",
    "(",
    "\u{0}",
    "é",
    "\u{85}",
    "default: 1",
    "nullable: true",
    "true",
    "4XX",
    "'{'",
    "/{a}/{b}",
    "body.x",
    "sum(",
    "@",
    "`",
];

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig {
        failure_persistence: None::<Box<FileFailurePersistence>>.map(|it| it as _),
        ..ProptestConfig::with_cases(cases)
    }
}

fn read(name: &str, bytes: &[u8]) {
    let folder = Folder::of(&[("balance.json", BALANCE)]);
    folder.write(name, bytes);
    let lint = folder.lint();
    if let Err(error) = folder.load() {
        assert!(!lint.is_clean());
        assert!(!error.diagnostics.is_empty());
    }
}

/// Replaces pieces of a text at the places given in parts of its length.
fn mutated(text: &str, edits: &[(f64, usize, usize)]) -> String {
    let mut text: Vec<char> = text.chars().collect();
    for (place, length, piece) in edits {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "a place"
        )]
        let start = ((text.len() as f64 * place) as usize).min(text.len());
        let end = (start + length).min(text.len());
        text.splice(start..end, PIECES[piece % PIECES.len()].chars());
    }
    text.into_iter().collect()
}

proptest! {
    #![proptest_config(config(150))]

    #[test]
    fn any_bytes(bytes in vec(any::<u8>(), 0..200), json in any::<bool>()) {
        read(if json { "openapi.json" } else { "openapi.yaml" }, &bytes);
    }

    #[test]
    fn any_pieces(pieces in vec(0..PIECES.len(), 0..60), json in any::<bool>()) {
        let text: String = pieces.iter().map(|piece| PIECES[*piece]).collect::<Vec<_>>().join(" ");
        read(if json { "openapi.json" } else { "openapi.yaml" }, text.as_bytes());
        read("openapi.yaml", document(&text).as_bytes());
    }

    #[test]
    fn any_mutation(edits in vec((0.0..1.0, 0_usize..12, 0..PIECES.len()), 1..4)) {
        read("openapi.yaml", mutated(ACME, &edits).as_bytes());
    }
}

/// A chain of schemas at every level of a value that is itself as deep as can be: the most that a stack has to bear.
#[test]
fn deep_value_in_a_long_chain_of_schemas_is_validated() {
    use serde_json::{Map, Value, json};

    let mut example = json!(1);
    for _ in 0..100 {
        example = json!([example]);
    }
    let mut schemas: Map<String, Value> = (0..31)
        .map(|number| {
            let next = json!({"$ref": format!("#/components/schemas/S{}", number + 1)});
            (format!("S{number}"), json!({"allOf": [{"anyOf": [next, {"type": "null"}]}]}))
        })
        .collect();
    schemas.insert("S31".to_owned(), json!({"items": {"$ref": "#/components/schemas/S0"}}));
    let content = json!({"application/json": {"schema": {"$ref": "#/components/schemas/S0"}, "example": example}});
    let document = json!({
        "openapi": "3.1.0",
        "paths": {"/": {"get": {"responses": {"200": {"description": "x", "content": content}}}}},
        "components": {"schemas": schemas}
    });
    let folder = Folder::of(&[("openapi.json", &document.to_string())]);
    assert!(folder.lint().is_clean());
    let contract = folder.load().unwrap();
    let content = &contract.operations[0].responses[0].content[0];
    let schema = content.schema.as_ref().unwrap();
    assert!(schema.accepts(&content.examples[0].1));
    assert!(schema.errors(&content.examples[0].1).is_empty());
}
