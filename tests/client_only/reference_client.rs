//! The reference client for contracts without expressions that concern clients.

use std::sync::Arc;
use std::time::Duration;

use ringtrue::Contract;
use ringtrue::client::{Balance, Clock, Config, Decimal, ErrorClass, ReferenceClient, Source};

use crate::server::{Route, Server};

fn open(contract: &str, server: &Server) -> (ReferenceClient, Clock) {
    let (contract, clock) = (Arc::new(Contract::load(contract).unwrap()), Clock::manual());
    let config = Config::new(&server.url).key("k_1").tenant("shop-1");
    (ReferenceClient::builder(contract, config).clock(clock.clone()).open().unwrap(), clock)
}

/// The credits of a balance, which must come from a response.
fn credits(balance: Balance) -> (Option<Decimal>, Option<Decimal>, Option<bool>) {
    assert_eq!(balance.source, Some(Source::Network));
    (balance.remaining, balance.total, balance.allowed)
}

fn number(text: &str) -> Option<Decimal> {
    Some(text.parse().unwrap())
}

#[tokio::test]
async fn client_reads_amounts_exactly() {
    const ROUTES: [Route; 3] = [
        ("GET /account/credits", 200, r#"{"creditBalance": 422}"#),
        ("GET /credit/balance", 200, r#"{"availableCredits": 120, "totalCredits": 300}"#),
        (
            "GET /v1/credits",
            200,
            r#"{"total_remaining_credits": 9007199254740993, "credits": [{"remaining_amount": 9007199254740993}]}"#,
        ),
    ];
    let server = Server::start(&ROUTES);
    let read = async |contract| credits(open(contract, &server).0.check().await.unwrap());
    assert_eq!(read("genlook").await, (number("422"), None, None));
    assert_eq!(read("pollo").await, (number("120"), number("300"), None));
    assert_eq!(read("stablecog").await, (number("9007199254740993"), None, None));
    assert!(server.take_requests().iter().all(|head| head.contains("k_1")), "every request has the credential");
}

#[tokio::test]
async fn balance_is_cached_until_its_ttl_and_until_a_paid_call() {
    const ROUTES: [Route; 2] = [
        ("GET /v1/credits", 200, r#"{"credits": 15432.50}"#),
        (
            "POST /v1/people/email-finder",
            200,
            r#"{"email": "a@example.com", "status": "valid", "credits_consumed": 1}"#,
        ),
    ];
    let server = Server::start(&ROUTES);
    let (client, clock) = open("leadmagic", &server);
    let mut requests = Vec::new();
    for step in ["first", "cached", "expired", "cached", "spent"] {
        match step {
            "expired" => assert!(clock.advance(client.ttl() + Duration::from_millis(1))),
            "spent" => drop(client.spend().await.unwrap()),
            _ => {}
        }
        assert_eq!(client.check().await.unwrap().remaining, number("15432.50"));
        requests.push(server.take_requests().len());
    }
    assert_eq!(requests, [1, 0, 1, 0, 2]);
}

#[tokio::test]
async fn refusal_has_its_class_and_code() {
    const ROUTES: [Route; 2] = [
        ("GET /v1/credits", 401, r#"{"success": false, "errors": [{"code": "invalid_api_key"}]}"#),
        ("POST /v1/people/email-finder", 402, r#"{"success": false, "errors": [{"code": "insufficient_credits"}]}"#),
    ];
    let (client, _) = open("leadmagic", &Server::start(&ROUTES));
    let refused = client.check().await.unwrap_err();
    assert_eq!(
        (refused.class, refused.status, refused.code.as_deref()),
        (ErrorClass::Auth, Some(401), Some("invalid_api_key"))
    );
    let exhausted = client.spend().await.unwrap_err();
    assert_eq!((exhausted.class, exhausted.code.as_deref()), (ErrorClass::Exhausted, Some("insufficient_credits")));
}

#[tokio::test]
async fn failed_check_fails_open_where_the_contract_says_so() {
    const ROUTES: [Route; 1] = [("GET /check-credits", 500, r#"{"allowed": true}"#)];
    let (client, _) = open("genlook-storefront", &Server::start(&ROUTES));
    let balance = client.check().await.unwrap();
    assert_eq!((balance.allowed, balance.source), (Some(true), Some(Source::FailOpen)));
}
