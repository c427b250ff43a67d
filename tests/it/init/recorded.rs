//! From recorded traffic.

use std::path::PathBuf;
use std::sync::Arc;

use ringtrue::__cli::contract::{Condition, Level, Role};
use ringtrue::__cli::init::{self, Draft, InitError, InitOptions};
use ringtrue::__cli::run::{self, RunOptions};
use serde_json::{Value, json};

use super::{Folder, contract, operation, place, remaining};

const KEY: &str = "pk_live_51c8d2e9f0";

fn entry(method: &str, url: &str, key: Option<&str>, body: Option<&Value>, status: u16, answer: &Value) -> Value {
    let mut headers = vec![json!({"name": "Accept", "value": "*/*"})];
    headers.extend(key.map(|key| json!({"name": "Authorization", "value": format!("Bearer {key}")})));
    let mut request = json!({"method": method, "url": url, "headers": headers});
    if let Some(body) = body {
        request["postData"] = json!({"mimeType": "application/json", "text": body.to_string()});
    }
    json!({
        "request": request,
        "response": {
            "status": status,
            "headers": [{"name": "Content-Type", "value": "application/json; charset=utf-8"}, {"name": "X-RateLimit-Limit", "value": "60"}],
            "content": {"mimeType": "application/json", "text": answer.to_string()},
        },
    })
}

fn traffic() -> Value {
    let balance = |left: i64| json!({"wallet": {"balance": left, "currency": "USD"}, "owner": "ada@plane.example", "token": "s3cr3t-value"});
    let (url, fold) = ("https://api.plane.example/v1/wallet", "https://api.plane.example/v1/folds");
    json!({"log": {"version": "1.2", "creator": {"name": "t", "version": "1"}, "entries": [
        entry("GET", "https://cdn.example/config.json", None, None, 200, &json!({"balance": true, "credits": 5})),
        entry("GET", url, Some(KEY), None, 200, &balance(90)),
        entry("POST", fold, Some(KEY), Some(&json!({"paper": "A4", "note": KEY})), 201, &json!({"id": "fold_9f8e7d6c5b4a", "credits_charged": 4})),
        entry("GET", url, Some(KEY), None, 200, &balance(86)),
        entry("GET", url, Some("pk_wrong_0000000"), None, 401, &json!({"error": {"code": "bad_key"}})),
        entry("POST", fold, Some(KEY), Some(&json!({"paper": "A4"})), 402, &json!({"error": {"code": "no_credits"}})),
        entry("GET", &format!("{fold}/481516"), Some(KEY), None, 200, &json!({"id": "481516"})),
    ]}})
}

fn draft(folder: &Folder, files: &[(&str, &str)], options: &InitOptions) -> Result<Draft, InitError> {
    let paths: Vec<PathBuf> = files.iter().map(|(name, text)| folder.write(name, text)).collect();
    init::init_examples(&paths, options)
}

#[test]
fn archive_gives_operations_credential_locator_and_conditions_as_observations() {
    let folder = Folder::new();
    let draft = draft(&folder, &[("a.har", &traffic().to_string())], &InitOptions::default()).unwrap();
    let made = contract(&draft);
    assert_eq!(made.server_url(), "https://api.plane.example");
    assert_eq!(operation(&made, Role::Balance).as_deref(), Some("GET /v1/wallet"));
    assert_eq!(operation(&made, Role::Spend).as_deref(), Some("POST /v1/folds"));
    assert_eq!(remaining(&made).as_deref(), Some("/wallet/balance"));
    assert_eq!(made.credential_place().unwrap().describe(), "`Authorization: Bearer …`");
    assert!(place(&draft, "balance").unwrap().contains("a.har, entry 2 and 2 more"), "{:?}", draft.found);

    let balance = made.operation(Role::Balance).unwrap();
    assert!(balance.conditions.contains_key(&Condition::CredentialUnknown));
    assert!(
        !balance.conditions.contains_key(&Condition::CredentialMissing),
        "a request without a credential was not recorded"
    );
    // Nothing of it binds anybody.
    let promises = made
        .operations
        .iter()
        .flat_map(|operation| operation.conditions.values().map(|answer| &answer.promise).chain([&operation.promise]));
    assert!(promises.chain([&made.credential.as_ref().unwrap().required]).all(|promise| promise.level == Level::May));
}

