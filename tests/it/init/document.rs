//! From a document.

use std::sync::Arc;

use ringtrue::__cli::contract::{Condition, Grade, Level, Role};
use ringtrue::__cli::init::{InitError, InitOptions};
use ringtrue::__cli::run::{self, RunOptions};

use super::{Folder, contract, operation, place, remaining};

/// A provider that documents most of what a contract has.
const FULL: &str = include_str!("../../../examples/documents/paper-plane.yaml");

fn plain() -> InitOptions {
    InitOptions::default()
}

#[test]
fn draft_has_what_the_document_says_with_its_place() {
    let folder = Folder::new();
    let draft = folder.draft(FULL, &plain()).unwrap();
    let made = contract(&draft);
    assert_eq!(draft.name, "paper-plane-api");
    assert_eq!(operation(&made, Role::Balance).as_deref(), Some("GET /credits"));
    assert_eq!(operation(&made, Role::Spend).as_deref(), Some("POST /folds"));
    assert_eq!(operation(&made, Role::Refresh).as_deref(), Some("POST /credits/refresh"));
    assert_eq!(operation(&made, Role::Health).as_deref(), Some("GET /key/validate"));
    assert_eq!(remaining(&made).as_deref(), Some("/credits_remaining"));
    let balance = made.operation(Role::Balance).unwrap();
    assert_eq!(balance.fields.total.as_ref().unwrap().pointer.as_deref(), Some("/credits_total"));
    assert_eq!(balance.free.as_ref().unwrap().quote, "This call does not consume credits.");
    assert_eq!(made.credential_place().unwrap().describe(), "the header field `X-Plane-Key`");

    let spend = made.operation(Role::Spend).unwrap();
    assert_eq!(spend.cost.as_ref().unwrap().amount.unwrap().to_string(), "3");
    assert_eq!(spend.cost.as_ref().unwrap().promise.quote, "Each fold costs 3 credits.");
    let exhausted = &spend.conditions[&Condition::Exhausted];
    assert_eq!(
        (exhausted.canonical_status, exhausted.promise.level, exhausted.promise.grade),
        (402, Level::Must, Grade::Documentation)
    );
    assert_eq!(exhausted.code, None, "an example promises no code");
    assert_eq!(balance.conditions[&Condition::CredentialUnknown].canonical_status, 401);
    assert_eq!(
        balance.conditions[&Condition::BackendDown].promise.level,
        Level::May,
        "what a 503 is for was concluded"
    );
    let rule = made.caching.server.as_ref().unwrap();
    assert_eq!(
        (rule.max_ttl_ms, rule.promise.quote.as_str()),
        (Some(300_000), "The balance is cached for up to 5 minutes.")
    );

    // Origins, certainty, gaps and what was not taken.
    assert!(place(&draft, "balance").unwrap().starts_with("#/paths/~1credits/get, line "), "{:?}", draft.found);
    assert!(place(&draft, "credential").unwrap().starts_with("#/security"), "{:?}", draft.found);
    assert!(draft.found.iter().all(|line| ["certain", "likely", "a guess"].contains(&line.sure)));
    assert!(draft.text.contains("60 requests per minute"), "{}", draft.text);
    assert!(draft.text.contains("# FILL IN: `failure`") && draft.to_fill_in > 0);
    assert!(draft.text.contains("add `code: out_of_credits` if a source promises it"), "{}", draft.text);
    assert!(
        draft.rejected.iter().any(|line| line.starts_with("balance: GET /credits/history")),
        "{:?}",
        draft.rejected
    );
}

#[test]
fn options_go_before_guesses() {
    let folder = Folder::new();
    let options = InitOptions {
        balance: Some("listCreditTransactions".to_owned()),
        spend: Some("none".to_owned()),
        refresh: Some("none".to_owned()),
        health: Some("GET /credits".to_owned()),
    };
    let draft = folder.draft(FULL, &options).unwrap();
    let made = contract(&draft);
    assert_eq!(operation(&made, Role::Balance).as_deref(), Some("GET /credits/history"));
    assert_eq!(remaining(&made).as_deref(), Some("/balance"));
    assert_eq!((operation(&made, Role::Spend), operation(&made, Role::Refresh)), (None, None));
    assert_eq!(operation(&made, Role::Health).as_deref(), Some("GET /credits"));
    assert!(draft.text.contains("FILL IN: an operation that spends credits"), "{}", draft.text);
    assert!(draft.rejected.iter().any(|line| line.starts_with("spend: POST /folds")), "{:?}", draft.rejected);
}

