//! The state endpoint of the mock obeys programs, and no page in a browser.

use std::sync::Arc;
use std::time::Duration;

use ringtrue::__cli::exchange::{Addresses, raw};
use ringtrue::__cli::mock::{Provider, ProviderServer, ServerOptions};

use super::peer::contract;

const MESSAGE: &str = r#"{"action":"describe"}"#;

async fn status(url: &str, head: &str, body: &[u8]) -> Option<u16> {
    let bytes = [head.as_bytes(), b"Connection: close\r\n\r\n", body].concat();
    let received = raw::exchange_bytes(&Addresses::default(), url, &bytes, Duration::from_secs(30)).await.unwrap();
    let text = String::from_utf8_lossy(&received.bytes).into_owned();
    text.split(' ').nth(1).and_then(|status| status.parse().ok())
}

#[tokio::test(flavor = "multi_thread")]
async fn request_of_a_page_is_refused_and_that_of_a_program_is_not() {
    let provider = Arc::new(Provider::new(contract("plain")));
    let server = ProviderServer::start(vec![provider], ServerOptions::default()).await.unwrap();
    let url = server.url("plain");
    let own = url.trim_start_matches("http://").to_owned();
    let json = "Content-Type: application/json\r\n";
    let post = |host: &str, more: &str| {
        format!("POST /-/states HTTP/1.1\r\nHost: {host}\r\n{more}Content-Length: {}\r\n", MESSAGE.len())
    };
    let own_origin = format!("{json}Origin: http://{own}\r\n");
    let cases: Vec<(String, u16)> = vec![
        (post(&own, json), 200),
        (post(&own, "Content-Type: Application/JSON; charset=utf-8\r\n"), 200),
        (post("localhost:8080", json), 200),
        (post("api.localhost", json), 200),
        (post("mock:4010", json), 200),
        (post("[::1]:4010", json), 200),
        (post("10.0.0.7:4010", json), 200),
        (post(&own, &own_origin), 200),
        (post(&own, &format!("{json}Sec-Fetch-Site: none\r\n")), 200),
        (post(&own, &format!("{json}Sec-Fetch-Site: same-origin\r\n")), 200),
        (post(&own, ""), 415),
        (post(&own, "Content-Type: text/plain\r\n"), 415),
        (post(&own, "Content-Type: application/x-www-form-urlencoded\r\n"), 415),
        (post(&own, "Content-Type: multipart/form-data\r\n"), 415),
        (post(&own, "Content-Type: text/plain; application/json\r\n"), 415),
        (post("evil.example", json), 403),
        (post("127.0.0.1.evil.example", json), 403),
        (post("127.0.0.1.nip.io:80", json), 403),
        (post("localhost.evil.example", json), 403),
        (post("localhost.", json), 403),
        (post("", json), 403),
        (post("[evil.example]", json), 403),
        (post(&own, &format!("{json}Origin: http://evil.example\r\n")), 403),
        (post(&own, &format!("{json}Origin: null\r\n")), 403),
        (post(&own, &format!("{json}Origin: http://localhost:1\r\n")), 403),
        (post(&own, &format!("{json}Sec-Fetch-Site: cross-site\r\n")), 403),
        (post(&own, &format!("{json}Sec-Fetch-Site: same-site\r\n")), 403),
        (post(&own, json).replace("POST", "PUT"), 405),
        (post(&own, json).replace("POST", "GET"), 405),
        (post(&own, json).replace("Host", "X-Host"), 400),
        (post(&own, &format!("{json}Host: {own}\r\n")), 400),
    ];
    for (head, expected) in cases {
        assert_eq!(status(&url, &head, MESSAGE.as_bytes()).await, Some(expected), "{head}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn response_to_too_much_content_reaches_the_client() {
    let provider = Arc::new(Provider::new(contract("plain")));
    let server = ProviderServer::start(vec![provider], ServerOptions::default()).await.unwrap();
    for size in [1024 * 1024 + 1, 5 * 1024 * 1024, 20 * 1024 * 1024] {
        let head = format!("POST /v1/gen HTTP/1.1\r\nHost: x\r\nContent-Length: {size}\r\n");
        assert_eq!(status(&server.url("plain"), &head, &vec![b'a'; size]).await, Some(413), "{size}");
    }
}
