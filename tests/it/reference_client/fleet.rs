//! The second cache level, in a real Redis server. Each client here stands for a process: it has a cache and connections of
//! its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::future::join_all;
use ringtrue::__cli::client::{
    Balance, Clock, Config, CreditClient, ErrorClass, RedisClient, RedisOptions, RedisStore, ReferenceClient, Source,
};
use ringtrue::__cli::contract::Contract;
use tokio::sync::Notify;
use tokio::time::Instant;

use super::support::{Reaction, Server, amounts, answer, flags, json};
use crate::redis_server::RedisServer;

/// How long something may take that is not immediate, on a busy machine.
const LIMIT: Duration = Duration::from_secs(20);

async fn store(url: &str) -> RedisStore {
    // Longer than by default, so that a busy machine is no outage.
    let options = RedisOptions::default().timeout(Duration::from_secs(5)).heartbeat(Duration::from_millis(200));
    let store = RedisStore::new(RedisClient::open(url).unwrap(), options);
    assert!(store.connected_within(LIMIT).await, "Redis does not answer");
    store
}

async fn process(contract: Contract, config: Config, url: &str) -> (ReferenceClient, Clock) {
    let clock = Clock::manual();
    // A clock that has just started cannot express when an older balance was filled.
    assert!(clock.advance(Duration::from_hours(1)));
    let builder = ReferenceClient::builder(Arc::new(contract), config).clock(clock.clone());
    (builder.fleet(Arc::new(store(url).await)).open().unwrap(), clock)
}

