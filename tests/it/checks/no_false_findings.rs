//! Servers and handlers that are right, each in its own way, and none of which may be accused.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use ringtrue::__cli::checks::Verdict;
use ringtrue::__cli::contract::{Condition, Contract, bundled};
use ringtrue::__cli::mock::{Provider, ProviderBehaviour, ProviderServer, Reply, ServerOptions};
use ringtrue::__cli::run::{self, Report, RunOptions, ServerTarget, Silent};
use serde_json::{Value, json};
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

/// A state handler that hands messages on to a stand-in, unless it has an answer of its own.
struct Handler {
    provider: Arc<Provider>,
    instead: fn(&mut Value) -> Option<Value>,
}

impl Respond for Handler {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let mut message: Value = request.body_json().unwrap();
        let answer = (self.instead)(&mut message).unwrap_or_else(|| self.provider.handle_state_message(&message));
        ResponseTemplate::new(200).set_body_json(answer)
    }
}

async fn judge(name: &str, behaviour: ProviderBehaviour, instead: fn(&mut Value) -> Option<Value>) -> Report {
    let contract = Arc::new(Contract::load(name).unwrap());
    let provider = Arc::new(Provider::with_behaviour(contract.clone(), behaviour));
    let states = MockServer::start().await;
    Mock::given(wiremock::matchers::any())
        .respond_with(Handler { provider: provider.clone(), instead })
        .mount(&states)
        .await;
    let server = ProviderServer::start(vec![provider], ServerOptions::default()).await.unwrap();
    let target = ServerTarget { url: Some(server.url(name)), states: Some(states.uri()), ..ServerTarget::default() };
    let options = RunOptions { only: vec!["{cache,fail-open,balance}.*".to_owned()], ..RunOptions::default() };
    run::server(contract, target, options, &Silent, std::future::pending()).await.unwrap()
}

fn accused(report: &Report) -> Vec<String> {
    let wrong = |verdict| matches!(verdict, Verdict::Fail | Verdict::Warn | Verdict::Info | Verdict::Error);
    let found = report.checks.iter().filter(|check| wrong(check.verdict));
    found.map(|check| format!("{} {}: {:?}", report.contract.name, check.id, check.reason)).collect()
}

fn verdict(report: &Report, id: &str) -> Verdict {
    report.checks.iter().find(|check| check.id == id).unwrap().verdict
}

