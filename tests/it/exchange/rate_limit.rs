//! How the harness goes on when the subject limits the rate of requests.

use std::time::Duration;

use ringtrue::__cli::exchange::{Blocked, Http, Journal, LimitMeaning, Limits, Request, SendOptions, Transport};
use wiremock::{Mock, MockServer, ResponseTemplate};

/// A server that limits all requests, at once and without end.
async fn limiting() -> MockServer {
    let server = MockServer::start().await;
    let limit = ResponseTemplate::new(429).insert_header("retry-after", "0");
    Mock::given(wiremock::matchers::any()).respond_with(limit).mount(&server).await;
    server
}

fn transport(server: &MockServer) -> Transport {
    let http = Http::new(Duration::from_secs(30)).unwrap();
    let meaning = |request: &Request, _: &_| match request.target.as_str() {
        "/unlimited" => LimitMeaning::Contradiction,
        "/exhausted" => LimitMeaning::OtherRefusal,
        "/unknown" => LimitMeaning::Undocumented,
        _ => LimitMeaning::Limit,
    };
    // A rate keeps the pace of the user, so that nothing is slower after a limit.
    let limits = Limits { rate: Some(100_000.0), ..Limits::default() };
    Transport::new(&server.uri(), http, limits).with_limit_meaning(meaning)
}

async fn send(transport: &Transport, target: &str) -> Result<u16, Blocked> {
    let exchange = transport.send(&Journal::default(), Request::new("GET", target), SendOptions::default()).await?;
    Ok(exchange.result.as_ref().unwrap().status)
}

async fn requests(server: &MockServer) -> usize {
    server.received_requests().await.unwrap().len()
}

#[tokio::test]
async fn limit_on_an_unlimited_operation_is_given_up_and_others_are_not() {
    let server = limiting().await;
    let transport = transport(&server);
    let mut results = Vec::new();
    while results.last() != Some(&Err(Blocked::LimitedAlthoughUnlimited)) {
        assert!(results.len() < 20, "{results:?}");
        results.push(send(&transport, "/unlimited").await);
    }
    assert_eq!(requests(&server).await, 65);
    // From now on it is not repeated, and neither is what no operation is known for.
    for target in ["/unlimited", "/unknown"] {
        let before = requests(&server).await;
        assert_eq!(send(&transport, target).await, Err(Blocked::LimitedAlthoughUnlimited), "{target}");
        assert_eq!(requests(&server).await, before + 1, "{target}");
    }
    assert_eq!(send(&transport, "/limited").await, Err(Blocked::LimitedThroughout));
    assert_eq!(send(&transport, "/exhausted").await, Ok(429));
}

#[tokio::test]
async fn limit_on_an_unknown_path_is_waited_for_while_no_unlimited_operation_is_limited() {
    let server = limiting().await;
    assert_eq!(send(&transport(&server), "/unknown").await, Err(Blocked::LimitedThroughout));
    assert_eq!(requests(&server).await, 7);
}
