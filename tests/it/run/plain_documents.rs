//! Documents without the extension: each is kept by its own stand-in, and what breaks it is found.

use ringtrue::__cli::checks::Verdict;
use ringtrue::__cli::run::Report;

use crate::contract::support::Folder;

const HEAD: &str = "openapi: 3.0.3\ninfo: {title: Plain, version: '1'}\n";

async fn judged(document: &str) -> Report {
    let folder = Folder::yaml(document);
    assert_eq!(folder.diagnostics(), [] as [&str; 0]);
    let path = format!("{}/openapi.yaml", folder.path());
    ringtrue::server(&path).seed(1).run().await.unwrap()
}

async fn kept(rest: &str) -> Report {
    let report = judged(&format!("{HEAD}{rest}")).await;
    let wrong = |verdict| !matches!(verdict, Verdict::Pass | Verdict::NotApplicable);
    let accused: Vec<_> = report.checks.iter().filter(|check| wrong(check.verdict)).collect();
    assert!(accused.is_empty(), "{rest}\n{accused:?}");
    report
}

const CREDITS: &str = "security: [{key: []}]
paths:
  /credits:
    get:
      responses:
        '200':
          description: ok
          headers: {X-Left: {required: true, schema: {type: integer}}}
          content: {application/json: {schema: {type: object, required: [remaining], properties: {remaining: {type: integer}}}}}
        '401':
          description: no
          content: {application/json: {schema: {type: object, required: [error], properties: {error: {type: string}}}}}
components: {securitySchemes: {key: {type: http, scheme: bearer}}}
";

#[tokio::test(flavor = "multi_thread")]
async fn stand_in_without_examples_keeps_its_document() {
    let report = kept(CREDITS).await;
    for id in ["shape.body", "shape.headers", "auth.missing-key"] {
        assert!(report.checks.iter().any(|check| check.id == id && check.verdict == Verdict::Pass), "{id}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn stand_in_sends_documented_statuses_only() {
    kept("paths: {/a: {get: {responses: {'307': {description: elsewhere}, '404': {description: none}}}}}").await;
    kept("paths: {/a: {get: {responses: {2XX: {description: ok, content: {'*/*': {schema: {type: object}}}}}}}}").await;
    kept("paths: {/a: {get: {responses: {default: {description: ok, content: {text/plain: {schema: {type: string}}}}}}}}").await;
    kept("paths: {/a: {get: {responses: {'204': {description: nothing}}}}}").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn optional_body_of_a_read_is_left_out() {
    kept(
        "paths:
  /usage:
    get:
      requestBody: {required: false, content: {application/json: {schema: {type: object, properties: {since: {type: string}}}}}}
      responses: {'200': {description: ok, content: {application/json: {schema: {type: object}}}}}",
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_path_belongs_to_no_template() {
    kept(
        "paths:
  /files/{name}:
    parameters: [{name: name, in: path, required: true, schema: {type: string}}]
    get: {responses: {'200': {description: ok, content: {application/json: {schema: {type: object}, example: {size: 1}}}}}}
  /{a}/{b}:
    parameters: [{name: a, in: path, required: true, schema: {type: string}}, {name: b, in: path, required: true, schema: {type: string}}]
    get: {responses: {'200': {description: ok}}}",
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn document_without_reads_is_not_incomplete() {
    kept("paths: {/a: {post: {responses: {'200': {description: ok}}}}}").await;
}

#[test]
fn made_up_parameters_satisfy_their_schemas() {
    let folder = Folder::yaml(&format!(
        "{HEAD}paths:
  /f/{{id}}:
    parameters:
    - {{name: id, in: path, required: true, schema: {{type: string, pattern: '^file-[a-z]{{4}}$'}}}}
    - {{name: mode, in: query, required: true, schema: {{type: string, enum: [fast, slow]}}}}
    - {{name: at, in: query, required: true, schema: {{type: string, format: ipv4}}}}
    get: {{responses: {{'200': {{description: ok}}}}}}
"
    ));
    let contract = folder.load().unwrap();
    let path = &contract.operations[0].example_path;
    let id = path.strip_prefix("/f/file-").and_then(|rest| rest.strip_suffix("?mode=fast&at=192.0.2.1"));
    assert!(id.is_some_and(|id| id.len() == 4), "{path}");
}

#[test]
fn merge_key_takes_a_list_and_earlier_maps_win() {
    let folder = Folder::yaml(&format!(
        "{HEAD}x-a: &a {{summary: one}}
x-b: &b {{summary: two, operationId: read}}
paths:
  /c:
    get:
      <<: [*a, *b]
      responses: {{'200': {{description: ok}}}}
"
    ));
    assert_eq!(folder.diagnostics(), [] as [&str; 0]);
    let operation = folder.load().unwrap().operations[0].clone();
    assert!(operation.id == "read" && operation.promise.quote.contains("one"), "{}", operation.promise.quote);
}

#[test]
fn operation_that_is_a_reference_is_reported() {
    let folder = Folder::yaml(&format!(
        "{HEAD}paths:
  /a: {{get: {{responses: {{'200': {{description: ok}}}}}}}}
  /b: {{get: {{$ref: '#/paths/~1a/get'}}}}
"
    ));
    let found = folder.diagnostics();
    assert!(found.iter().any(|line| line.contains("an operation cannot be a reference")), "{found:?}");
}
