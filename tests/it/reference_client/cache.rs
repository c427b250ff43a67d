//! What is kept, for whom and how long; in virtual time.

use std::sync::Arc;
use std::time::Duration;

use ringtrue::__cli::client::{Cache, ClientAccount, Clock, ErrorClass, ReferenceClient, Source};
use tokio::sync::Notify;

use super::support::{Reaction, Server, amounts, answer, flags, json, open, rows};

const TTL: Duration = Duration::from_mins(5);
const TICK: Duration = Duration::from_nanos(1);

#[tokio::test]
async fn balance_is_cached_below_the_ttl_and_not_at_it() {
    let server = Server::always(json(200, r#"{"credits":0}"#)).await;
    let (client, clock) = open(amounts(), server.config());
    assert_eq!(client.check_cached(), None);
    assert_eq!(client.check().await.unwrap().source, Some(Source::Network));
    assert!(clock.advance(TTL.checked_sub(TICK).unwrap()));
    let hit = client.check().await.unwrap();
    assert_eq!((hit.source, hit.remaining), (Some(Source::Cache), Some(0.into())));
    assert_eq!(client.check_cached().unwrap().remaining(), Some(0.into()));
    assert_eq!(client.check_cached_by("shop-1", "k_secret_1"), client.check_cached());
    assert_eq!(client.check_cached_by("shop-1", "k_secret_2"), None);
    assert!(clock.advance(TICK));
    assert_eq!(client.check_cached(), None);
    assert_eq!(client.check().await.unwrap().source, Some(Source::Network));
    assert_eq!(client.check().await.unwrap().source, Some(Source::Cache));
    assert_eq!(server.count(), 2);
}

#[tokio::test]
async fn denial_is_cached_too() {
    let server = Server::always(json(200, r#"{"allowed":false}"#)).await;
    let (client, _) = open(flags(), server.config());
    for _ in 0..3 {
        assert_eq!(client.check().await.unwrap().allowed, Some(false));
    }
    assert_eq!(server.count(), 1);
}

#[tokio::test]
async fn nothing_is_cached_without_a_promise_or_a_setting() {
    let server = Server::always(json(200, r#"{"rows":[],"total":1}"#)).await;
    let (client, _) = open(rows(), server.config());
    client.check().await.unwrap();
    client.check().await.unwrap();
    assert_eq!(server.count(), 2);
    let (client, clock) = open(rows(), server.config().cache_ttl(Duration::from_millis(7)));
    client.check().await.unwrap();
    assert!(clock.advance(Duration::from_millis(7).checked_sub(TICK).unwrap()));
    client.check().await.unwrap();
    assert_eq!(server.count(), 3);
    let (client, _) = open(amounts(), server.config().cache_ttl(Duration::ZERO));
    assert!(client.ttl().is_zero());
}

#[tokio::test]
async fn entries_are_separate_per_tenant_credential_and_server() {
    let server = Server::always(json(200, r#"{"credits":1}"#)).await;
    let other = Server::always(json(200, r#"{"credits":2}"#)).await;
    let (cache, clock, contract) = (Arc::new(Cache::new()), Clock::manual(), Arc::new(amounts()));
    let open = |config| {
        ReferenceClient::builder(contract.clone(), config).cache(cache.clone()).clock(clock.clone()).open().unwrap()
    };
    let first = open(server.config());
    first.check().await.unwrap();
    assert!(open(server.config()).check_cached().is_some(), "the same account finds what another client kept");
    for config in [
        server.config().tenant("shop-2"),
        server.config().key("k_secret_2"),
        // The same letters in a row, divided otherwise.
        server.config().tenant("shop-1k").key("_secret_1"),
        other.config(),
    ] {
        assert_eq!(open(config).check_cached(), None);
    }
    let account = ClientAccount { tenant: Some("shop-2".into()), key: Some("k_secret_1".into()) };
    assert_eq!(first.account(account).unwrap().check_cached(), None);
}

#[tokio::test]
async fn concurrent_checks_share_one_request() {
    let gate = Arc::new(Notify::new());
    let server = Server::start({
        let gate = Arc::clone(&gate);
        move |_, _| {
            let gate = Arc::clone(&gate);
            Reaction::Later(Box::pin(async move {
                gate.notified().await;
                json(200, r#"{"credits":5}"#)
            }))
        }
    })
    .await;
    let (client, _) = open(amounts(), server.config());
    let leader = tokio::spawn({
        let client = client.clone();
        async move { client.check().await }
    });
    while server.count() == 0 {
        tokio::task::yield_now().await;
    }
    let followers: Vec<_> = (0..10)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { client.check().await })
        })
        .collect();
    tokio::task::yield_now().await;
    // A leader that is given up does not take the others with it.
    leader.abort();
    gate.notify_one();
    for follower in followers {
        assert_eq!(follower.await.unwrap().unwrap().remaining, Some(5.into()));
    }
    assert_eq!(server.count(), 1);
}

#[tokio::test]
async fn paid_call_invalidates_the_cache() {
    let server = Server::start(|seen, number| {
        Reaction::Send(match (seen.method.as_str(), number) {
            ("GET", 0) => json(200, r#"{"credits":5}"#),
            ("GET", _) => json(200, r#"{"credits":4}"#),
            ("POST", 1) => json(400, r#"{"errors":[{"code":"insufficient_credits"}]}"#),
            _ => answer(200, &[("content-type", "application/json"), ("x-credits-remaining", "4")], "{}"),
        })
    })
    .await;
    let (client, _) = open(amounts(), server.config());
    client.check().await.unwrap();
    let refused = client.spend().await.unwrap_err();
    assert_eq!((refused.class, refused.code.as_deref()), (ErrorClass::Exhausted, Some("insufficient_credits")));
    assert!(client.check_cached().is_some(), "a refusal drops nothing");
    assert_eq!(client.spend().await.unwrap().remaining, Some(4.into()));
    assert_eq!(client.check_cached(), None);
    assert_eq!(client.check().await.unwrap().remaining, Some(4.into()));
    assert_eq!(server.seen()[1].body, br#"{"domain":"example.com"}"#);
}

#[tokio::test]
async fn paid_call_with_an_unknown_result_invalidates_the_cache() {
    let server = Server::start(|seen, _| match seen.method.as_str() {
        "GET" => Reaction::Send(json(200, r#"{"credits":5}"#)),
        _ => Reaction::Stall(vec![]),
    })
    .await;
    let (client, _) = open(amounts(), server.config().timeout(Duration::from_millis(50)));
    client.check().await.unwrap();
    assert_eq!(client.spend().await.unwrap_err().class, ErrorClass::Timeout);
    assert_eq!(client.check_cached(), None);
    client.check().await.unwrap();
    drop(tokio::time::timeout(Duration::from_millis(5), client.spend()).await);
    assert_eq!(client.check_cached(), None, "nor does it help to stop waiting");
}

#[tokio::test]
async fn response_requested_before_an_invalidation_is_not_cached_after_it() {
    let gate = Arc::new(Notify::new());
    let server = Server::start({
        let gate = Arc::clone(&gate);
        move |_, number| {
            let gate = Arc::clone(&gate);
            if number > 0 {
                return Reaction::Send(json(200, r#"{"credits":4}"#));
            }
            Reaction::Later(Box::pin(async move {
                gate.notified().await;
                json(200, r#"{"credits":5}"#)
            }))
        }
    })
    .await;
    let (client, _) = open(amounts(), server.config());
    let early = tokio::spawn({
        let client = client.clone();
        async move { client.check().await }
    });
    while server.count() == 0 {
        tokio::task::yield_now().await;
    }
    client.invalidate();
    let late = client.check().await.unwrap();
    assert_eq!(late.remaining, Some(4.into()), "the fetch under way is not joined");
    gate.notify_one();
    assert_eq!(early.await.unwrap().unwrap().remaining, Some(5.into()));
    assert_eq!(client.check_cached().unwrap().remaining(), Some(4.into()));
}

#[tokio::test]
async fn full_cache_evicts_no_entry_in_use() {
    let server = Server::always(json(200, r#"{"credits":5}"#)).await;
    let cache = Arc::new(Cache::with_capacity(1024));
    let client = ReferenceClient::builder(Arc::new(amounts()), server.config()).cache(cache.clone()).open().unwrap();
    client.check().await.unwrap();
    for number in 0..20_000 {
        let tenant = Some(format!("shop-{number}-x").into());
        client.account(ClientAccount { tenant, key: None }).unwrap();
    }
    assert!(cache.len() <= 1024, "{}", cache.len());
    assert!(client.check_cached_by("shop-1", "k_secret_1").is_some());
}

#[tokio::test]
async fn evicted_entry_leaves_nothing_for_the_next_of_its_name() {
    const KEY: &str = "k_0123456789abcdef";
    let server = Server::always(json(200, r#"{"credits":5}"#)).await;
    let (cache, clock) = (Arc::new(Cache::with_capacity(16)), Clock::manual());
    let builder =
        ReferenceClient::builder(Arc::new(amounts()), server.config()).cache(cache.clone()).clock(clock.clone());
    let client = builder.open().unwrap();
    let name = |number: usize| format!("shop-{number}{}", ["-x", ".eu.example.com"][number % 2]);
    let open =
        |number| client.account(ClientAccount { tenant: Some(name(number).into()), key: Some(KEY.into()) }).unwrap();
    for number in 0..100 {
        assert!(clock.advance(TICK));
        open(number).check().await.unwrap();
        assert!(client.check_cached_by(&name(number), KEY).is_some());
    }
    assert!(cache.len() <= 16, "{}", cache.len());
    assert!((0..80).all(|number| client.check_cached_by(&name(number), KEY).is_none()));
    assert!((0..80).all(|number| open(number).check_cached().is_none()));
}

#[tokio::test]
async fn names_and_keys_of_any_length_are_distinguished() {
    let server = Server::start(|_, number| Reaction::Send(json(200, &format!(r#"{{"credits":{number}}}"#)))).await;
    let (client, clock) = open(amounts(), server.config());
    let lengths = [1, 15, 16, 17, 31, 32, 33, 64, 400];
    let pairs: Vec<(String, String)> = lengths
        .iter()
        .flat_map(|tenant| lengths.map(|key| ("a".repeat(*tenant), "a".repeat(key))))
        .chain(lengths.map(|tenant| ("a".repeat(tenant - 1) + "b", "a".repeat(20))))
        .chain(lengths.map(|key| ("a".repeat(20), "a".repeat(key - 1) + "b")))
        .collect();
    let account = |(tenant, key): &(String, String)| {
        client.account(ClientAccount { tenant: Some(tenant.as_str().into()), key: Some(key.as_str().into()) }).unwrap()
    };
    let accounts: Vec<ReferenceClient> = pairs.iter().map(account).collect();
    let mut balances = Vec::new();
    for account in &accounts {
        balances.push(account.check().await.unwrap().remaining);
    }
    let found = |(tenant, key): &(String, String)| client.check_cached_by(tenant, key).and_then(|hit| hit.remaining());
    assert_eq!(pairs.iter().map(found).collect::<Vec<_>>(), balances);
    assert_eq!(server.count(), pairs.len());
    for (pair, account) in pairs.iter().zip(&accounts).step_by(2) {
        account.invalidate();
        assert_eq!(found(pair), None);
    }
    for ((pair, account), balance) in pairs.iter().zip(&accounts).zip(&balances).skip(1).step_by(2) {
        assert_eq!((found(pair), account.check().await.unwrap().remaining), (*balance, *balance));
    }
    assert!(clock.advance(TTL));
    assert!(pairs.iter().all(|pair| found(pair).is_none()));
}