#[test]
fn credentials_and_addresses_do_not_reach_a_draft() {
    let folder = Folder::new();
    let draft = draft(&folder, &[("a.har", &traffic().to_string())], &InitOptions::default()).unwrap();
    let all = format!("{} {:?} {:?}", draft.text, draft.found, draft.rejected);
    for secret in [KEY, "pk_wrong", "ada@", "s3cr3t"] {
        assert!(!all.contains(secret), "{secret}: {all}");
    }
    assert!(draft.text.contains("user@example.com"), "{}", draft.text);
}

#[test]
fn saved_responses_give_paths_by_their_names() {
    let folder = Folder::new();
    let files = [
        ("credits.json", r#"{"remaining": 12, "limit": 100}"#),
        ("credits.401.json", r#"{"error": "unauthorized"}"#),
        (
            "generate.http",
            "POST /v1/generate HTTP/1.1\r\nHost: api.plane.example\r\nX-API-Key: pk_live_51c8d2e9f0\r\nContent-Type: application/json\r\n\r\n{\"prompt\":\"x\"}\r\n\r\nHTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{\"credits_used\": 1}",
        ),
    ];
    let draft = draft(&folder, &files, &InitOptions::default()).unwrap();
    let made = contract(&draft);
    assert_eq!(operation(&made, Role::Balance).as_deref(), Some("GET /credits"));
    assert_eq!(remaining(&made).as_deref(), Some("/remaining"));
    assert!(draft.text.contains("FILL IN: the method and the path of each operation"), "{}", draft.text);
    assert!(draft.text.contains("FILL IN: the address of the server"), "{}", draft.text);
    assert!(place(&draft, "remaining").unwrap().ends_with("credits.json"), "{:?}", draft.found);
}

#[test]
fn operation_that_is_asked_for_decides_the_server() {
    let folder = Folder::new();
    let options = InitOptions { balance: Some("GET /config.json".to_owned()), ..InitOptions::default() };
    let draft = draft(&folder, &[("a.har", &traffic().to_string())], &options).unwrap();
    assert_eq!(contract(&draft).server_url(), "https://cdn.example");
}

#[test]
fn files_without_traffic_are_refused_with_a_reason() {
    let folder = Folder::new();
    for (text, said) in [
        ("", "neither an HTTP archive"),
        ("hello", "neither an HTTP archive"),
        (r#"{"log": {"entries": []}}"#, "has no entries"),
        (r#"{"log": {"entries": 7}}"#, "is an array"),
        (r#"{"log": {"entries": [1, {"request": {}}]}}"#, "no entry"),
        ("HTTP/1.1 nothing\n\n{}", "status line"),
        ("GET / HTTP/1.1\nHost: a\n\n", "without a response"),
        (r#"{"openapi": "3.1.0"}"#, "without --examples"),
        (r#"{"name": "x"}"#, "no operation of"),
        ("[1,2,3]", "no operation of"),
    ] {
        let error = draft(&folder, &[("a.har", text)], &InitOptions::default()).unwrap_err().to_string();
        assert!(error.contains(said), "{text}: {error}");
    }
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(draft(&folder, &[("deep.json", &deep)], &InitOptions::default()).is_err());
    assert!(init::init_examples(&[folder.path("absent.har")], &InitOptions::default()).is_err());
    std::fs::write(folder.path("binary"), [0xff, 0xfe, 0x00]).unwrap();
    assert!(
        init::init_examples(&[folder.path("binary")], &InitOptions::default())
            .unwrap_err()
            .to_string()
            .contains("UTF-8")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn recorded_draft_passes_its_selftest() {
    let folder = Folder::new();
    let draft = draft(&folder, &[("a.har", &traffic().to_string())], &InitOptions::default()).unwrap();
    let options = RunOptions { seed: Some(1), jobs: Some(4), ..RunOptions::default() };
    let selftest = run::selftest(&[Arc::new(contract(&draft))], &options).await.unwrap();
    let wrong: Vec<String> = selftest
        .rows
        .iter()
        .filter(|row| !row.holds())
        .map(|row| {
            format!(
                "{}: {:?} {:?}",
                row.check,
                row.conforming.verdict,
                row.missed().map(|(name, _)| name).collect::<Vec<_>>()
            )
        })
        .collect();
    assert!(wrong.is_empty(), "{}\n{}", wrong.join("\n"), draft.text);
}
