//! Which contracts load.

use ringtrue::{Contract, LoadError, bundled_contracts};

/// The bundled contracts in which a client evaluates a CEL expression or a `JSONPath`, with all places where.
const NEED_EXPRESSIONS: [(&str, &[&str]); 5] = [
    ("deepseek", &["/paths/~1user~1balance/get/x-conformance/fields/remaining/path"]),
    (
        "moonshot",
        &[
            "/paths/~1v1~1users~1me~1balance/get/x-conformance/success",
            "/paths/~1v1~1users~1me~1balance/get/x-conformance/conditions/backend.down/when",
        ],
    ),
    ("novita", &["/paths/~1openapi~1v1~1billing~1balance~1detail/get/x-conformance/success"]),
    ("ocean-io", &["/paths/~1v2~1credits~1balance/get/x-conformance/fields/remaining/expression"]),
    ("zerobounce", &["/paths/~1v2~1getcredits/get/x-conformance/conditions/credential.unknown/when"]),
];

fn places(error: &LoadError) -> Vec<&str> {
    error.diagnostics.iter().map(|diagnostic| diagnostic.pointer.as_str()).collect()
}

#[test]
fn bundled_contract_without_expressions_for_clients_loads() {
    for name in bundled_contracts() {
        let loaded = Contract::load(&name);
        match NEED_EXPRESSIONS.iter().find(|(refused, _)| *refused == name) {
            None => assert!(loaded.is_ok(), "{name}: {}", loaded.unwrap_err()),
            Some((_, wanted)) => assert_eq!(places(&loaded.unwrap_err()), *wanted, "{name}"),
        }
    }
}

#[test]
fn documentation_lists_the_contracts_that_need_expressions() {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/cargo-test.md")).unwrap();
    let (_, listed) = text.split_once("load with `client` alone except").unwrap();
    let (listed, _) = listed.split_once("\n\n").unwrap();
    let listed: Vec<&str> = listed.split('`').skip(1).step_by(2).collect();
    assert_eq!(listed, NEED_EXPRESSIONS.map(|(name, _)| name));
}

#[test]
fn refusal_names_the_place_and_the_feature() {
    let error = Contract::load("ocean-io").unwrap_err().to_string();
    let message = "load the contract `ocean-io`:
  schemas/ocean-io/openapi.yaml:25:42: clients evaluate this CEL expression, which needs the feature `expressions` of the crate \
`ringtrue`: add it in Cargo.toml (at #/paths/~1v2~1credits~1balance/get/x-conformance/fields/remaining/expression)";
    assert_eq!(error, message);
}

/// The contract has one at each place where there may be one.
#[test]
fn only_what_a_client_evaluates_is_refused() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/contracts/expressions.yaml");
    let error = Contract::load(path).unwrap_err();
    let lines: Vec<_> = error.diagnostics.iter().map(|each| (each.line, each.message.clone())).collect();
    let marked = std::fs::read_to_string(path).unwrap();
    let marked: Vec<usize> =
        (1..).zip(marked.lines()).filter(|(_, text)| text.ends_with("# refused")).map(|(number, _)| number).collect();
    assert_eq!(lines.iter().map(|(line, _)| *line).collect::<Vec<_>>(), marked);
    assert!(lines.iter().all(|(_, message)| message.contains("`expressions`")), "{error}");
}
