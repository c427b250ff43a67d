//! What is sent, how answers are read, and what failures come to.

use std::time::Duration;

use ringtrue::__cli::client::{Config, ConfigError, ErrorClass, Source};

use super::support::{Reaction, Server, amounts, answer, flags, json, open, rows};

#[tokio::test]
async fn the_request_is_the_documented_one() {
    let server = Server::always(json(200, r#"{"credits":5,"rows":[],"total":0,"allowed":true}"#)).await;
    for contract in [amounts(), flags(), rows()] {
        open(contract, server.config()).0.check().await.unwrap();
    }
    let seen = server.seen();
    assert_eq!((seen[0].method.as_str(), seen[0].target.as_str()), ("GET", "/t/9f3a/v1/credits"));
    assert_eq!(seen[0].headers["x-api-key"], "k_secret_1");
    assert_eq!(seen[1].target, "/t/9f3a/check-credits");
    assert!(!seen[1].headers.values().any(|value| value.contains("k_secret")));
    assert_eq!(seen[2].headers["authorization"], "Bearer k_secret_1");
    assert!(seen.iter().all(|seen| seen.body.is_empty()));
}

#[tokio::test]
async fn amounts_are_exact() {
    for (body, wanted) in [
        (r#"{"credits":0}"#, "0"),
        (r#"{"credits":15432.50}"#, "15432.50"),
        (r#"{"credits":9007199254740993}"#, "9007199254740993"),
        (r#"{"credits":1e3}"#, "1000"),
        (r#"{"x":[{"credits":9}],"credits" : 7 , "y":null}"#, "7"),
        (r#"{"credits":0.1,"x":1,"x":2}"#, "0.1"),
    ] {
        for content_type in ["application/json", "application/json; charset=utf-8", "application/vnd.x+json"] {
            let server = Server::always(answer(200, &[("content-type", content_type)], body)).await;
            let balance = open(amounts(), server.config()).0.check().await.unwrap();
            assert_eq!(balance.remaining.unwrap().to_string(), wanted);
        }
    }
    let chunked = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\n{\"c\r\nd\r\nredits\": 5}  \r\n0\r\n\r\n";
    let server = Server::always(*chunked).await;
    assert_eq!(open(amounts(), server.config()).0.check().await.unwrap().remaining, Some(5.into()));
    let to_the_end = b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n{\"credits\":5}";
    let server = Server::start(|_, _| Reaction::Close(to_the_end.to_vec())).await;
    assert_eq!(open(amounts(), server.config()).0.check().await.unwrap().remaining, Some(5.into()));
}

#[tokio::test]
async fn rows_are_summed() {
    for (body, remaining) in
        [(r#"{"rows":[{"left":1.5},{"left":2},{"left":1e1}],"total":20}"#, "13.5"), (r#"{"rows":[],"total":20}"#, "0")]
    {
        let server = Server::always(json(200, body)).await;
        let balance = open(rows(), server.config()).0.check().await.unwrap();
        assert_eq!(balance.remaining.unwrap().to_string(), remaining);
        assert_eq!(balance.total, Some(20.into()));
    }
    let server = Server::always(json(200, r#"{"rows":[{"left":1},{}],"total":20}"#)).await;
    assert_eq!(open(rows(), server.config()).0.check().await.unwrap_err().class, ErrorClass::Malformed);
}

#[tokio::test]
async fn what_breaks_the_contract_is_never_a_balance() {
    for bytes in [
        json(200, "{}"),
        json(200, r#"{"credits":null}"#),
        json(200, r#"{"credits":"5"}"#),
        json(200, r#"{"credits":[5]}"#),
        json(200, r#"{"credits":true}"#),
        json(200, r#"{"credits":NaN}"#),
        json(200, r#"{"credits":1e999}"#),
        json(200, r#"{"credits":05}"#),
        json(200, r#"{"credits":5} x"#),
        json(200, r#"{"credits":5}{"credits":6}"#),
        json(200, r#"{"credits":5,"credits":6}"#),
        json(200, "{\"credits\":5,\"cr\\u0065dits\":6}"),
        json(200, "\u{feff}{\"credits\":5}"),
        json(200, r#"{"credits":5"#),
        json(200, "5"),
        json(200, ""),
        json(204, ""),
        json(206, r#"{"credits":5}"#),
        json(200, &format!("{}5{}", "[".repeat(100_000), "]".repeat(100_000))),
        answer(200, &[("content-type", "text/html")], r#"{"credits":5}"#),
        answer(200, &[("content-type", "application/json"), ("content-encoding", "gzip")], r#"{"credits":5}"#),
        b"HTTP/1.1 200 OK\r\ncontent-length: 12\r\n\r\n{\"credits\":5}".to_vec(),
        format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", 1_u64 << 40).into_bytes(),
        json(200, &format!(r#"{{"credits":5,"x":"{}"}}"#, "x".repeat(1 << 20))),
        b"ICY 200 OK\r\n\r\n".to_vec(),
    ] {
        let server = Server::always(bytes.clone()).await;
        let error = open(amounts(), server.config()).0.check().await.unwrap_err();
        assert_eq!(error.class, ErrorClass::Malformed, "{}", String::from_utf8_lossy(&bytes[..bytes.len().min(200)]));
        assert_eq!(server.count(), 1);
    }
}

#[tokio::test]
async fn what_never_arrives_whole_is_an_error() {
    let cut = || b"HTTP/1.1 200 OK\r\ncontent-length: 14\r\n\r\n{\"credits\":5}".to_vec();
    let server = Server::start(move |_, _| Reaction::Close(cut())).await;
    assert_eq!(open(amounts(), server.config()).0.check().await.unwrap_err().class, ErrorClass::Network);
    let server = Server::start(|_, _| Reaction::Close(vec![])).await;
    let error = open(amounts(), server.config()).0.check().await.unwrap_err();
    assert_eq!((error.class, error.status), (ErrorClass::Network, None));
    assert_eq!(server.count(), 1, "nothing is repeated");

    let brief = Duration::from_millis(60);
    for reaction in [
        || Reaction::Stall(vec![]),
        || Reaction::Stall(b"HTTP/1.1 200 OK\r\ncontent-length: 14\r\n\r\n{".to_vec()),
        || Reaction::Drip(b"HTTP/1.1 200 OK\r\ncontent-length: 10000\r\n\r\n{".to_vec()),
    ] {
        let server = Server::start(move |_, _| reaction()).await;
        let error = open(amounts(), server.config().timeout(brief)).0.check().await.unwrap_err();
        assert_eq!(error.class, ErrorClass::Timeout);
    }
    drop(server);
    let config = Config::new("http://127.0.0.1:1").key("k_secret_1");
    assert_eq!(open(amounts(), config).0.check().await.unwrap_err().class, ErrorClass::Network);
}

#[tokio::test]
async fn failed_answers_by_code_and_by_status() {
    use ErrorClass::{Auth, Exhausted, Forbidden, Malformed, NotFound, Other, RateLimited, Server as Down, Timeout};
    let code = |code: &str| format!(r#"{{"credits":5,"errors":[{{"code":"{code}"}}]}}"#);
    for (status, body, class) in [
        (401, code("invalid_api_key"), Auth),
        (418, code("invalid_api_key"), Auth),
        (500, code("invalid_api_key"), Down),
        (401, String::new(), Auth),
        (402, code("whatever"), Exhausted),
        (403, "Forbidden".into(), Forbidden),
        (404, String::new(), NotFound),
        (408, String::new(), Timeout),
        (429, "Too Many Requests".into(), RateLimited),
        (500, r#"{"credits":5}"#.into(), Down),
        (502, "<html>".into(), Down),
        (504, String::new(), Down),
        (422, String::new(), Other),
        (302, String::new(), Other),
        (299, r#"{"credits":5}"#.into(), Malformed),
    ] {
        let server = Server::always(json(status, &body)).await;
        let error = open(amounts(), server.config()).0.check().await.unwrap_err();
        assert_eq!((error.class, error.status), (class, Some(status)), "{body}");
        assert_eq!(server.count(), 1);
    }
}

#[tokio::test]
async fn a_code_tells_where_no_status_is_promised() {
    for status in [200, 403, 429, 500] {
        let server = Server::always(json(status, r#"{"code":"QUOTA_EXCEEDED","message":"no"}"#)).await;
        let error = open(flags(), server.config()).0.spend().await.unwrap_err();
        assert_eq!((error.class, error.status), (ErrorClass::Exhausted, Some(status)));
    }
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let other = Server::always(json(200, r#"{"credits":5}"#)).await;
    let location = format!("{}/v1/credits", other.base);
    let server = Server::always(answer(307, &[("location", &location)], "")).await;
    assert_eq!(open(amounts(), server.config()).0.check().await.unwrap_err().class, ErrorClass::Other);
    assert_eq!(other.count(), 0);
}

#[tokio::test]
async fn the_credential_is_in_no_text() {
    let server = Server::always(json(401, r#"{"errors":[{"code":"no k_secret_1 here"}]}"#)).await;
    let (client, _) = open(amounts(), server.config());
    let error = client.check().await.unwrap_err();
    let texts = format!("{error} {error:?} {client:?} {:?} {:?}", server.config(), client.handle());
    assert!(!texts.contains("secret"), "{texts}");
    assert_eq!(error.to_string(), "the call failed: auth (401)");
}

#[tokio::test]
async fn retry_after_is_waited_out_by_that_account_only() {
    let server = Server::start(|seen, number| {
        let limited = [("content-type", "text/plain"), ("retry-after", "30")];
        Reaction::Send(match number {
            0 => answer(429, &limited, "Too Many Requests"),
            _ if seen.method == "POST" => json(200, "{}"),
            _ => json(200, r#"{"credits":5}"#),
        })
    })
    .await;
    let (client, clock) = open(amounts(), server.config());
    let first = client.check().await.unwrap_err();
    assert_eq!((first.class, first.retry_after), (ErrorClass::RateLimited, Some(Duration::from_secs(30))));
    assert!(clock.advance(Duration::from_millis(29_999)));
    let again = client.check().await.unwrap_err();
    assert_eq!((again.class, again.retry_after), (ErrorClass::RateLimited, Some(Duration::from_millis(1))));
    assert_eq!(client.spend().await.unwrap_err().class, ErrorClass::RateLimited);
    assert_eq!(server.count(), 1);
    let other = ringtrue::__cli::client::ClientAccount { tenant: None, key: Some("k_secret_2".into()) };
    client.account(other).unwrap().check().await.unwrap();
    assert!(clock.advance(Duration::from_millis(1)));
    client.check().await.unwrap();
    assert_eq!(server.count(), 3);
}

#[tokio::test]
async fn open_when_the_check_fails_and_only_then() {
    let failures: Vec<Reaction> = vec![
        Reaction::Send(json(500, r#"{"allowed":true}"#)),
        Reaction::Send(json(500, r#"{"allowed":false}"#)),
        Reaction::Send(answer(502, &[("content-type", "text/html")], "<html>")),
        Reaction::Send(json(429, "{}")),
        Reaction::Send(json(200, "{}")),
        Reaction::Send(json(200, r#"{"allowed":"true"}"#)),
        Reaction::Send(json(200, r#"{"error":"no"}"#)),
        Reaction::Send(json(404, "{}")),
        Reaction::Send(json(401, "{}")),
        Reaction::Close(vec![]),
        Reaction::Close(b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{\"allowed\":false}".to_vec()),
        Reaction::Stall(vec![]),
    ];
    let count = failures.len();
    let failures = std::sync::Mutex::new(failures);
    let server = Server::start(move |_, number| {
        let mut failures = failures.lock().unwrap();
        if failures.is_empty() {
            return Reaction::Send(json(200, r#"{"allowed":false}"#));
        }
        let _ = number;
        failures.remove(0)
    })
    .await;
    let (client, _) = open(flags(), server.config().timeout(Duration::from_millis(60)));
    for number in 0..count {
        let balance = client.check().await.unwrap();
        assert_eq!((balance.allowed, balance.source), (Some(true), Some(Source::FailOpen)), "{number}");
        assert_eq!(client.check_cached(), None, "a guess is not kept");
        assert_eq!(server.count(), number + 1);
    }
    let balance = client.check().await.unwrap();
    assert_eq!((balance.allowed, balance.source), (Some(false), Some(Source::Network)));
}

#[test]
fn refused_configurations() {
    let open = |config| ringtrue::__cli::client::ReferenceClient::new(amounts().into(), config).map(drop);
    for base in
        ["", "/v1", "ftp://example.com", "http://a:b@example.com", "http://example.com/?x", "http://example.com/#x"]
    {
        assert_eq!(open(Config::new(base)), Err(ConfigError::BaseUrl), "{base}");
    }
    assert_eq!(open(Config::new("http://example.com").key("a\nb")), Err(ConfigError::Key));
    assert_eq!(open(Config::new("https://example.com/")), Ok(()));
}
