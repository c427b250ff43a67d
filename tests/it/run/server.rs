//! Runs against servers from outside: states over HTTP and by command, guards, interruption, snapshots.

use std::sync::Arc;
use std::time::Duration;

use ringtrue::__cli::checks::Verdict;
use ringtrue::__cli::contract::{Contract, Role};
use ringtrue::__cli::mock::{Provider, ProviderBehaviour, ProviderServer, ServerOptions};
use ringtrue::__cli::run::{self, Events, Outcome, Report, RunError, RunOptions, ServerTarget, Silent};

fn contract(name: &str) -> Arc<Contract> {
    Arc::new(Contract::load(name).unwrap())
}

async fn stand_in(name: &str, faults: &[&str]) -> ProviderServer {
    let provider = Arc::new(Provider::with_faults(contract(name), faults).unwrap());
    ProviderServer::start(vec![provider], ServerOptions::default()).await.unwrap()
}

async fn judge(name: &str, target: ServerTarget, options: RunOptions) -> Result<Report, RunError> {
    run::server(contract(name), target, options, &Silent, std::future::pending()).await
}

fn with_states(server: &ProviderServer, name: &str) -> ServerTarget {
    ServerTarget { url: Some(server.url(name)), states: Some(server.states_url()), ..ServerTarget::default() }
}

fn verdict(report: &Report, id: &str) -> Verdict {
    report.checks.iter().find(|check| check.id == id).unwrap().verdict
}

