//! The format for tools that show HTTP exchanges: HTTP Archive 1.2.

use serde_json::{Value, json};

use super::{RenderError, View, json as json_format, words};
use crate::exchange::{Recorded, RecordedRequest, RecordedResponse};
use crate::run::Report;

/// Renders the exchanges of the report as an HTTP Archive.
///
/// # Errors
/// Never in practice: the report is plain data.
pub(crate) fn render(report: &Report, _: &View) -> Result<String, RenderError> {
    let entries: Vec<Value> = report.exchanges.iter().map(|exchange| entry(report, exchange)).collect();
    json_format::pretty(&json!({
        "log": {
            "version": "1.2",
            "creator": {"name": "ringtrue", "version": report.ringtrue},
            "comment": format!("{}, {}, seed {}", report.contract.name, report.subject.target, report.seed),
            "entries": entries,
        },
    }))
}

fn entry(report: &Report, exchange: &Recorded) -> Value {
    let checks: Vec<String> = report
        .checks
        .iter()
        .filter(|check| check.exchanges.contains(&exchange.n))
        .map(|check| format!("{}: {}", check.id, words::verdict(check.verdict)))
        .collect();
    let ms = std::time::Duration::from_micros(exchange.elapsed_us).as_secs_f64() * 1000.0;
    json!({
        // The format requires a time; the start of each exchange is not recorded.
        "startedDateTime": report.started_at,
        "time": ms,
        "request": request(&exchange.request),
        "response": exchange.response.as_ref().map_or_else(|| no_response(exchange), response),
        "cache": {},
        "timings": {"send": 0, "wait": ms, "receive": 0},
        "comment": format!("#{} {}", exchange.n, checks.join(", ")).trim_end(),
    })
}

fn request(request: &RecordedRequest) -> Value {
    let query: Vec<Value> = url::Url::parse(&request.url)
        .map(|url| url.query_pairs().map(|(name, value)| json!({"name": name, "value": value})).collect())
        .unwrap_or_default();
    let mut value = json!({
        "method": request.method,
        "url": request.url,
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": fields(&request.headers),
        "queryString": query,
        "headersSize": -1,
        "bodySize": request.body.as_ref().map_or(0, String::len),
    });
    if let Some(body) = &request.body {
        value["postData"] = json!({"mimeType": media_type(&request.headers), "params": [], "text": body});
    }
    value
}

fn response(response: &RecordedResponse) -> Value {
    json!({
        "status": response.status,
        "statusText": "",
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": fields(&response.headers),
        "content": {
            "size": response.body.len(),
            "mimeType": media_type(&response.headers),
            "text": response.body,
        },
        "redirectURL": header(&response.headers, "location"),
        "headersSize": -1,
        "bodySize": -1,
    })
}

/// The response of an exchange without one: status 0, as browsers write it.
fn no_response(exchange: &Recorded) -> Value {
    let failure = exchange.failure.as_deref().unwrap_or("no response");
    json!({
        "status": 0,
        "statusText": "",
        "httpVersion": "",
        "cookies": [],
        "headers": [],
        "content": {"size": 0, "mimeType": "x-unknown"},
        "redirectURL": "",
        "headersSize": -1,
        "bodySize": -1,
        "comment": failure,
    })
}

fn fields(headers: &[(String, String)]) -> Vec<Value> {
    headers.iter().map(|(name, value)| json!({"name": name, "value": value})).collect()
}

fn media_type(headers: &[(String, String)]) -> &str {
    match header(headers, "content-type") {
        "" => "x-unknown",
        given => given,
    }
}

fn header<'a>(headers: &'a [(String, String)], name: &str) -> &'a str {
    headers.iter().find(|(have, _)| have.eq_ignore_ascii_case(name)).map_or("", |(_, value)| value)
}
