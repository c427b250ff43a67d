//! The format for code scanning: SARIF 2.1.0.
//!
//! A finding has no line in a file. Its location is the operation, with the HTTP exchange that shows it.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::finding::{self, Paint};
use super::{RenderError, View, json as json_format, words};
use crate::checks::Verdict;
use crate::contract::Level;
use crate::exchange::Recorded;
use crate::run::{CheckResult, Report};

/// Renders the report as SARIF.
///
/// # Errors
/// Never in practice: the report is plain data.
pub(crate) fn render(report: &Report, _: &View) -> Result<String, RenderError> {
    let mut rules: Vec<Value> = Vec::new();
    let mut index_of: BTreeMap<&str, usize> = BTreeMap::new();
    for check in &report.checks {
        index_of.entry(&check.id).or_insert_with(|| {
            rules.push(rule(check));
            rules.len() - 1
        });
    }
    let judged = |check: &&CheckResult| check.verdict != Verdict::Error;
    let results: Vec<Value> =
        report.checks.iter().filter(judged).map(|check| result(report, check, index_of[check.id.as_str()])).collect();
    let broken: Vec<Value> = report.checks.iter().filter(|check| !judged(check)).map(notification).collect();
    let mut document = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {"name": "ringtrue", "semanticVersion": report.ringtrue, "rules": rules}},
            "invocations": [{
                "executionSuccessful": broken.is_empty(),
                "startTimeUtc": report.started_at,
                "toolExecutionNotifications": broken,
            }],
            "webRequests": report.exchanges.iter().enumerate().map(web_request).collect::<Vec<_>>(),
            "webResponses": report.exchanges.iter().enumerate().map(web_response).collect::<Vec<_>>(),
            "results": results,
            "properties": {
                "seed": report.seed.to_string(),
                "contract": report.contract.name,
                "contractDigest": report.contract.digest,
                "subject": report.subject.kind,
                "target": report.subject.target,
                "outcome": words::outcome(report.outcome),
            },
        }],
    });
    if let Some(shards) = words::shards(report) {
        document["runs"][0]["properties"]["shards"] = shards.into();
    }
    json_format::pretty(&document)
}

fn rule(check: &CheckResult) -> Value {
    let mut rule = json!({"id": check.id, "defaultConfiguration": {"level": severity(check.level)}});
    if let Some(source) = &check.source {
        rule["fullDescription"] = json!({"text": source.quote});
        rule["help"] = json!({"text": format!("Promised in {}.", source.document)});
    }
    rule
}

fn severity(level: Level) -> &'static str {
    match level {
        Level::Must => "error",
        Level::Should => "warning",
        Level::May => "note",
    }
}

fn result(report: &Report, check: &CheckResult, rule: usize) -> Value {
    let (kind, level) = match check.verdict {
        Verdict::Fail => ("fail", "error"),
        Verdict::Warn => ("fail", "warning"),
        Verdict::Info => ("informational", "none"),
        Verdict::Pass => ("pass", "none"),
        Verdict::NotApplicable => ("notApplicable", "none"),
        Verdict::CouldNotRun | Verdict::Inconclusive | Verdict::Error => ("open", "none"),
    };
    let text = match finding::text(report, check, Paint::PLAIN) {
        empty if empty.is_empty() => words::verdict(check.verdict),
        text => text,
    };
    let mut result = Map::new();
    result.insert("ruleId".to_owned(), json!(check.id));
    result.insert("ruleIndex".to_owned(), json!(rule));
    result.insert("kind".to_owned(), json!(kind));
    result.insert("level".to_owned(), json!(level));
    result.insert("message".to_owned(), json!({"text": text}));
    if let Some(operation) = &check.operation {
        let location = json!({"logicalLocations": [{"fullyQualifiedName": operation, "kind": "resource"}]});
        result.insert("locations".to_owned(), json!([location]));
    }
    if let Some(index) = check.exchanges.first().and_then(|n| report.exchanges.iter().position(|have| have.n == *n)) {
        result.insert("webRequest".to_owned(), json!({"index": index}));
        result.insert("webResponse".to_owned(), json!({"index": index}));
    }
    if check.baselined {
        result.insert("suppressions".to_owned(), json!([{"kind": "external", "status": "accepted"}]));
    }
    result.insert("properties".to_owned(), json!({"verdict": check.verdict, "timeBasis": check.time_basis}));
    Value::Object(result)
}

fn notification(check: &CheckResult) -> Value {
    let text = check.reason.as_deref().unwrap_or("the harness failed");
    json!({"level": "error", "message": {"text": text}, "associatedRule": {"id": check.id}})
}

fn web_request((index, exchange): (usize, &Recorded)) -> Value {
    let request = &exchange.request;
    let mut value = json!({
        "index": index,
        "method": request.method,
        "target": request.url,
        "headers": fields(&request.headers),
    });
    if let Some(body) = &request.body {
        value["body"] = json!({"text": body});
    }
    value
}

fn web_response((index, exchange): (usize, &Recorded)) -> Value {
    match &exchange.response {
        Some(response) => json!({
            "index": index,
            "statusCode": response.status,
            "headers": fields(&response.headers),
            "body": {"text": response.body},
        }),
        None => json!({"index": index, "noResponseReceived": true}),
    }
}

/// Returns header fields as an object. Fields with the same name are joined, as RFC 9110, 5.3 allows.
fn fields(headers: &[(String, String)]) -> Value {
    let mut fields: Map<String, Value> = Map::new();
    for (name, value) in headers {
        let joined = match fields.get(name).and_then(Value::as_str) {
            Some(have) => format!("{have}, {value}"),
            None => value.clone(),
        };
        fields.insert(name.clone(), Value::String(joined));
    }
    Value::Object(fields)
}
