//! Texts: YAML, JSON, positions, and documents that mean harm.

use ringtrue::__cli::contract::Contract;
use serde_json::{Value, json};

use super::support::{Folder, document};

/// The example of a plain document, written as given.
fn example(scalar: &str) -> Value {
    let text =
        document("").replace("{credits: 5}", scalar).replace("schema: {$ref: '#/components/schemas/Balance'}", "");
    let contract = Folder::yaml(&text).load().unwrap_or_else(|error| panic!("{scalar}: {error}"));
    contract.operations[0].responses[0].content[0].examples[0].1.clone()
}

#[test]
fn scalar_has_the_type_of_the_yaml_core_schema() {
    for (text, expected) in [
        ("no", json!("no")),
        ("on", json!("on")),
        ("True", json!(true)),
        ("~", json!(null)),
        ("5", json!(5)),
        ("+5", json!("+5")),
        ("-5", json!(-5)),
        ("007", json!(7)),
        ("0x10", json!(16)),
        ("0o10", json!(8)),
        (".5", json!(0.5)),
        ("5.", json!(5.0)),
        ("1e3", json!(1000.0)),
        ("-1.5E-2", json!(-0.015)),
        ("1e", json!("1e")),
        ("1.2.3", json!("1.2.3")),
        ("0x", json!("0x")),
        ("2026-01-01", json!("2026-01-01")),
        ("12:30:45", json!("12:30:45")),
        ("'5'", json!("5")),
        ("\"no\"", json!("no")),
        ("!!str 5", json!("5")),
        ("!!int \"5\"", json!(5)),
        ("18446744073709551615", json!(18_446_744_073_709_551_615_u64)),
        ("123456789012345678901234567890", json!(123_456_789_012_345_678_901_234_567_890.0)),
        ("[1, {a: b, 200: c, true: d}]", json!([1, {"a": "b", "200": "c", "true": "d"}])),
        ("{a: &x {b: 1}, c: *x, d: {<<: *x, e: 2}}", json!({"a": {"b": 1}, "c": {"b": 1}, "d": {"e": 2, "b": 1}})),
        ("\"a\\tb\"", json!("a\tb")),
    ] {
        let expected = if text == "+5" { json!(5) } else { expected };
        assert_eq!(example(text), expected, "{text}");
    }
}

#[test]
fn line_ends_and_byte_order_mark_do_not_change_the_document() {
    let text = document("");
    for text in [text.replace('\n', "\r\n"), format!("\u{FEFF}{text}"), format!("# a comment\n---\n{text}")] {
        Folder::yaml(&text).load().unwrap();
    }
    let json = json!({"openapi": "3.0.3", "info": {"title": "J", "version": "1"}, "paths": {}});
    let folder = Folder::of(&[("openapi.json", &format!("\u{FEFF}{json}\r\n")), ("lone", &json.to_string())]);
    assert_eq!(folder.load().unwrap().title, "J");
    assert_eq!(Contract::load(&format!("{}/lone", folder.path())).unwrap().name, "lone");
}

#[test]
fn diagnostic_names_the_line_and_column_of_its_value() {
    let yaml = "openapi: 3.1.0\npaths:\n  /a:\n    get:\n      responses:\n        '2000': {description: x}\n";
    let diagnostics = Folder::yaml(yaml).diagnostics();
    assert_eq!(
        diagnostics,
        [
            "openapi.yaml:6:9: `2000` is no status: write `200`, a range such as `4XX`, or `default` (at #/paths/~1a/get/responses/2000)"
        ]
    );
    let json = "{\"openapi\": \"3.1.0\",\n \"é\": 1, \"paths\": {\"/a\": {\"get\": {\n  \"x\": \"🦀\", \"responses\": {\"2000\": {\"description\": \"x\"}}}}}}";
    let diagnostics = Folder::of(&[("openapi.json", json)]).diagnostics();
    assert!(diagnostics[0].starts_with("openapi.json:3:27: `2000`"), "{diagnostics:?}");
}

