//! References: across files, escaped, in circles, out of the folder; and schemas brought to 2020-12.

use ringtrue::__cli::contract::{Condition, Contract, Role, Schema, StatusRange};
use serde_json::{Value, json};

use super::support::{Folder, document};

/// The schema of the only body of a 3.1 document, given its text and further files.
fn schema(schema: &str, files: &[(&str, &str)]) -> Schema {
    let text = document("").replace("{$ref: '#/components/schemas/Balance'}", schema);
    let folder = Folder::yaml(&text);
    for (name, text) in files {
        folder.write(name, text.as_bytes());
    }
    let contract = folder.load().unwrap_or_else(|error| panic!("failed to {error}"));
    contract.operations[0].responses[0].content[0].schema.clone().unwrap()
}

/// A schema of an `OpenAPI` 3.0 document, normalised.
fn normalised(schema: &Value) -> Value {
    let document = json!({
        "openapi": "3.0.3",
        "paths": {"/": {"get": {"responses": {"200": {"description": "x", "content": {"application/json": {"schema": schema}}}}}}},
        "components": {"schemas": {"Other": {"type": "string"}}}
    });
    let contract = Folder::of(&[("openapi.json", &document.to_string())]).load().unwrap();
    contract.operations[0].responses[0].content[0].schema.as_ref().unwrap().document().clone()
}

#[test]
fn reference_to_another_file_is_resolved() {
    let schema = schema(
        "{$ref: './deep/a%20b.yaml#/x~1y/z%7E0'}",
        &[
            ("deep/a b.yaml", "x/y: {'z~': {type: array, items: {$ref: '../leaf.json#leaf'}}}"),
            (
                "leaf.json",
                r#"{"$defs": {"l": {"$anchor": "leaf", "type": "object", "properties": {"up": {"$ref": "deep/a b.yaml#/x~1y/z~0"}}}}}"#,
            ),
        ],
    );
    assert!(schema.accepts(&json!([{"up": [{"up": []}]}])));
    assert!(!schema.accepts(&json!([{"up": [{"up": 5}]}])));
    let expected = json!({
        "type": "array", "items": {"$ref": "#/$defs/l"},
        "$defs": {"l": {"type": "object", "properties": {"up": {"$ref": "#"}}}}
    });
    assert_eq!(schema.document(), &expected);
}

