//! Servers and handlers that are right, each in its own way, and none of which may be accused.

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use ringtrue::__cli::checks::Verdict;
use ringtrue::__cli::contract::{Condition, Contract};
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
        ResponseTemplate::new(200).set_body_json(self.answer(request.body_json().unwrap()))
    }
}

impl Handler {
    /// Obeys a message, or each message of a batch.
    fn answer(&self, mut message: Value) -> Value {
        if let Some(messages) = message["params"]["messages"].as_array() {
            let responses: Vec<Value> = messages.iter().map(|message| self.answer(message.clone())).collect();
            return json!({ "ok": true, "values": { "responses": responses } });
        }
        (self.instead)(&mut message).unwrap_or_else(|| self.provider.handle_state_message(&message))
    }
}

async fn judge(name: &str, behaviour: ProviderBehaviour, instead: fn(&mut Value) -> Option<Value>) -> Report {
    judge_areas("{cache,fail-open,balance}.*", name, behaviour, instead).await
}

async fn judge_areas(
    areas: &str,
    name: &str,
    behaviour: ProviderBehaviour,
    instead: fn(&mut Value) -> Option<Value>,
) -> Report {
    let contract = Arc::new(Contract::load(name).unwrap());
    let provider = Arc::new(Provider::with_behaviour(contract.clone(), behaviour));
    let states = MockServer::start().await;
    Mock::given(wiremock::matchers::any())
        .respond_with(Handler { provider: provider.clone(), instead })
        .mount(&states)
        .await;
    let server = ProviderServer::start(vec![provider], ServerOptions::default()).await.unwrap();
    let target = ServerTarget { url: Some(server.url(name)), states: Some(states.uri()), ..ServerTarget::default() };
    let options = RunOptions { only: vec![areas.to_owned()], ..RunOptions::default() };
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
async fn handler_without_a_clock_has_no_findings() {
    for name in crate::with_paid_calls() {
        let report = judge(&name, ProviderBehaviour::default(), |m| {
            is(m, "clock").then(|| json!({ "unsupported": "no clock" }))
        })
        .await;
        assert_eq!(accused(&report), Vec::<String>::new());
        assert_eq!(verdict(&report, "balance.exact"), Verdict::Pass);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn unspecified_cache_without_a_clock_is_inconclusive() {
    let mut behaviour = ProviderBehaviour::default();
    behaviour.deviation.keep_anyway_ms = Some(3_600_000);
    let report = judge("genlook", behaviour, |m| is(m, "clock").then(|| json!({ "unsupported": "no clock" }))).await;
    assert_eq!(accused(&report), Vec::<String>::new());
    assert_eq!(verdict(&report, "balance.changes"), Verdict::Inconclusive);
}

#[tokio::test(flavor = "multi_thread")]
async fn unspecified_cache_with_a_clock_has_no_findings() {
    for name in ["genlook", "pollo", "leadmagic"] {
        let mut behaviour = ProviderBehaviour::default();
        behaviour.deviation.keep_anyway_ms = Some(3_600_000);
        let report = judge(name, behaviour, |_| None).await;
        assert_eq!(accused(&report), Vec::<String>::new());
        assert_eq!(verdict(&report, "balance.changes"), Verdict::Pass);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn state_backend_down_without_effect_is_inconclusive() {
    for name in crate::with_paid_calls() {
        let report =
            judge(&name, ProviderBehaviour::default(), |m| is(m, "backend.down").then(|| json!({ "ok": true }))).await;
        assert_eq!(accused(&report), Vec::<String>::new());
        assert_eq!(verdict(&report, "fail-open.answer"), Verdict::Inconclusive);
        assert_eq!(verdict(&report, "fail-open.recovery"), Verdict::Inconclusive);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn store_that_fails_for_all_tenants_has_no_findings() {
    for name in crate::with_paid_calls() {
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
async fn state_balance_without_effect_is_inconclusive() {
    for name in crate::with_paid_calls() {
        let report =
            judge(&name, ProviderBehaviour::default(), |m| is(m, "balance").then(|| json!({ "ok": true }))).await;
        assert_eq!(accused(&report), Vec::<String>::new());
        assert_eq!(verdict(&report, "balance.changes"), Verdict::Inconclusive);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn store_of_whole_numbers_has_no_findings() {
    for name in crate::with_paid_calls() {
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
async fn clock_of_whole_seconds_has_no_findings() {
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
async fn block_with_another_documented_code_at_200_has_no_findings() {
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

#[tokio::test(flavor = "multi_thread")]
async fn server_that_charges_jobs_when_they_succeed_is_right() {
    let charged_at_end = || {
        let mut behaviour = ProviderBehaviour::default();
        behaviour.deviation.charge_at_end = true;
        behaviour
    };
    let report = judge("genlook", charged_at_end(), |_| None).await;
    assert_eq!(accused(&report), Vec::<String>::new());
    for id in ["balance.cost", "balance.failed-job", "balance.no-overdraw", "balance.any-order"] {
        assert_eq!(verdict(&report, id), Verdict::Pass, "{id}");
    }
    // Without the state, it is not known when the job ends, so that nothing is demanded of the balance.
    let unsupported = |message: &mut Value| is(message, "jobs.settled").then(|| json!({ "unsupported": "no jobs" }));
    let report = judge("genlook", charged_at_end(), unsupported).await;
    assert_eq!(accused(&report), Vec::<String>::new());
    assert_eq!(verdict(&report, "balance.cost"), Verdict::CouldNotRun);
    // A server that charges at once needs no such state.
    let report = judge("genlook", ProviderBehaviour::default(), unsupported).await;
    assert_eq!(accused(&report), Vec::<String>::new());
    assert_eq!(verdict(&report, "balance.cost"), Verdict::Pass);
}

#[tokio::test(flavor = "multi_thread")]
async fn cache_that_lasts_until_a_refresh_has_no_findings() {
    let mut behaviour = ProviderBehaviour::default();
    behaviour.deviation.keep_anyway_ms = Some(400 * 24 * 3_600_000);
    let report = judge("leadmagic", behaviour, |_| None).await;
    assert_eq!(accused(&report), Vec::<String>::new());
    for id in ["balance.any-order", "balance.changes", "cache.refresh"] {
        assert_eq!(verdict(&report, id), Verdict::Pass, "{id}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn server_that_compresses_where_no_field_forbids_it_has_no_findings() {
    for name in crate::with_paid_calls() {
        let mut behaviour = ProviderBehaviour::default();
        behaviour.edit.push(Arc::new(|view, reply| {
            let accepted = view.request.header_value("accept-encoding").map(String::from_utf8_lossy);
            if !reply.body.is_empty() && accepted.is_none_or(|accepted| accepted.contains("gzip")) {
                let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
                encoder.write_all(&reply.body).unwrap();
                reply.body = encoder.finish().unwrap().into();
                reply.set_header("content-encoding", "gzip");
                reply.set_header("vary", "accept-encoding");
            }
        }));
        let report = judge_areas("{shape.*,balance.kept-connection,balance.exact}", &name, behaviour, |_| None).await;
        assert_eq!(accused(&report), Vec::<String>::new());
        for id in ["shape.kept-connection", "balance.kept-connection", "shape.requests"] {
            assert_eq!(verdict(&report, id), Verdict::Pass, "{name} {id}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_of_any_4xx_status_with_the_documented_envelope_have_no_findings() {
    for (name, method_status) in [("genlook", 404), ("leadmagic", 404), ("leadmagic", 501)] {
        let mut behaviour = ProviderBehaviour::default();
        behaviour.edit.push(Arc::new(move |view, reply| {
            if view.operation.is_some() {
                return;
            }
            if view.request.method == "BREW" {
                // A framework refuses the method before the application sees it.
                *reply = Reply::new(method_status, "text/html", "<h1>no</h1>");
                reply.status = if method_status == 404 { 400 } else { 501 };
            } else if reply.header("allow").is_some() {
                reply.remove_header("allow");
                reply.status = 404;
                let text = reply.text().replace("405", "404");
                reply.body = text.into();
            }
        }));
        let report = judge_areas("error.unknown-*", name, behaviour, |_| None).await;
        assert_eq!(accused(&report), Vec::<String>::new());
        assert_eq!(verdict(&report, "error.unknown-method"), Verdict::Pass);
    }
}