/// Each of these texts is refused with a message, by load and lint alike.
#[test]
fn broken_text_is_a_diagnostic_and_never_a_panic() {
    let bomb = {
        let mut text = "openapi: 3.1.0\na0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..12 {
            let alias = format!("*a{}", level - 1);
            text.extend([format!("a{level}: &a{level} [{}]\n", vec![alias; 10].join(", "))]);
        }
        text
    };
    let nested_aliases = {
        let mut text = "openapi: 3.1.0\na0: &a0 [[[[[[[[x]]]]]]]]\n".to_owned();
        for level in 1..40 {
            text.extend([format!("a{level}: &a{level} [[[[[[[[*a{}]]]]]]]]\n", level - 1)]);
        }
        text
    };
    let block = (0..2_000).fold(String::new(), |text, level| text + &" ".repeat(level) + "a:\n");
    let cases: Vec<(&str, Vec<u8>, &str)> = vec![
        ("openapi.yaml", b"".to_vec(), "the file is empty"),
        ("openapi.yaml", b"  \n\n".to_vec(), "the file is empty"),
        ("openapi.yaml", b"# nothing\n".to_vec(), "the"),
        ("openapi.json", b"".to_vec(), "the file is empty"),
        ("openapi.yaml", b"just words".to_vec(), "the document is no object"),
        ("openapi.json", b"[1, 2]".to_vec(), "the document is no object"),
        ("openapi.yaml", b"info: {}".to_vec(), "`openapi` is missing"),
        ("openapi.yaml", b"swagger: '2.0'".to_vec(), "Swagger 2.0 is not read"),
        ("openapi.yaml", b"openapi: 4.0.0".to_vec(), "OpenAPI 4.0.0 is not read"),
        ("openapi.yaml", b"openapi: []".to_vec(), "`openapi` takes a version"),
        ("openapi.yaml", b"openapi: 3.1.0".to_vec(), "`paths` is missing"),
        ("openapi.yaml", b"openapi: 3.1.0\npaths: []".to_vec(), "`paths` takes path items"),
        (
            "openapi.yaml",
            b"openapi: 3.1.0\nopenapi: 3.0.0\npaths: {}".to_vec(),
            "2:1: the key `openapi` is there twice",
        ),
        (
            "openapi.json",
            br#"{"openapi": "3.1.0", "openapi": "3.0.0"}"#.to_vec(),
            "1:22: the key `openapi` is there twice",
        ),
        ("openapi.yaml", b"a:\n\t- b".to_vec(), "not YAML"),
        ("openapi.yaml", b"a: [b".to_vec(), "not YAML"),
        ("openapi.yaml", b"{[a]: b}".to_vec(), "cannot be a key"),
        ("openapi.yaml", b"openapi: 3.1.0\npaths: {}\n---\nb: 1".to_vec(), "a second YAML document"),
        ("openapi.yaml", b"a: &x [*x]".to_vec(), "the alias stands inside"),
        ("openapi.yaml", b"a: *x".to_vec(), "not YAML"),
        ("openapi.yaml", b"a: .nan".to_vec(), "`.nan` is no JSON number"),
        ("openapi.yaml", b"a: 1e999".to_vec(), "the number `1e999` is too large"),
        ("openapi.yaml", b"a: 0xFFFFFFFFFFFFFFFFF".to_vec(), "larger than 64 bits"),
        ("openapi.json", br#"{"a": 1e999}"#.to_vec(), "the number `1e999` is too large"),
        ("openapi.json", br#"{"a": 01}"#.to_vec(), "not JSON"),
        ("openapi.json", br#"{"a": 1,}"#.to_vec(), "not JSON"),
        ("openapi.json", br#"{"a": "\ud800"}"#.to_vec(), "not JSON"),
        ("openapi.json", br#"{"a": 1} x"#.to_vec(), "not JSON"),
        ("openapi.json", b"{'a': 1} // no".to_vec(), "not JSON"),
        ("openapi.yaml", b"a: \xff\xfe".to_vec(), "not UTF-8 text (line 1)"),
        ("openapi.yaml", b"\xff\xfea\0".to_vec(), "UTF-16"),
        ("openapi.yaml", b"a: \0".to_vec(), "binary"),
        ("openapi.json", vec![b'['; 100_000], "not JSON"),
        ("openapi.json", [vec![b'['; 100_000], vec![b']'; 100_000]].concat(), "levels deep"),
        ("openapi.json", [vec![b'['; 200], vec![b']'; 200]].concat(), "levels deep"),
        ("openapi.yaml", vec![b'['; 100_000], "levels deep"),
        ("openapi.yaml", b"- ".repeat(100_000), "levels deep"),
        ("openapi.yaml", b"? ".repeat(100_000), "levels deep"),
        ("openapi.yaml", block.into_bytes(), "levels deep"),
        ("openapi.yaml", bomb.into_bytes(), "once the aliases are expanded"),
        ("openapi.yaml", nested_aliases.into_bytes(), "levels deep"),
    ];
    for (name, bytes, expected) in cases {
        let folder = Folder::of(&[]);
        folder.write(name, &bytes);
        let diagnostics = folder.diagnostics();
        let start: String = String::from_utf8_lossy(&bytes).chars().take(40).collect();
        assert!(diagnostics.iter().any(|diagnostic| diagnostic.contains(expected)), "{start:?}: {diagnostics:?}");
        let _ = folder.load();
    }
}

/// Ten megabytes in thousands of operations and schemas, all of which lead to each other.
#[test]
fn large_document_loads() {
    let text = super::support::large(10_000_000);
    let folder = Folder::of(&[("openapi.json", &text)]);
    let contract = folder.load().unwrap();
    assert!(contract.operations.len() > 1_000);
}
