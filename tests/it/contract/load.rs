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
    assert!(!contract.extended);
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
        assert!(contract.extended);
    }
}

#[test]
fn first_usable_scheme_is_the_credential() {
    let text = document(
        "  securitySchemes:
    Key: {type: apiKey, in: header, name: X-API-Key}
    Sign: {type: openIdConnect, openIdConnectUrl: 'https://example.com'}
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
