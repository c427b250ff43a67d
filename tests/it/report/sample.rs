//! A report made by hand that has every verdict in it, and a server that means harm.

use ringtrue::__cli::checks::{TimeBasis, Verdict};
use ringtrue::__cli::contract::{Grade, Level};
use ringtrue::__cli::exchange::{Recorded, RecordedRequest, RecordedResponse};
use ringtrue::__cli::run::{CheckResult, Counts, Outcome, PromiseSource, Report, SCHEMA};
use serde_json::json;

/// A check with this result, and nothing else.
pub(crate) fn check(id: &str, level: Level, verdict: Verdict, reason: Option<&str>) -> CheckResult {
    let check = json!({
        "id": id, "level": level, "verdict": verdict, "time_basis": TimeBasis::None, "reason": reason, "exchanges": [],
        "baselined": false,
    });
    serde_json::from_value(check).unwrap()
}

/// The check with some members changed.
pub(crate) fn with(mut check: CheckResult, change: impl FnOnce(&mut CheckResult)) -> CheckResult {
    change(&mut check);
    check
}

pub(crate) fn source(quote: &str) -> Option<PromiseSource> {
    let source = json!({ "document": "acme-docs", "quote": quote, "grade": Grade::Documentation });
    serde_json::from_value(source).unwrap()
}

fn headers(list: &[(&str, &str)]) -> Vec<(String, String)> {
    list.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn exchanges() -> Vec<Recorded> {
    let get = |key: &str| RecordedRequest {
        method: "GET".to_owned(),
        url: "http://127.0.0.1:8080/v1/credits?shop=a%20b".to_owned(),
        headers: headers(&[("X-API-Key", key), ("accept", "application/json")]),
        body: None,
    };
    vec![
        Recorded {
            n: 3,
            request: get(""),
            response: Some(RecordedResponse {
                status: 200,
                headers: headers(&[
                    ("content-type", "application/json"),
                    ("x-title", "\u{1b}]0;owned\u{7}"),
                    ("set-cookie", "a=1"),
                    ("set-cookie", "b=2"),
                ]),
                body:
                    "{\"credits\": 5,\r\n \"evil\": \"\u{1b}[2J\u{9b}31m</pre><script>alert(1)</script>]]>\u{202e}\"}"
                        .to_owned(),
            }),
            failure: None,
            elapsed_us: 412,
        },
        Recorded {
            n: 7,
            request: RecordedRequest {
                method: "POST".to_owned(),
                url: "http://127.0.0.1:8080/v1/jobs".to_owned(),
                headers: headers(&[("content-type", "application/json")]),
                body: Some("{\"prompt\":\"a & b\"}".to_owned()),
            },
            response: None,
            failure: Some("no complete response within 500 ms".to_owned()),
            elapsed_us: 500_123,
        },
    ]
}

/// A report with every verdict.
pub(crate) fn every_verdict() -> Report {
    let checks = vec![
        with(check("shape.body", Level::Must, Verdict::Pass, None), |check| {
            check.operation = Some("GET /v1/credits".to_owned());
            check.source = source("The answer is a JSON object.");
        }),
        check("shape.headers", Level::May, Verdict::NotApplicable, Some("the contract documents no header field")),
        with(check("auth.missing-key", Level::Must, Verdict::Fail, None), |check| {
            check.operation = Some("GET /v1/credits".to_owned());
            check.source = source("Requests without a key get <401> & no balance, 100% of the time.");
            check.reason = Some("expected 401, found 200\nbody: {\"evil\": \"\u{1b}[2J\"}".to_owned());
            check.steps = vec!["asked without a key".to_owned(), "got a balance: 5\u{8}6".to_owned()];
            check.exchanges = vec![3];
            check.reproduce = Some("curl -sS -D- 'http://127.0.0.1:8080/v1/credits'".to_owned());
            check.notes = vec!["the same with an empty key".to_owned()];
        }),
        with(check("auth.wrong-scheme", Level::Must, Verdict::Fail, Some("expected 401, found 500")), |check| {
            check.baselined = true;
        }),
        check(
            "auth.revoked",
            Level::Must,
            Verdict::CouldNotRun,
            Some("the state `key.revoked` is needed\n\n#!/bin/sh\n# paste me\nread -r request\n"),
        ),
        check(
            "auth.expired",
            Level::Should,
            Verdict::CouldNotRun,
            Some("the state `key.expired` is needed\n\n#!/bin/sh\n# paste me\nread -r request\n"),
        ),
        with(check("cache.ttl", Level::Should, Verdict::Warn, Some("served for 125 s, promised 120 s")), |check| {
            check.time_basis = TimeBasis::Virtual;
            check.source = source("Balances are cached for two minutes.");
        }),
        check("cache.etag", Level::May, Verdict::Info, Some("an ETag is sent, and promised nowhere")),
        with(check("fail-open.allowed", Level::Must, Verdict::Inconclusive, Some("not reproducible")), |check| {
            check.exchanges = vec![7, 3];
        }),
        check("robust.oversized", Level::Must, Verdict::Error, Some("the state handler answered with nonsense")),
    ];
    report(&checks, &exchanges(), Outcome::NonConformant)
}

/// A report of a server that keeps its promises.
pub(crate) fn conformant() -> Report {
    let pass = |id: &str| check(id, Level::Must, Verdict::Pass, None);
    let checks = vec![pass("shape.body"), pass("shape.status"), pass("auth.missing-key")];
    report(&checks, &[], Outcome::Conformant)
}

pub(crate) fn report(checks: &[CheckResult], exchanges: &[Recorded], outcome: Outcome) -> Report {
    let report = json!({
        "schema": SCHEMA,
        "ringtrue": "0.1.0",
        "seed": 42,
        "started_at": "2026-01-02T03:04:05Z",
        "duration_ms": 812,
        "contract": { "name": "acme", "digest": format!("sha256:{}", "0a".repeat(32)) },
        "subject": { "kind": "server", "target": "http://127.0.0.1:8080" },
        "outcome": outcome,
        "counts": Counts::of(checks),
        "checks": checks,
        "exchanges": exchanges,
    });
    serde_json::from_value(report).unwrap()
}