fn is(message: &Value, state: &str) -> bool {
    message["state"] == state
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handler_without_a_clock() {
    for name in bundled() {
        let report = judge(&name, ProviderBehaviour::default(), |m| {
            is(m, "clock").then(|| json!({ "unsupported": "no clock" }))
        })
        .await;
        assert_eq!(accused(&report), Vec::<String>::new());
        assert_eq!(verdict(&report, "balance.exact"), Verdict::Pass);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unsaid_cache_without_a_clock_leaves_it_open() {
    let mut behaviour = ProviderBehaviour::default();
    behaviour.deviation.keep_anyway_ms = Some(3_600_000);
    let report = judge("genlook", behaviour, |m| is(m, "clock").then(|| json!({ "unsupported": "no clock" }))).await;
    assert_eq!(accused(&report), Vec::<String>::new());
    assert_eq!(verdict(&report, "balance.changes"), Verdict::Inconclusive);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unsaid_cache_with_a_clock_is_as_right_as_none() {
    for name in ["genlook", "pollo", "leadmagic"] {
        let mut behaviour = ProviderBehaviour::default();
        behaviour.deviation.keep_anyway_ms = Some(3_600_000);
        let report = judge(name, behaviour, |_| None).await;
        assert_eq!(accused(&report), Vec::<String>::new());
        assert_eq!(verdict(&report, "balance.changes"), Verdict::Pass);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_does_not_really_fail() {
    for name in bundled() {
        let report =
            judge(&name, ProviderBehaviour::default(), |m| is(m, "backend.down").then(|| json!({ "ok": true }))).await;
        assert_eq!(accused(&report), Vec::<String>::new());
        assert_eq!(verdict(&report, "fail-open.answer"), Verdict::Inconclusive);
        assert_eq!(verdict(&report, "fail-open.recovery"), Verdict::Inconclusive);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_fails_for_all_tenants_alike() {
    for name in bundled() {
        let report = judge(&name, ProviderBehaviour::default(), |m| {
            if is(m, "backend.down") {
                m["params"] = json!({});
            }
            None
        })
        .await;
        assert_eq!(accused(&report), Vec::<String>::new());
        assert_eq!(verdict(&report, "fail-open.isolated"), Verdict::Pass);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_does_not_arrive() {
    for name in bundled() {
        let report =
            judge(&name, ProviderBehaviour::default(), |m| is(m, "balance").then(|| json!({ "ok": true }))).await;
        assert_eq!(accused(&report), Vec::<String>::new());
        assert_eq!(verdict(&report, "balance.changes"), Verdict::Inconclusive);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_of_whole_numbers() {
    for name in bundled() {
        let report = judge(&name, ProviderBehaviour::default(), |m| {
            let fraction = m["params"]["remaining"].as_str().is_some_and(|text| text.contains('.'));
            fraction.then(|| json!({ "error": "whole credits only" }))
        })
        .await;
        assert_eq!(accused(&report), Vec::<String>::new());
        assert_eq!(verdict(&report, "balance.exact"), Verdict::Pass);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_of_whole_seconds() {
    let report = judge("genlook-storefront", ProviderBehaviour::default(), |m| {
        if is(m, "clock") {
            let ms = m["params"]["advance_ms"].as_u64().unwrap();
            m["params"]["advance_ms"] = json!(ms / 1000 * 1000 + 900);
        }
        None
    })
    .await;
    assert_eq!(accused(&report), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_block_that_is_told_by_another_documented_code_at_200() {
    static DOWN: AtomicBool = AtomicBool::new(false);
    let mut behaviour = ProviderBehaviour::default();
    behaviour.edit.push(Arc::new(|view, reply| {
        if view.refused(Condition::Exhausted) && DOWN.load(Ordering::SeqCst) {
            *reply = Reply::new(200, "application/json", r#"{"code":"CREATION_FAILED"}"#);
        }
    }));
    let report = judge("genlook-storefront", behaviour, |m| {
        if is(m, "backend.down") {
            DOWN.store(m["action"] == "setup", Ordering::SeqCst);
        }
        None
    })
    .await;
    assert_eq!(accused(&report), Vec::<String>::new());
    assert_eq!(verdict(&report, "fail-open.spend"), Verdict::Pass);
}

/// Judges a correct server of an odd kind by all checks about requests and credentials.
async fn judge_requests(name: &str, behaviour: ProviderBehaviour) -> Report {
    let contract = Arc::new(Contract::load(name).unwrap());
    let provider = Arc::new(Provider::with_behaviour(contract.clone(), behaviour));
    let server = ProviderServer::start(vec![provider], ServerOptions::default()).await.unwrap();
    let target =
        ServerTarget { url: Some(server.url(name)), states: Some(server.states_url()), ..ServerTarget::default() };
    let only = "{auth.*,balance.undocumented-input,balance.kept-connection,shape.kept-connection,error.allow}";
    let options = RunOptions { only: vec![only.to_owned()], ..RunOptions::default() };
    run::server(contract, target, options, &Silent, std::future::pending()).await.unwrap()
}

type Odd = fn(&ringtrue::__cli::mock::Request) -> Option<Reply>;

/// Correct servers that answer some requests in a way of their own.
const ODD: &[(&str, Odd)] = &[
    ("strict about parameters", |request| {
        let query = request.target.split_once('?').map_or("", |(_, query)| query);
        let unknown = query.split('&').any(|pair| !pair.is_empty() && !pair.starts_with("shop="));
        unknown.then(|| Reply::new(400, "text/plain", "unknown parameter"))
    }),
    ("redirects to https", |request| {
        (request.header_value("x-forwarded-proto") == Some(b"http")).then(|| {
            let mut reply = Reply::empty(301);
            reply.set_header("location", "https://api.example/");
            reply
        })
    }),
    ("knows every tag", |request| request.header_value("if-none-match").map(|_| Reply::empty(304))),
    ("knows every date", |request| request.header_value("if-modified-since").map(|_| Reply::empty(304))),
    ("refuses foreign origins", |request| {
        request.header_value("origin").map(|_| Reply::new(403, "text/plain", "invalid origin"))
    }),
    ("refuses ranges", |request| request.header_value("range").map(|_| Reply::empty(416))),
    ("a minimal response is possible", |request| {
        (request.header_value("prefer") == Some(b"return=minimal")).then(|| Reply::empty(204))
    }),
    ("obeys another method", |request| {
        request.header_value("x-http-method-override").map(|_| Reply::new(405, "text/plain", "no"))
    }),
    ("has no cache to ask", |request| {
        (request.header_value("cache-control") == Some(b"only-if-cached")).then(|| Reply::empty(504))
    }),
    ("keeps robots out", |request| {
        let agent = String::from_utf8_lossy(request.header_value("user-agent").unwrap_or_default()).into_owned();
        (agent.contains("bot") || agent.len() > 1000).then(|| Reply::new(403, "text/html", "<h1>Forbidden</h1>"))
    }),
];

#[tokio::test(flavor = "multi_thread")]
async fn correct_server_that_answers_unusual_requests_in_its_own_way_is_not_accused() {
    for (kind, odd) in ODD {
        for name in ["genlook-storefront", "leadmagic"] {
            let mut behaviour = ProviderBehaviour::default();
            behaviour.edit.push(Arc::new(move |view, reply| {
                if view.operation.is_some()
                    && let Some(own) = odd(view.request)
                {
                    *reply = own;
                }
            }));
            let report = judge_requests(name, behaviour).await;
            assert_eq!(accused(&report), Vec::<String>::new(), "{kind}");
            assert_eq!(verdict(&report, "balance.undocumented-input"), Verdict::Pass, "{kind}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn server_that_sends_a_part_for_a_range_is_not_accused() {
    let mut behaviour = ProviderBehaviour::default();
    behaviour.edit.push(Arc::new(|view, reply| {
        if reply.status == 200 && view.request.header_value("range").is_some() {
            let whole = reply.body.len();
            reply.status = 206;
            reply.set_header("content-range", format!("bytes 0-4/{whole}"));
            reply.body = reply.body.slice(..5);
        }
    }));
    let report = judge_requests("pollo", behaviour).await;
    assert_eq!(accused(&report), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn server_that_refuses_unknown_methods_with_501_is_not_accused_about_allow() {
    let mut behaviour = ProviderBehaviour::default();
    behaviour.edit.push(Arc::new(|_, reply| {
        if reply.status == 405 {
            *reply = Reply::new(501, "text/plain", "not implemented");
        }
    }));
    let report = judge_requests("pollo", behaviour).await;
    assert_eq!(accused(&report), Vec::<String>::new());
    assert_eq!(verdict(&report, "error.allow"), Verdict::NotApplicable);
}

#[tokio::test(flavor = "multi_thread")]
async fn server_that_closes_each_connection_is_not_accused_about_kept_ones() {
    let mut behaviour = ProviderBehaviour::default();
    behaviour.edit.push(Arc::new(|_, reply| reply.set_header("connection", "close")));
    let report = judge_requests("stablecog", behaviour).await;
    assert_eq!(accused(&report), Vec::<String>::new());
    assert_eq!(verdict(&report, "balance.kept-connection"), Verdict::Pass);
}

#[tokio::test(flavor = "multi_thread")]
async fn server_that_accepts_the_credential_in_the_query_too_gets_a_remark_at_most() {
    let mut behaviour = ProviderBehaviour::default();
    let fault = ringtrue::__cli::mock::faults::find("key-in-query-admitted").unwrap();
    (fault.install)(&mut behaviour);
    let report = judge_requests("leadmagic", behaviour).await;
    assert_eq!(verdict(&report, "auth.misplaced-key"), Verdict::Warn);
    assert!(report.checks.iter().all(|check| check.verdict != Verdict::Fail));
}
