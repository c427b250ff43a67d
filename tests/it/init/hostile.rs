//! Documents that are none, and documents that are written to be a nuisance.

use ringtrue::__cli::init::{InitError, InitOptions};
use serde_json::json;

use super::{Folder, contract, remaining};

fn refused(text: &str) -> String {
    Folder::new().draft(text, &InitOptions::default()).unwrap_err().to_string()
}

#[test]
fn what_is_no_document_is_refused_with_a_reason() {
    for (text, said) in [
        ("", "empty"),
        ("just words", "openapi"),
        ("- 1\n- 2\n", "openapi"),
        ("{\"a\": ", "not YAML"),
        ("a: [1, 2\nb: }", "not YAML"),
        ("openapi: 4.0.0\n", "4.0.0"),
        ("openapi: 3.1.0\ninfo: {title: T, version: '1'}\n", "looked at 0 operations"),
        ("openapi: 3.1.0\npaths: [1]\n", "looked at 0 operations"),
        ("openapi: 3.1.0\npaths: {/credits: {get: 7}}\n", "looked at 0 operations"),
    ] {
        let error = refused(text);
        assert!(error.contains(said), "{text:?}: {error}");
    }
    let swagger = refused("swagger: '2.0'\ninfo: {title: T, version: '1'}\npaths: {}\n");
    assert!(swagger.contains("Swagger 2.0") && swagger.contains("OpenAPI 3"), "{swagger}");
    let absent = ringtrue::__cli::init::init("/nowhere/at/all.yaml", &InitOptions::default()).unwrap_err().to_string();
    assert!(absent.contains("/nowhere/at/all.yaml"), "{absent}");
}

#[test]
fn file_that_is_too_large_is_not_read() {
    let folder = Folder::new();
    let path = folder.path("large.yaml");
    let file = std::fs::File::create(&path).unwrap();
    file.set_len((64 << 20) + 1).unwrap();
    let said =
        ringtrue::__cli::init::init(&path.display().to_string(), &InitOptions::default()).unwrap_err().to_string();
    assert!(said.contains("larger than 64 MiB"), "{said}");
    let said = ringtrue::__cli::init::init_examples(&[path], &InitOptions::default()).unwrap_err().to_string();
    assert!(said.contains("larger than 64 MiB"), "{said}");
}

#[test]
fn references_in_circles_and_into_the_void_end() {
    let text = r##"
openapi: 3.1.0
info: {title: T, version: "1"}
paths:
  /credits:
    get:
      operationId: credits
      parameters: [{$ref: "#/components/parameters/Loop"}, {$ref: "#/nowhere"}]
      responses:
        "200":
          description: ok
          content:
            application/json:
              schema: {$ref: "#/components/schemas/Node"}
        "401": {$ref: "#/components/responses/Loop"}
        "402": {$ref: "other.yaml#/x"}
components:
  parameters: {Loop: {$ref: "#/components/parameters/Loop"}}
  responses: {Loop: {$ref: "#/components/responses/Loop"}}
  schemas:
    Node:
      type: object
      required: [credits]
      properties:
        credits: {type: integer}
        next: {$ref: "#/components/schemas/Node"}
        both: {allOf: [{$ref: "#/components/schemas/Node"}, {$ref: "#/components/schemas/Other"}]}
    Other: {anyOf: [{$ref: "#/components/schemas/Node"}, {type: "null"}]}
"##;
    let draft = Folder::new().draft(text, &InitOptions::default());
    match draft {
        Ok(draft) => assert_eq!(remaining(&contract(&draft)).as_deref(), Some("/credits")),
        Err(error) => assert!(matches!(error, InitError::Broken { .. } | InitError::Document(_)), "{error}"),
    }
}

#[test]
fn texts_of_a_document_stay_texts_in_the_draft() {
    let nasty = [
        "a\n# FILL IN: nothing\nopenapi: 2.0",
        "x: y # z",
        "\"quoted\" 'single' `back`",
        "{[flow]}, &anchor *alias !tag | > %directive @at",
        "\u{85}\u{2028}\u{2029}\u{feff}\u{7}\u{1b}[31m\0",
        "- list\n---\n...\n",
        "null",
        "true",
        "0x10",
        "1e3",
        "~",
        " leading",
        "trailing ",
        "",
        "::",
        "?",
        "12:30:45",
        "2024-01-01",
    ];
    for text in nasty {
        let document = json!({
            "openapi": "3.1.0",
            "info": {"title": text, "version": text, "description": text},
            "servers": [{"url": "https://api.example"}],
            "paths": {"/credits": {"get": {
                "operationId": text, "summary": text, "description": text, "tags": [text],
                "parameters": [{"name": format!("q{text}"), "in": "query", "description": text, "schema": {"type": "string", "default": text}}],
                "responses": {"200": {"description": text, "content": {"application/json": {"schema": {
                    "type": "object", "required": ["credits", text],
                    "properties": {"credits": {"type": "integer", "description": text}, text: {"type": "string", "example": text, "description": text}},
                }}}}, "401": {"description": text}},
            }}},
        });
        let draft = Folder::new()
            .draft(&document.to_string(), &InitOptions::default())
            .unwrap_or_else(|error| panic!("{text:?}: {error}"));
        let made = contract(&draft);
        assert_eq!(remaining(&made).as_deref(), Some("/credits"), "{text:?}");
        assert_eq!(made.title(), text, "{text:?}");
        assert!(
            !draft.text.contains('\u{1b}') && !draft.text.contains('\0') && !draft.text.contains('\u{2028}'),
            "{text:?}"
        );
        assert!(
            draft.text.lines().all(|line| line != "# FILL IN: nothing" && line != "openapi: 2.0"),
            "{}",
            draft.text
        );
        assert!(
            draft.name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')),
            "{:?}",
            draft.name
        );
    }
}

#[test]
fn deep_and_wide_documents_end_soon() {
    let mut deep = json!({"type": "integer"});
    for _ in 0..40 {
        deep = json!({"type": "object", "properties": {"credits": deep}});
    }
    let wide: serde_json::Map<String, serde_json::Value> =
        (0..1500).map(|n| (format!("member_{n}"), json!({"type": "integer"}))).collect();
    for schema in [deep, json!({"type": "object", "properties": wide, "required": ["credits"]})] {
        let mut schema = schema;
        schema["properties"]["credits_left"] = json!({"type": "integer"});
        let document = json!({
            "openapi": "3.0.0", "info": {"title": "T", "version": "1"},
            "paths": {"/credits": {"get": {"responses": {"200": {"description": "", "content": {"application/json": {"schema": schema}}}}}}},
        });
        let draft = Folder::new().draft(&document.to_string(), &InitOptions::default()).unwrap();
        assert!(contract(&draft).operation(ringtrue::__cli::contract::Role::Balance).is_some());
    }
}