async fn until(what: &str, holds: impl AsyncFn() -> bool) {
    let begun = Instant::now();
    while !holds().await {
        assert!(begun.elapsed() < LIMIT, "{what} does not happen");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// A server whose balance is the number of the request.
async fn counting() -> Server {
    Server::start(|seen, number| {
        let left = number + 1;
        Reaction::Send(match seen.method.as_str() {
            "GET" => json(200, &format!(r#"{{"credits":{left}}}"#)),
            _ => answer(200, &[("content-type", "application/json")], "{}"),
        })
    })
    .await
}

#[tokio::test]
async fn balance_is_requested_once_for_all_processes_and_keeps_its_age() {
    let Some(redis) = RedisServer::start().await else { return };
    let server = counting().await;
    let (one, _) = process(amounts(), server.config(), &redis.url()).await;
    let (other, clock) = process(amounts(), server.config(), &redis.url()).await;
    let fill = one.check().await.unwrap();
    assert_eq!((fill.remaining, fill.source), (Some(1.into()), Some(Source::Network)));
    let keys: Vec<String> = redis.command(&["KEYS", "*:balance"]).await;
    let [key] = keys.as_slice() else { panic!("{keys:?}") };
    let left: i64 = redis.command(&["PTTL", key]).await;
    assert!((200_000..=300_000).contains(&left), "{left}");
    // As though the request had been four minutes ago.
    let _: i64 = redis.command(&["PEXPIRE", key, "60000"]).await;
    let read = other.check().await.unwrap();
    assert_eq!((read.remaining, read.source), (Some(1.into()), Some(Source::Cache)));
    assert!(other.check_cached().is_some());
    assert!(clock.advance(Duration::from_mins(1)));
    assert_eq!(other.check_cached(), None);
    assert_eq!(server.count(), 1);
}

#[tokio::test]
async fn nothing_in_redis_contains_a_credential_or_a_tenant() {
    let Some(redis) = RedisServer::start().await else { return };
    let server = counting().await;
    let (client, _) = process(amounts(), server.config(), &redis.url()).await;
    client.check().await.unwrap();
    let keys: Vec<String> = redis.command(&["KEYS", "*"]).await;
    assert!(!keys.is_empty());
    for key in keys {
        let value: String = redis.command(&["GET", &key]).await;
        for secret in ["k_secret_1", "secret", "shop-1", "127.0.0.1"] {
            assert!(!key.contains(secret) && !value.contains(secret), "{key}: {value}");
        }
    }
}

#[tokio::test]
async fn store_shows_no_password() {
    let store = RedisStore::open("redis://:hunter2@127.0.0.1:1/0").unwrap();
    assert!(!format!("{store:?}").contains("hunter2"));
    let error = RedisStore::open("nonsense://:hunter2@127.0.0.1").unwrap_err();
    assert!(!format!("{error} {error:?}").contains("hunter2"));
}

#[tokio::test]
async fn paid_call_and_invalidate_reach_the_first_level_of_other_processes() {
    let Some(redis) = RedisServer::start().await else { return };
    let server = counting().await;
    let (one, _) = process(amounts(), server.config(), &redis.url()).await;
    let (other, _) = process(amounts(), server.config(), &redis.url()).await;
    for drop_balance in ["spend", "invalidate"] {
        let before = one.check().await.unwrap().remaining;
        assert_eq!(other.check().await.unwrap().remaining, before);
        assert!(other.check_cached().is_some());
        match drop_balance {
            "spend" => drop(one.spend().await.unwrap()),
            _ => CreditClient::invalidate(&one).await,
        }
        assert_ne!(one.check().await.unwrap().remaining, before, "{drop_balance}");
        until(drop_balance, async || other.check().await.unwrap().remaining != before).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sixteen_processes_share_one_request() {
    let Some(redis) = RedisServer::start().await else { return };
    let server = Server::start(|_, _| {
        Reaction::Later(Box::pin(async {
            tokio::time::sleep(Duration::from_millis(300)).await;
            json(200, r#"{"credits":7}"#)
        }))
    })
    .await;
    let url = redis.url();
    let processes = join_all((0..16).map(|_| process(amounts(), server.config(), &url))).await;
    let found = join_all(processes.iter().map(|(client, _)| client.check())).await;
    assert!(found.iter().all(|found| found.as_ref().unwrap().remaining == Some(7.into())), "{found:?}");
    assert_eq!(server.count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn failed_request_makes_no_process_wait_for_long() {
    let Some(redis) = RedisServer::start().await else { return };
    let server = Server::start(|_, _| {
        Reaction::Later(Box::pin(async {
            tokio::time::sleep(Duration::from_millis(100)).await;
            json(500, "{}")
        }))
    })
    .await;
    let url = redis.url();
    let processes = join_all((0..8).map(|_| process(amounts(), server.config(), &url))).await;
    let begun = Instant::now();
    let found = join_all(processes.iter().map(|(client, _)| client.check())).await;
    assert!(found.iter().all(|found| found.as_ref().unwrap_err().class == ErrorClass::Server), "{found:?}");
    // The second failure is not waited for: that would be eight times the time of one.
    assert!(begun.elapsed() < server.config().timeout, "{:?}", begun.elapsed());
    let leases: Vec<String> = redis.command(&["KEYS", "*:lease"]).await;
    assert_eq!(leases, Vec::<String>::new());
}

#[tokio::test]
async fn lease_of_a_process_that_has_ended_is_not_waited_for_longer_than_one_request() {
    let Some(redis) = RedisServer::start().await else { return };
    let server = counting().await;
    let config = server.config().timeout(Duration::from_millis(500));
    let (client, _) = process(amounts(), config, &redis.url()).await;
    client.check().await.unwrap();
    let keys: Vec<String> = redis.command(&["KEYS", "*:balance"]).await;
    let lease = keys[0].replace(":balance", ":lease");
    CreditClient::invalidate(&client).await;
    let _: String = redis.command(&["SET", &lease, "a process that has ended", "PX", "600000"]).await;
    let found = client.check().await.unwrap();
    assert_eq!((found.remaining, found.source), (Some(2.into()), Some(Source::Network)));
    let stored: Vec<String> = redis.command(&["KEYS", "*:balance"]).await;
    assert_eq!(stored, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn late_response_is_stored_nowhere_after_a_paid_call_in_another_process() {
    let Some(redis) = RedisServer::start().await else { return };
    let (arrived, release) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let signals = (arrived.clone(), release.clone());
    let reads = AtomicUsize::new(0);
    let server = Server::start(move |seen, _| {
        if seen.method != "GET" {
            return Reaction::Send(answer(200, &[("content-type", "application/json")], "{}"));
        }
        if reads.fetch_add(1, Ordering::SeqCst) > 0 {
            return Reaction::Send(json(200, r#"{"credits":4}"#));
        }
        let (arrived, release) = signals.clone();
        Reaction::Later(Box::pin(async move {
            arrived.notify_one();
            release.notified().await;
            json(200, r#"{"credits":5}"#)
        }))
    })
    .await;
    let (one, _) = process(amounts(), server.config(), &redis.url()).await;
    let (other, _) = process(amounts(), server.config(), &redis.url()).await;
    let held = tokio::spawn({
        let one = one.clone();
        async move { one.check().await }
    });
    arrived.notified().await;
    other.spend().await.unwrap();
    release.notify_one();
    assert_eq!(held.await.unwrap().unwrap().remaining, Some(5.into()));
    assert_eq!(one.check_cached(), None);
    let stored: Vec<String> = redis.command(&["KEYS", "*:balance"]).await;
    assert_eq!(stored, Vec::<String>::new());
    assert_eq!(other.check().await.unwrap().remaining, Some(4.into()));
    assert_eq!(one.check().await.unwrap().remaining, Some(4.into()));
}

/// Without Redis, the provider is asked, and a failed check is decided by the failure policy.
#[tokio::test]
async fn outage_of_redis_leaves_each_check_to_the_provider_and_the_failure_policy() {
    let Some(mut redis) = RedisServer::start().await else { return };
    let server = counting().await;
    let (closed, _) = process(amounts(), server.config(), &redis.url()).await;
    let failing = Server::always(json(500, "{}")).await;
    let (closed_failing, _) = process(amounts(), failing.config(), &redis.url()).await;
    let (open_failing, _) = process(flags(), failing.config(), &redis.url()).await;
    closed.check().await.unwrap();
    assert!(closed.check_cached().is_some());
    redis.stop();
    // Paid calls of other processes can no longer be heard of, so that nothing cached is used.
    until("the first level becomes empty", async || closed.check_cached().is_none()).await;
    let before = server.count();
    for _ in 0..3 {
        assert_eq!(closed.check().await.unwrap().source, Some(Source::Network));
        assert_eq!(closed.check_cached(), None);
    }
    assert_eq!(server.count(), before + 3);
    closed.spend().await.unwrap();
    assert_eq!(closed_failing.check().await.unwrap_err().class, ErrorClass::Server);
    let allowed = open_failing.check().await.unwrap();
    assert_eq!((allowed.allowed, allowed.source), (Some(true), Some(Source::FailOpen)));
    redis.restart().await;
    until("it is cached again", async || {
        closed.check().await.unwrap();
        closed.check_cached().is_some()
    })
    .await;
}

#[tokio::test]
async fn client_opened_without_redis_works_and_caches_nothing() {
    let server = counting().await;
    let store = RedisStore::open("redis://127.0.0.1:1").unwrap();
    assert!(!store.connected_within(Duration::from_millis(50)).await);
    let builder = ReferenceClient::builder(Arc::new(amounts()), server.config()).clock(Clock::manual());
    let client = builder.fleet(Arc::new(store)).open().unwrap();
    for left in 1..=3 {
        let found = client.check().await.unwrap();
        assert_eq!((found.remaining, found.source), (Some(left.into()), Some(Source::Network)));
    }
}

#[tokio::test]
async fn invalidation_that_redis_does_not_confirm_is_repeated() {
    let Some(redis) = RedisServer::start().await else { return };
    let server = counting().await;
    let options = RedisOptions::default().timeout(Duration::from_millis(200)).heartbeat(LIMIT);
    let hasty = RedisStore::new(RedisClient::open(redis.url()).unwrap(), options);
    assert!(hasty.connected_within(LIMIT).await);
    let builder = ReferenceClient::builder(Arc::new(amounts()), server.config()).clock(Clock::manual());
    let one = builder.fleet(Arc::new(hasty)).open().unwrap();
    let (other, _) = process(amounts(), server.config(), &redis.url()).await;
    let before = other.check().await.unwrap().remaining;
    let _: String = redis.command(&["CLIENT", "PAUSE", "1000", "ALL"]).await;
    one.spend().await.unwrap();
    until("the other process sees the paid call", async || other.check().await.unwrap().remaining != before).await;
}

#[tokio::test]
async fn foreign_content_in_redis_is_not_taken_for_a_balance() {
    let Some(redis) = RedisServer::start().await else { return };
    let server = counting().await;
    let (client, clock) = process(amounts(), server.config(), &redis.url()).await;
    client.check().await.unwrap();
    let keys: Vec<String> = redis.command(&["KEYS", "*:balance"]).await;
    for words in
        [["SET", &keys[0], "1 999 - - and more", "PX", "60000"].as_slice(), ["SET", &keys[0], "1 999 - -"].as_slice()]
    {
        assert!(clock.advance(Duration::from_mins(5)));
        let _: String = redis.command(words).await;
        let found: Balance = client.check().await.unwrap();
        assert_eq!(found.source, Some(Source::Network));
        assert_ne!(found.remaining, Some(999.into()));
    }
}

#[tokio::test]
async fn hit_on_the_first_level_allocates_nothing_with_a_second_level() {
    let Some(redis) = RedisServer::start().await else { return };
    let server = counting().await;
    let (client, _) = process(amounts(), server.config(), &redis.url()).await;
    client.check().await.unwrap();
    let handle = client.handle();
    let counted = allocation_counter::measure(|| {
        assert!(client.check_cached().is_some() && handle.get().is_some());
    });
    assert_eq!(counted.count_total, 0);
    assert_eq!(server.count(), 1);
}
