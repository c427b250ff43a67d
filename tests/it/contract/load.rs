//! Loading: names, paths, formats, and what comes out.

use ringtrue::__cli::contract::{Contract, CredentialPlace, StatusRange, bundled};
use serde_json::json;

use super::support::{Folder, document};

#[test]
fn plain_document_loads() {
    let folder = Folder::yaml(&document("security: []\n"));
    let contract = folder.load().unwrap();
    assert_eq!(contract.title, "Credits");
    assert_eq!(contract.server_url, "https://api.example.com/v1");
    assert!(!contract.is_extended());
    assert!(contract.credential.is_none());
    let [operation] = contract.operations.as_slice() else { panic!("one operation") };
    assert_eq!((operation.id.as_str(), operation.method.as_str()), ("getCredits", "GET"));
    assert_eq!(operation.promise.quote, "GET /credits: What is left (#/paths/~1credits/get)");
    let response = operation.response(200).unwrap();
    assert_eq!(response.status, StatusRange::Exact(200));
    let content = &response.content[0];
    assert_eq!(content.examples, [("example".to_owned(), json!({"credits": 5}))]);
    let schema = content.schema.as_ref().unwrap();
    assert!(schema.accepts(&json!({"credits": 5.5})));
    let misfits = schema.errors(&json!({"credits": "5"}));
    assert_eq!((misfits[0].at.as_str(), misfits[0].keyword.as_str()), ("/credits", "type"));
}

#[test]
fn bundled_contract_loads_by_name() {
    for name in bundled() {
        let contract = Contract::load(&name).unwrap_or_else(|error| panic!("failed to {error}"));
        assert_eq!(contract.name, name);
        assert!(contract.is_extended());
    }
}

#[test]
fn first_usable_scheme_is_the_credential() {
    let text = document(
        "  securitySchemes:
    Key: {type: apiKey, in: header, name: X-API-Key}
    Sign: {type: mutualTLS}
security:
  - Sign: []
  - Key: []
",
    );
    let contract = Folder::yaml(&text).load().unwrap();
    let credential = contract.credential.unwrap();
    assert_eq!(credential.place, CredentialPlace::Header { name: "X-API-Key".to_owned() });
    assert!(contract.operations[0].secured);
}

#[test]
fn requirements_are_alternatives_that_may_combine_schemes() {
    let text = document(
        "  securitySchemes:
    Key: {type: apiKey, in: header, name: X-API-Key}
    Secret: {type: apiKey, in: query, name: secret}
    Login: {type: http, scheme: basic}
    Token: {type: openIdConnect, openIdConnectUrl: 'https://example.com'}
    Certificate: {type: mutualTLS}
security:
  - Key: []
    Secret: []
  - Certificate: []
  - Login: []
  - Token: [read]
",
    );
    let contract = Folder::yaml(&text).load().unwrap();
    let credential = contract.credential.unwrap();
    let ways: Vec<Vec<String>> =
        credential.ways().map(|way| way.iter().map(|place| place.describe()).collect()).collect();
    assert_eq!(
        ways,
        [
            vec!["the header field `X-API-Key`", "the query parameter `secret`"],
            vec!["`Authorization: Basic …`"],
            vec!["`Authorization: Bearer …`"],
        ]
    );
    assert!(contract.operations[0].secured);
}

#[test]
fn empty_requirement_makes_the_credential_optional() {
    let schemes = "  securitySchemes:\n    Key: {type: apiKey, in: header, name: X-API-Key}\n";
    let text = document(&format!("{schemes}security:\n  - {{}}\n  - Key: []\n"));
    let contract = Folder::yaml(&text).load().unwrap();
    assert!(contract.credential.is_some() && !contract.operations[0].secured);
}

#[test]
fn key_declared_as_a_parameter_is_the_credential_and_no_example() {
    let text = document("").replace(
        "responses:",
        "parameters:\n        - {name: api_key, in: query, required: true, schema: {type: string}}\n        - {name: page, in: query, required: true, schema: {type: integer}}\n      responses:",
    );
    let contract = Folder::yaml(&text).load().unwrap();
    let credential = contract.credential.as_ref().unwrap();
    assert_eq!(credential.place, CredentialPlace::Query { name: "api_key".to_owned() });
    assert!(credential.remark.as_ref().unwrap().contains("an ordinary parameter"));
    let operation = &contract.operations[0];
    assert!(operation.secured && operation.example_path.ends_with("?page=1"), "{}", operation.example_path);
}