#[tokio::test(flavor = "multi_thread")]
async fn server_with_states_over_http_conforms() {
    for name in crate::with_paid_calls() {
        let server = stand_in(&name, &[]).await;
        let report = judge(&name, with_states(&server, &name), RunOptions::default()).await.unwrap();
        report.assert_conformant();
        assert_eq!(report.subject.kind, "server");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_of_a_server_at_a_url_is_found_with_a_command_that_repeats_it() {
    let server = stand_in("leadmagic", &["body-null-at-zero"]).await;
    let report = judge("leadmagic", with_states(&server, "leadmagic"), RunOptions::default()).await.unwrap();
    assert_eq!(report.outcome, Outcome::NonConformant);
    let found = report.checks.iter().find(|check| check.id == "shape.body").unwrap();
    assert_eq!(found.verdict, Verdict::Fail);
    let line = found.reproduce.as_deref().unwrap();
    assert!(line.starts_with("curl ") && line.contains("${RINGTRUE_KEY"), "{line}");
    assert!(!found.exchanges.is_empty() && found.exchanges.iter().all(|n| report.exchanges.iter().any(|e| e.n == *n)));
}

#[tokio::test(flavor = "multi_thread")]
async fn check_without_its_state_could_not_run_and_shows_a_handler_stub() {
    let provider = Arc::new(Provider::new(contract("genlook")));
    provider.open_account("gk_Aa3bcdefgh1234567890", "t1", provider.example_balance());
    let server = ProviderServer::start(vec![provider], ServerOptions::default()).await.unwrap();
    let target = ServerTarget {
        url: Some(server.url("genlook")),
        key: Some("gk_Aa3bcdefgh1234567890".to_owned()),
        ..ServerTarget::default()
    };
    let report = judge("genlook", target, RunOptions::default()).await.unwrap();
    assert_eq!(report.outcome, Outcome::Incomplete);
    assert_eq!(report.counts.fail + report.counts.warn + report.counts.error, 0);
    assert_eq!(verdict(&report, "auth.missing-key"), Verdict::Pass);
    assert_eq!(verdict(&report, "auth.near-key"), Verdict::Pass);
    let revoked = report.checks.iter().find(|check| check.id == "auth.revoked-key").unwrap();
    assert_eq!(revoked.verdict, Verdict::CouldNotRun);
    assert!(revoked.reason.as_deref().unwrap().contains("message[\"state\"] == \"account\""));
    let text = serde_json::to_string(&report).unwrap();
    assert!(!text.contains("gk_Aa3bcdefgh"), "a secret stands in the report");
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn state_handler_as_a_command_works() {
    let server = stand_in("stablecog", &[]).await;
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("handler.sh");
    // The shortest handler there is: it hands the message on. bash speaks TCP by itself.
    let address = server.states_url().replace("http://", "").replace("/-/states", "");
    let (host, port) = address.split_once(':').unwrap();
    let text = format!(
        "#!/usr/bin/env bash\nread -r message\nexec 3<>/dev/tcp/{host}/{port}\nprintf 'POST /-/states HTTP/1.1\\r\\nHost: x\\r\\nContent-Type: application/json\\r\\nConnection: close\\r\\nContent-Length: %d\\r\\n\\r\\n%s' \"${{#message}}\" \"$message\" >&3\nsed '1,/^\\r$/d' <&3\n"
    );
    std::fs::write(&script, text).unwrap();
    let target = ServerTarget {
        url: Some(server.url("stablecog")),
        states: Some(format!("cmd:bash {}", script.display())),
        ..ServerTarget::default()
    };
    let options = RunOptions { only: vec!["auth.{revoked-key,isolation}".to_owned()], ..RunOptions::default() };
    let report = judge("stablecog", target, options).await.unwrap();
    report.assert_conformant();
    assert_eq!(report.counts.pass, 2);
}

#[tokio::test]
async fn handler_that_breaks_the_protocol_is_no_violation() {
    let server = stand_in("pollo", &[]).await;
    let target = ServerTarget {
        url: Some(server.url("pollo")),
        // The API itself is no state handler.
        states: Some(server.url("pollo")),
        ..ServerTarget::default()
    };
    let options = RunOptions { only: vec!["shape.body".to_owned()], ..RunOptions::default() };
    let report = judge("pollo", target, options).await.unwrap();
    assert_eq!(verdict(&report, "shape.body"), Verdict::CouldNotRun);
}

#[tokio::test]
async fn address_that_is_not_loopback_needs_live() {
    let at = |url: &str, live: Option<&str>| {
        let target = ServerTarget { url: Some(url.to_owned()), ..ServerTarget::default() };
        let options =
            RunOptions { live: live.map(str::to_owned), max_time: Some(Duration::ZERO), ..RunOptions::default() };
        judge("pollo", target, options)
    };
    for (url, live) in [
        ("http://192.0.2.1", None),
        ("http://192.0.2.1", Some("192.0.2.2")),
        ("http://192.0.2.1:81", Some("192.0.2.1")),
        ("http://192.0.2.1:81", Some("192.0.2.1:80")),
        ("http://localhost.example", Some("localhost")),
        ("http://127.0.0.1.example", Some("127.0.0.1")),
    ] {
        let error = at(url, live).await.unwrap_err();
        assert!(error.to_string().contains("not a loopback address"), "{url}: {error}");
    }
    for url in ["ftp://127.0.0.1", "http://user:secret-password@127.0.0.1", "http://127.0.0.1/?a=b", "nonsense"] {
        let error = at(url, None).await.unwrap_err().to_string();
        assert!(error.starts_with("the URL") && !error.contains("secret-password"), "{error}");
    }
}

#[tokio::test]
async fn unreachable_url_is_an_error_of_the_run() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let target = ServerTarget { url: Some(format!("http://127.0.0.1:{port}")), ..ServerTarget::default() };
    assert!(matches!(judge("pollo", target, RunOptions::default()).await, Err(RunError::Unreachable { .. })));
}

/// Tells when the run has begun.
#[derive(Debug, Default)]
struct Beginning(tokio::sync::Notify);

impl Events for Beginning {
    fn planned(&self, _: usize) {
        self.0.notify_one();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn interrupted_run_tears_down_and_keeps_its_findings() {
    let server = stand_in("genlook", &[]).await;
    let target = with_states(&server, "genlook");
    let beginning = Beginning::default();
    let options = RunOptions::default();
    let report = run::server(contract("genlook"), target, options, &beginning, beginning.0.notified()).await.unwrap();
    assert_eq!(report.outcome, Outcome::Incomplete);
    assert_eq!(
        report.checks.len(),
        ringtrue::__cli::checks::registry().filter(|e| e.check.side == ringtrue::__cli::checks::Side::Server).count()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn maximum_number_of_requests_is_never_exceeded() {
    let server = stand_in("genlook", &[]).await;
    let options = RunOptions { max_requests: Some(10), ..RunOptions::default() };
    let report = judge("genlook", with_states(&server, "genlook"), options).await.unwrap();
    assert_eq!(report.outcome, Outcome::Incomplete);
    assert!(report.checks.iter().any(|c| c.reason.as_deref().is_some_and(|r| r.contains("10 requests permitted"))));
}

#[tokio::test(flavor = "multi_thread")]
async fn same_seed_gives_the_same_verdicts() {
    // What depends on the order in which calls of several tenants arrive that were made at once is nobody's to repeat.
    for (fault, skip) in [
        ("tenants-mixed-up-every-eleventh", vec!["cache.per-tenant".to_owned()]),
        ("charge-skipped-after-outage", Vec::new()),
    ] {
        let verdicts = async || {
            let server = stand_in("leadmagic", &[fault]).await;
            let options = RunOptions { seed: Some(11), jobs: Some(1), skip: skip.clone(), ..RunOptions::default() };
            let report = judge("leadmagic", with_states(&server, "leadmagic"), options).await.unwrap();
            report.checks.into_iter().map(|check| (check.id, check.verdict, check.case)).collect::<Vec<_>>()
        };
        assert_eq!(verdicts().await, verdicts().await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn response_that_differs_from_its_snapshot_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let options = |update| RunOptions {
        only: vec!["shape.snapshot".to_owned()],
        snapshots: Some(folder.path().to_owned()),
        update_snapshots: update,
        ..RunOptions::default()
    };
    let server = stand_in("leadmagic", &[]).await;
    let first = judge("leadmagic", with_states(&server, "leadmagic"), options(false)).await.unwrap();
    assert_eq!(verdict(&first, "shape.snapshot"), Verdict::CouldNotRun, "nothing is recorded yet");
    let accepted = judge("leadmagic", with_states(&server, "leadmagic"), options(true)).await.unwrap();
    assert_eq!(verdict(&accepted, "shape.snapshot"), Verdict::Pass);
    let again = judge("leadmagic", with_states(&server, "leadmagic"), options(false)).await.unwrap();
    assert_eq!(verdict(&again, "shape.snapshot"), Verdict::Pass);
    let files: Vec<String> =
        std::fs::read_dir(folder.path()).unwrap().map(|f| f.unwrap().file_name().into_string().unwrap()).collect();
    assert!(
        files.iter().all(|name| std::path::Path::new(name).extension().is_some_and(|ending| ending == "snap"))
            && files.len() >= 5,
        "{files:?}"
    );
    let changed = stand_in("leadmagic", &["body-wrapped"]).await;
    let drifted = judge("leadmagic", with_states(&changed, "leadmagic"), options(false)).await.unwrap();
    assert_eq!(verdict(&drifted, "shape.snapshot"), Verdict::Fail);
    assert!(
        std::fs::read_dir(folder.path()).unwrap().any(|f| f.unwrap().path().extension().is_some_and(|e| e == "new"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn mock_mounted_on_a_wiremock_server_conforms() {
    let contract = contract("leadmagic");
    let provider = Arc::new(Provider::new(contract.clone()));
    provider.open_account("lm_0123456789abcdef", "t1", provider.example_balance());
    let server = wiremock::MockServer::start().await;
    server.register(ringtrue::__cli::mock::mocks(&provider, "/api")).await;
    let report = ringtrue::server("leadmagic")
        .url(format!("{}/api", server.uri()))
        .key("lm_0123456789abcdef")
        .only("{shape,auth}.*")
        .skip("shape.framing")
        .run()
        .await
        .unwrap();
    report.assert_no_violation();
    assert!(report.counts.pass > 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn several_mocks_share_a_server_and_its_states() {
    let providers: Vec<_> =
        crate::with_paid_calls().iter().map(|name| Arc::new(Provider::new(contract(name)))).collect();
    let server = ProviderServer::start(providers, ServerOptions::default()).await.unwrap();
    for name in ["genlook", "leadmagic"] {
        let target = ServerTarget {
            url: Some(server.url(name)),
            states: Some(format!("{}/{name}", server.states_url())),
            ..ServerTarget::default()
        };
        judge(name, target, RunOptions::default()).await.unwrap().assert_conformant();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn server_whose_balance_cannot_be_decoded_is_judged() {
    let mut behaviour = ProviderBehaviour::default();
    behaviour.edit.push(Arc::new(|view, reply| {
        if view.succeeded(Role::Balance) {
            reply.set_header("content-encoding", "gzip");
        }
    }));
    let provider = Arc::new(Provider::with_behaviour(contract("genlook"), behaviour));
    let server = ProviderServer::start(vec![provider], ServerOptions::default()).await.unwrap();
    let options = RunOptions { only: vec!["shape.body".to_owned()], ..RunOptions::default() };
    let report = judge("genlook", with_states(&server, "genlook"), options).await.unwrap();
    assert_eq!(verdict(&report, "shape.body"), Verdict::Fail);
}
