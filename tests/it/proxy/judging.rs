//! What is judged of the traffic that passes.

use std::sync::{Arc, Mutex};

use ringtrue::__cli::contract::Contract;
use ringtrue::__cli::proxy::{Proxy, UpstreamTarget};
use ringtrue::Verdict;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::peers::{Origin, ask, connect, message, options, start, start_with};

const REQUEST: &str = "GET /v1/credits HTTP/1.1\r\nHost: a\r\nX-API-Key: lm_test_0123456789abcdef\r\n\r\n";

fn verdict(report: &ringtrue::Report, id: &str) -> Verdict {
    report.checks.iter().find(|check| check.id == id).unwrap().verdict
}

#[tokio::test]
async fn finding_is_told_once_and_reported_without_keys() {
    let wrong = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Credits-Remaining: 5\r\nContent-Length: 13\r\n\r\n{\"credits\":\"5";
    let origin = Origin::start(&[wrong; 3]).await;
    let told: Arc<Mutex<Vec<String>>> = Arc::default();
    let (contract, listener) = (Arc::new(Contract::load("leadmagic").unwrap()), told.clone());
    let options = options(UpstreamTarget::Url(origin.url.clone()));
    let on_finding = Box::new(move |result: &ringtrue::CheckResult| listener.lock().unwrap().push(result.id.clone()));
    let proxy = Proxy::start(contract, options, on_finding).await.unwrap();
    let mut client = connect(&proxy).await;
    for _ in 0..3 {
        ask(&mut client, REQUEST).await;
    }
    let report = proxy.report().await.unwrap();
    assert_eq!(verdict(&report, "shape.json"), Verdict::Fail);
    assert_eq!(verdict(&report, "auth.sent"), Verdict::Pass);
    assert_eq!(told.lock().unwrap().iter().filter(|id| *id == "shape.json").count(), 1);
    assert_eq!(proxy.counts().0, 3);
    assert!(!serde_json::to_string(&report).unwrap().contains("lm_test_0123456789abcdef"));

    // The same at the control port, for programs on this machine only.
    let url = proxy.report_url();
    let address = url.trim_start_matches("http://").trim_end_matches("/-/report");
    let get = async |host: &str, path: &str| {
        let mut stream = TcpStream::connect(address).await.unwrap();
        ask(&mut stream, &format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n")).await
    };
    let reply = get(address, "/-/report").await;
    let json: serde_json::Value = serde_json::from_str(reply.split_once("\r\n\r\n").unwrap().1).unwrap();
    assert_eq!(json["subject"]["kind"], "traffic");
    assert!(get("evil.example", "/-/report").await.starts_with("HTTP/1.1 403 "));
    assert!(get(address, "/").await.starts_with("HTTP/1.1 404 "));
}

#[tokio::test]
async fn compressed_and_chunked_content_is_judged_as_what_it_means() {
    // gzip of {"credits":5}
    let gzip: &[u8] = &[
        0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 3, 0xab, 0x56, 0x4a, 0x2e, 0x4a, 0x4d, 0xc9, 0x2c, 0x29, 0x56, 0xb2, 0x32,
        0xad, 5, 0, 0xce, 0x1b, 0x31, 0x40, 13, 0, 0, 0,
    ];
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        assert!(message(&mut stream).await.is_some());
        let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\nX-Credits-Remaining: 5\r\n\
                    Transfer-Encoding: chunked\r\n\r\n";
        let mut bytes = head.as_bytes().to_vec();
        for part in gzip.chunks(7) {
            bytes.extend_from_slice(format!("{:x}\r\n", part.len()).as_bytes());
            bytes.extend_from_slice(part);
            bytes.extend_from_slice(b"\r\n");
        }
        bytes.extend_from_slice(b"0\r\n\r\n");
        stream.write_all(&bytes).await.unwrap();
    });
    let proxy = start(options(UpstreamTarget::Url(url))).await;
    ask(&mut connect(&proxy).await, REQUEST).await;
    let report = proxy.report().await.unwrap();
    let bad: Vec<_> = report.checks.iter().filter(|check| check.verdict == Verdict::Fail).collect();
    assert!(bad.is_empty(), "{bad:#?}");
    assert_eq!(verdict(&report, "shape.body"), Verdict::Pass);
}

#[tokio::test]
async fn request_that_the_client_gives_up_is_counted_and_not_judged() {
    let origin = Origin::start(&[]).await;
    let proxy = start(options(UpstreamTarget::Url(origin.url.clone()))).await;
    let mut client = connect(&proxy).await;
    client.write_all(b"POST /v1/credits/refresh HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n").await.unwrap();
    drop(client);
    loop {
        let report = proxy.report().await.unwrap();
        if report.notes.iter().any(|note| note == "requests that the client gave up: 1") {
            assert!(report.checks.iter().all(|check| check.verdict != Verdict::Fail));
            return;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn storefront_mock_is_below_the_path_of_the_contract_and_open_to_local_pages() {
    let mut options = options(UpstreamTarget::Mock);
    options.cors = true;
    let proxy = start_with(options, "genlook-storefront").await;
    assert!(proxy.url().ends_with("/apps/proxy_genlook-x/public"), "{}", proxy.url());
    assert!(proxy.states_url().is_some());
    let path = "/apps/proxy_genlook-x/public/check-credits?shop=a";
    let request = format!("GET {path} HTTP/1.1\r\nHost: a\r\nOrigin: http://localhost:5000\r\n\r\n");
    let reply = ask(&mut connect(&proxy).await, &request).await;
    assert!(reply.contains("Access-Control-Allow-Origin: http://localhost:5000\r\n"), "{reply}");
    let foreign = request.replace("http://localhost:5000", "https://shop.example");
    let reply = ask(&mut connect(&proxy).await, &foreign).await;
    assert!(!reply.contains("Access-Control"), "{reply}");
    let preflight =
        format!("OPTIONS {path} HTTP/1.1\r\nHost: a\r\nOrigin: null\r\nAccess-Control-Request-Method: POST\r\n\r\n");
    let reply = ask(&mut connect(&proxy).await, &preflight).await;
    assert!(reply.starts_with("HTTP/1.1 204 ") && reply.contains("Access-Control-Allow-Methods: POST"), "{reply}");
}
