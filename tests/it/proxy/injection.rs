//! Faults put into responses: the client meets them, and the server is not blamed for them.

use std::sync::Arc;

use ringtrue::__cli::contract::Contract;
use ringtrue::__cli::proxy::{Injection, Proxy, ProxyError, UpstreamTarget};
use tokio::io::AsyncWriteExt;

use super::peers::{Origin, ask, connect, options, rest, start};

const KEY: &str = "lm_test_0123456789abcdef";
const REQUEST: &str = "GET /v1/credits HTTP/1.1\r\nHost: a\r\nX-API-Key: lm_test_0123456789abcdef\r\n\r\n";

async fn with(faults: &[&str], upstream: UpstreamTarget) -> Result<Proxy, ProxyError> {
    let mut options = options(upstream);
    options.inject = faults.iter().map(|fault| fault.parse::<Injection>().unwrap()).collect();
    options.traffic.keys = vec![KEY.to_owned()];
    options.traffic.run.seed = Some(7);
    Proxy::start(Arc::new(Contract::load("leadmagic").unwrap()), options, Box::new(|_| ())).await
}

#[tokio::test]
async fn fault_reaches_the_client_and_is_not_the_servers() {
    let proxy = with(&["body-field-missing"], UpstreamTarget::Mock).await.unwrap();
    let reply = ask(&mut connect(&proxy).await, REQUEST).await;
    assert!(reply.starts_with("HTTP/1.1 200 ") && !reply.contains("credits\":"), "{reply}");
    let report = proxy.report().await.unwrap();
    let body = report.checks.iter().find(|check| check.id == "shape.body").unwrap();
    assert_eq!(body.verdict, ringtrue::Verdict::Pass, "{body:?}");
    assert!(report.notes.iter().any(|note| note == "responses with an injected fault: 1"), "{:?}", report.notes);
}

#[tokio::test]
async fn share_of_responses_gets_the_fault() {
    let proxy = with(&["body-field-missing@0.3"], UpstreamTarget::Mock).await.unwrap();
    let mut client = connect(&proxy).await;
    let mut broken = 0;
    for _ in 0..200 {
        broken += usize::from(!ask(&mut client, REQUEST).await.contains("credits\":"));
    }
    assert!((35..85).contains(&broken), "{broken}");
}

#[tokio::test]
async fn broken_delivery_is_injected_byte_by_byte() {
    let reply = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 15\r\n\r\n{\"credits\":100}";
    for (fault, shown) in [
        ("body-truncated", "\r\n\r\n{\"credi"),
        ("response-not-http", "this is not HTTP"),
        ("two-content-lengths", "content-length: 16\r\n"),
        ("response-reset", ""),
    ] {
        let origin = Origin::start(&[reply; 2]).await;
        let proxy = with(&[fault], UpstreamTarget::Url(origin.url.clone())).await.unwrap();
        let mut client = connect(&proxy).await;
        client.write_all(REQUEST.as_bytes()).await.unwrap();
        let received = rest(&mut client).await;
        assert!(received.contains(shown), "{fault}: {received}");
        assert!(received.is_empty() == shown.is_empty(), "{fault}: {received}");
        let report = proxy.report().await.unwrap();
        assert!(report.checks.iter().all(|check| check.id != "shape.body" || check.verdict == ringtrue::Verdict::Pass));
    }
}

#[tokio::test]
async fn fault_that_is_not_in_a_response_needs_the_mock() {
    let origin = Origin::start(&[]).await;
    let url = || UpstreamTarget::Url(origin.url.clone());
    assert!(matches!(with(&["charge-double"], url()).await, Err(ProxyError::Injection(_))));
    assert!(matches!(with(&["charge-double@0.5"], UpstreamTarget::Mock).await, Err(ProxyError::Injection(_))));
    assert!(with(&["charge-double"], UpstreamTarget::Mock).await.is_ok());
}

#[tokio::test]
async fn requests_for_other_paths_are_left_alone() {
    let page = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 4\r\n\r\n<p/>";
    let origin = Origin::start(&[page]).await;
    let mut options = options(UpstreamTarget::Url(format!("{}/api", origin.url)));
    options.inject = vec!["body-field-missing".parse().unwrap()];
    let proxy = start(options).await;
    assert!(proxy.url().ends_with("/api"));
    assert_eq!(ask(&mut connect(&proxy).await, "GET /index.html HTTP/1.1\r\nHost: a\r\n\r\n").await, page);
    let report = proxy.report().await.unwrap();
    assert!(report.notes.iter().any(|note| note.ends_with("and not judged: 1")), "{:?}", report.notes);
}