#[test]
fn operation_that_does_not_exist_is_named_with_those_that_do() {
    let folder = Folder::new();
    let options = InitOptions { balance: Some("GET /credit".to_owned()), ..plain() };
    let error = folder.draft(FULL, &options).unwrap_err();
    assert!(matches!(error, InitError::NoOperation { .. }));
    let said = error.to_string();
    assert!(
        said.contains("--balance: no operation is called `GET /credit`") && said.contains("GET /credits\n"),
        "{said}"
    );
}

#[test]
fn document_without_a_balance_says_what_was_looked_at() {
    let folder = Folder::new();
    let text = FULL.replace("credit", "page").replace("Credit", "Page").replace("balance", "book");
    let said = folder.draft(&text, &plain()).unwrap_err().to_string();
    assert!(
        said.contains("no operation of") && said.contains("looked at 5 operations") && said.contains("--balance"),
        "{said}"
    );
}

#[test]
fn contract_is_not_drafted_again() {
    let folder = Folder::new();
    let draft = folder.draft(FULL, &plain()).unwrap();
    let again = folder.draft(&draft.text, &plain()).unwrap_err();
    assert!(matches!(again, InitError::IsContract { .. }), "{again}");
}

#[test]
fn locators_of_other_shapes_are_found() {
    let body = |properties: &str| {
        format!(
            "openapi: 3.1.0\ninfo: {{title: T, version: '1'}}\npaths:\n  /v1/user/balance:\n    get:\n      summary: Balance\n      \
             responses:\n        '200':\n          description: ok\n          content:\n            application/json:\n              \
             schema: {{type: object, properties: {properties}}}\n"
        )
    };
    for (properties, pointer, minus) in [
        ("{limit_credits: {type: integer}, used_credits: {type: integer}}", "/limit_credits", Some("/used_credits")),
        (
            "{data: {type: object, properties: {available_balance: {type: number}, cash_balance: {type: number}}}}",
            "/data/available_balance",
            None,
        ),
        ("{balance: {type: string, example: '10.50'}, currency: {type: string}}", "/balance", None),
        (
            "{id: {type: string}, remainingCredits: {type: number}, planCredits: {type: number}}",
            "/remainingCredits",
            None,
        ),
        (
            "{reset_seconds: {type: integer}, credits: {type: integer}, rate_limit_remaining: {type: integer}}",
            "/credits",
            None,
        ),
    ] {
        let draft = Folder::new().draft(&body(properties), &plain()).unwrap();
        let made = contract(&draft);
        let found = made.operation(Role::Balance).unwrap().fields.remaining.clone().unwrap();
        assert_eq!((found.pointer.as_deref(), found.minus.as_deref()), (Some(pointer), minus), "{properties}");
    }
    let flag = contract(&Folder::new().draft(&body("{allowed: {type: boolean}}"), &plain()).unwrap());
    assert_eq!(
        flag.operation(Role::Balance).unwrap().fields.allowed.as_ref().unwrap().pointer.as_deref(),
        Some("/allowed")
    );
}

#[test]
fn credential_is_found_where_no_security_scheme_declares_it() {
    let document = |parameters: &str, description: &str| {
        format!(
            "openapi: 3.1.0\ninfo: {{title: T, version: '1', description: {description}}}\npaths:\n  /credits:\n    get:\n      \
             parameters: {parameters}\n      responses:\n        '200':\n          description: ok\n          content:\n            \
             application/json:\n              schema: {{type: object, properties: {{credits: {{type: integer}}}}}}\n"
        )
    };
    for (parameters, description, place) in [
        ("[{name: api_key, in: query, required: true, schema: {type: string}}]", "x", "the query parameter `api_key`"),
        ("[{name: xi-api-key, in: header, schema: {type: string}}]", "x", "the header field `xi-api-key`"),
        (
            "[{name: Authorization, in: header, required: true, description: 'Use `Authorization: Token <KEY>`', schema: {type: string}}]",
            "x",
            "`Authorization: Token …`",
        ),
        ("[]", "'Send `Authorization: Bearer <KEY>` with each request.'", "`Authorization: Bearer …`"),
    ] {
        let made = contract(&Folder::new().draft(&document(parameters, description), &plain()).unwrap());
        assert_eq!(made.credential_place().unwrap().describe(), place);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn draft_passes_its_selftest_and_its_stand_in_conforms() {
    let draft = Folder::new().draft(FULL, &plain()).unwrap();
    let made = Arc::new(contract(&draft));
    let options = RunOptions { seed: Some(1), jobs: Some(4), ..RunOptions::default() };
    let selftest = run::selftest(&[made], &options).await.unwrap();
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
    assert!(selftest.rows.len() > 50);
}
