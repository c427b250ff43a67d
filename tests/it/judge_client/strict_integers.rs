//! A correct client that reads integers of 64 bits, as Go and Rust do, for every way in which a schema can say "integer".

use std::time::Duration;

use ringtrue::__cli::checks::Verdict;
use ringtrue::__cli::client::{Balance, CallResult, ClientError, Config, CreditClient, ErrorClass};
use serde_json::Value;

/// A client that takes the digits of an integer, and nothing else.
struct StrictClient {
    http: reqwest::Client,
    config: Config,
    pointer: &'static str,
}

impl CreditClient for StrictClient {
    async fn check(&self) -> CallResult {
        let failed = |class, text: &str| ClientError::new(class, text);
        let key = self.config.key.as_ref().map(ringtrue::client::Secret::expose).unwrap_or_default();
        let request = self.http.get(format!("{}/b", self.config.base_url)).bearer_auth(key);
        let response = request.send().await.map_err(|error| {
            failed(if error.is_timeout() { ErrorClass::Timeout } else { ErrorClass::Network }, "no response")
        })?;
        if !response.status().is_success() {
            return Err(failed(ErrorClass::Server, "an error"));
        }
        let text = response.text().await.map_err(|_| failed(ErrorClass::Network, "cut off"))?;
        let body: Value = serde_json::from_str(&text).map_err(|_| failed(ErrorClass::Malformed, "no JSON"))?;
        if body.pointer(self.pointer) == Some(&Value::Null) {
            return Ok(Balance::default());
        }
        let remaining = body.pointer(self.pointer).and_then(Value::as_i64);
        let remaining = remaining.ok_or_else(|| failed(ErrorClass::Malformed, "no integer"))?;
        Ok(Balance { remaining: Some(remaining.into()), ..Balance::default() })
    }
}

fn document(pointer: &str, schema: &str, example: &str) -> String {
    format!(
        "openapi: 3.1.0
info: {{title: Integers, version: '1'}}
servers: [{{url: 'https://a.example'}}]
security: [{{key: []}}]
x-conformance:
  version: 1
  sources: {{d: {{title: D, url: 'https://d.example'}}}}
  credential: {{scheme: key, required: {{level: must, grade: primary, document: d, quote: q}}}}
paths:
  /b:
    get:
      x-conformance: {{role: balance, fields: {{remaining: {{pointer: {pointer}, unknown: null}}}}}}
      responses:
        '200': {{description: ok, content: {{application/json: {{schema: {schema}, example: {example}}}}}}}
components:
  securitySchemes: {{key: {{type: http, scheme: bearer}}}}
  schemas:
    Row: {{type: object, required: [a], properties: {{a: {{type: integer}}, n: {{type: integer}}}}}}
"
    )
}

async fn spared(pointer: &'static str, schema: &str, example: &str) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("integers.yaml");
    std::fs::write(&path, document(pointer, schema, example)).unwrap();
    // Plain HTTP still wants a provider; a second installation fails, and does no harm.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let no_redirect = reqwest::redirect::Policy::none();
    let http = reqwest::Client::builder().redirect(no_redirect).timeout(Duration::from_secs(5)).build().unwrap();
    for seed in [3, 42] {
        let http = http.clone();
        let open = move |config: Config| StrictClient { http: http.clone(), config, pointer };
        let test = ringtrue::client(path.to_str().unwrap(), open).only("shape.decoded").only("shape.any-balance");
        let report = test.seed(seed).run().await.unwrap();
        let accused: Vec<_> = report.checks.iter().filter(|check| check.verdict != Verdict::Pass).collect();
        assert!(accused.is_empty(), "{schema} with seed {seed}: {accused:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn integer_by_type_list_choice_or_step_is_delivered_in_digits() {
    for leaf in [
        "{type: integer}",
        "{type: [integer, 'null']}",
        "{anyOf: [{type: integer}, {type: 'null'}]}",
        "{oneOf: [{type: integer}, {type: string}]}",
        "{allOf: [{type: integer}, {minimum: 0}]}",
        "{type: number, multipleOf: 1}",
        "{type: integer, format: int32}",
    ] {
        spared("/a", &format!("{{type: object, required: [a], properties: {{a: {leaf}}}}}"), "{a: 5}").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn integer_behind_references_and_in_arrays_is_delivered_in_digits() {
    let row = "{$ref: '#/components/schemas/Row'}";
    spared("/a", row, "{a: 5}").await;
    spared("/a", &format!("{{allOf: [{row}]}}"), "{a: 5}").await;
    spared("/0/a", &format!("{{type: array, minItems: 1, items: {row}}}"), "[{a: 5}]").await;
    let list =
        format!("{{type: object, required: [l], properties: {{l: {{type: array, minItems: 1, items: {row}}}}}}}");
    spared("/l/0/a", &list, "{l: [{a: 5}]}").await;
}