#[test]
fn schema_identifier_is_resolved_without_a_request() {
    let by_id = schema(
        "{$id: 'https://example.com/root', $ref: 'leaf', $defs: {l: {$id: leaf, $dynamicAnchor: d, type: integer, $defs: {m: {$anchor: mm, type: string}}}}}",
        &[],
    );
    assert!(by_id.accepts(&json!(5)) && !by_id.accepts(&json!("5")));
    let by_anchor = schema(
        "{$ref: 'leaf.json#mm'}",
        &[("leaf.json", r#"{"$id": "other", "$defs": {"m": {"$anchor": "mm", "type": "string"}}}"#)],
    );
    assert!(by_anchor.accepts(&json!("5")));
    let dynamic = schema(
        "{$ref: tree.json}",
        &[(
            "tree.json",
            r##"{"$dynamicAnchor": "node", "type": "object", "properties": {"c": {"items": {"$dynamicRef": "#node"}}}}"##,
        )],
    );
    assert!(dynamic.accepts(&json!({"c": [{"c": []}]})) && !dynamic.accepts(&json!({"c": [5]})));
}

#[test]
fn unresolvable_reference_is_reported() {
    for (reference, expected) in [
        ("https://example.com/a.yaml", "`https:` leads out of the contract and nothing is fetched"),
        ("file:///etc/passwd", "`file:` leads out of the contract"),
        ("/etc/passwd", "absolute paths are not followed"),
        ("//example.com/x", "absolute paths are not followed"),
        ("../x.yaml", "it leads out of the contract's folder"),
        ("a/../../x.yaml", "it leads out of the contract's folder"),
        ("%2e%2e/x.yaml", "it leads out of the contract's folder"),
        ("..\\\\x.yaml", "no backslash"),
        ("x.yaml", "there is no such file"),
        ("link.yaml", "a link that leads out"),
        (".", "there is no such file"),
        ("#gone", "there is no `$anchor` called `gone`"),
        ("#/paths/~1gone", "`#/paths` has no `/gone`"),
        ("#/a%zz", "a percent escape in it is broken"),
        ("broken.yaml", "not YAML"),
    ] {
        let text = document("").replace("'#/components/schemas/Balance'", &format!("\"{reference}\""));
        let folder = Folder::yaml(&text);
        folder.write("broken.yaml", b"a: [");
        std::os::unix::fs::symlink("/etc/hostname", format!("{}/link.yaml", folder.path())).unwrap();
        let diagnostics = folder.diagnostics();
        assert!(diagnostics.iter().any(|diagnostic| diagnostic.contains(expected)), "{reference}: {diagnostics:?}");
        assert!(folder.load().is_err(), "{reference}");
    }
}

#[test]
fn reference_cycle_outside_of_schemas_is_reported() {
    for response in ["{$ref: '#/components/responses/A'}", "{$ref: '#/paths/~1credits/get/responses/200'}"] {
        let text = format!(
            "openapi: 3.1.0\npaths: {{/credits: {{get: {{responses: {{'200': {response}}}}}}}}}\ncomponents: {{responses: {{A: {{$ref: '#/components/responses/B'}}, B: {{$ref: '#/components/responses/A'}}}}}}\n"
        );
        let diagnostics = Folder::yaml(&text).diagnostics();
        assert!(
            diagnostics.iter().any(|diagnostic| diagnostic.contains("the reference leads to itself")),
            "{diagnostics:?}"
        );
    }
}

#[test]
fn openapi_3_0_schema_is_converted_to_2020_12() {
    for (from, to) in [
        (json!({"type": "string", "nullable": true}), json!({"type": ["string", "null"]})),
        (
            json!({"type": "string", "nullable": true, "enum": ["a"]}),
            json!({"type": ["string", "null"], "enum": ["a", null]}),
        ),
        (
            json!({"nullable": true, "allOf": [{"type": "string"}]}),
            json!({"anyOf": [{"allOf": [{"type": "string"}]}, {"type": "null"}]}),
        ),
        (json!({"type": "string", "nullable": false}), json!({"type": "string"})),
        (json!({"minimum": 1, "exclusiveMinimum": true}), json!({"exclusiveMinimum": 1})),
        (json!({"exclusiveMaximum": true, "maximum": 1}), json!({"exclusiveMaximum": 1})),
        (json!({"minimum": 1, "exclusiveMinimum": false}), json!({"minimum": 1})),
        (json!({"type": "file"}), json!({})),
        (
            json!({"example": 5, "readOnly": true, "x-own": 1, "discriminator": {"propertyName": "a"}}),
            json!({"examples": [5], "readOnly": true}),
        ),
        (json!({"properties": {"$ref": {"type": "string"}}}), json!({"properties": {"$ref": {"type": "string"}}})),
        (
            json!({"properties": {"a": {"$ref": "#/components/schemas/Other", "nullable": true}}}),
            json!({"properties": {"a": {"$ref": "#/$defs/Other"}}, "$defs": {"Other": {"type": "string"}}}),
        ),
        (json!({"maxLength": 5.0}), json!({"maxLength": 5})),
    ] {
        assert_eq!(normalised(&from), to, "{from}");
    }
}

#[test]
fn single_schema_compiles() {
    let schema =
        Schema::compile(&json!({"$defs": {"a": {"type": "integer"}, "unused": {}}, "items": {"$ref": "#/$defs/a"}}))
            .unwrap();
    assert_eq!(schema.document(), &json!({"items": {"$ref": "#/$defs/a"}, "$defs": {"a": {"type": "integer"}}}));
    assert!(schema.accepts(&json!([1])) && !schema.accepts(&json!(["1"])));
    let old = Schema::compile(&json!({"$schema": "http://json-schema.org/draft-07/schema#", "items": [{"type": "string"}], "additionalItems": false, "dependencies": {"a": ["b"], "c": {"minProperties": 2}}})).unwrap();
    assert_eq!(
        old.document(),
        &json!({"prefixItems": [{"type": "string"}], "items": false, "dependentRequired": {"a": ["b"]}, "dependentSchemas": {"c": {"minProperties": 2}}})
    );
    let mut deep = json!({});
    for _ in 0..1_000 {
        deep = json!({"not": deep});
    }
    for broken in [
        json!({"type": "strin"}),
        json!({"$ref": "https://example.com"}),
        json!({"$ref": "#"}),
        json!({"pattern": "(["}),
        json!(5),
        deep,
    ] {
        assert!(Schema::compile(&broken).is_err());
    }
    // Formats are annotations.
    assert!(Schema::compile(&json!({"format": "date"})).unwrap().accepts(&json!("no date")));
    // What takes for ever is refused before it is tried.
    let mut many = serde_json::Map::from_iter([("d0".to_owned(), json!({"type": "integer"}))]);
    for level in 1..64 {
        let below = json!({"$ref": format!("#/$defs/d{}", level - 1)});
        many.insert(format!("d{level}"), json!({"allOf": [below, below]}));
    }
    assert!(Schema::compile(&json!({"$ref": "#/$defs/d63", "$defs": many})).is_err());
    let row: serde_json::Map<String, Value> =
        (0..5_000).map(|n| (format!("d{n}"), json!({"$ref": format!("#/$defs/d{}", n + 1)}))).collect();
    assert!(Schema::compile(&json!({"$ref": "#/$defs/d0", "$defs": row})).is_err());
}

#[test]
fn extension_is_joined_to_the_document() {
    let folder = Folder::of(&[
        ("openapi.yaml", include_str!("../fixtures/acme/openapi.yaml")),
        ("balance.json", include_str!("../fixtures/acme/balance.json")),
    ]);
    let contract: Contract = folder.load().unwrap_or_else(|error| panic!("failed to {error}"));
    assert_eq!(contract.server_url, "https://eu.acme.example/v1");
    assert_eq!(contract.digest.len(), "sha256:".len() + 64);
    let balance = contract.operation(Role::Balance).unwrap();
    assert_eq!(balance.responses[0].content[0].media_type, "application/json");
    assert_eq!(balance.responses[0].headers[0].name, "x-left");
    assert_eq!(balance.conditions[&Condition::CredentialUnknown].example, Some(json!({"code": "INVALID"})));
    assert_eq!(balance.invariants.len(), 2);
    let spend = contract.operation(Role::Spend).unwrap();
    assert_eq!(spend.example_path, "/jobs/photo%20video?size=64");
    assert_eq!(spend.example_headers, [("x-team".to_owned(), "red".to_owned())]);
    let exhausted = &spend.conditions[&Condition::Exhausted];
    assert_eq!((exhausted.status, exhausted.canonical_status), (Some(StatusRange::Exact(402)), 402));
    let down = &spend.conditions[&Condition::BackendDown];
    assert_eq!((down.status, down.canonical_status), (None, 500));
    assert_eq!(contract.conditions[&Condition::PathUnknown].canonical_status, 404);
    assert_eq!(spend.response(403).unwrap().status, StatusRange::Class(4));
    // The digest speaks of every file.
    folder.write(
        "balance.json",
        include_str!("../fixtures/acme/balance.json").replace("[\"total\", \"rows\"]", "[\"rows\"]").as_bytes(),
    );
    assert_ne!(folder.load().unwrap().digest, contract.digest);
}
