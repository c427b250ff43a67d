//! What the hit path may not do: allocate, or show half a balance.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use ringtrue::__cli::client::{ClientAccount, ReferenceClient};

use super::support::{Reaction, Server, json, open, rows};

/// A name and a key of the usual length, which are looked up on the shortest way, and two that are not.
const ACCOUNTS: [(&str, &str); 2] = [("shop-000001.example.com", "k_0123456789abcdef"), ("shop-1", "k_secret_1")];

#[tokio::test]
async fn cache_hit_allocates_nothing() {
    let server = Server::always(json(200, r#"{"rows":[{"left":15432.50}],"total":20000}"#)).await;
    for (tenant, key) in ACCOUNTS {
        // The real clock, because reading it is part of the path.
        let config = server.config().tenant(tenant).key(key).cache_ttl(std::time::Duration::from_mins(10));
        let client = ReferenceClient::new(Arc::new(rows()), config).unwrap();
        client.check().await.unwrap();
        let handle = client.handle();
        // A thread that looks into the map for the first time leaves its name there.
        assert_eq!(client.check_cached_by("nobody", key), None);
        let measured = allocation_counter::measure(|| {
            for _ in 0..100 {
                let hit = handle.get().unwrap();
                assert!(hit.remaining() < hit.total());
                assert_eq!(client.check_cached(), Some(hit));
                assert_eq!(client.check_cached_by(tenant, key), Some(hit));
                assert_eq!(client.check_cached_by(key, tenant), None);
                assert_eq!(hit.balance().remaining.map(|left| left.scale()), Some(2));
            }
        });
        assert_eq!(measured.count_total, 0);
    }
}

#[test]
fn cache_hit_is_small_and_copyable() {
    fn copied<T: Copy>() -> usize {
        size_of::<T>()
    }
    assert_eq!(copied::<ringtrue::__cli::client::Hit>(), 32);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_reader_never_sees_a_partial_write() {
    let server = Server::start(|_, number| {
        // Amounts that fill all 96 bits, of either sign, with what is left always equal to what there was.
        let amount = format!("{}{}", if number % 2 == 0 { "-" } else { "" }, "79228162514264337593543950335");
        let amount = if number % 3 == 0 { format!("{number}.5") } else { amount };
        Reaction::Send(json(200, &format!(r#"{{"rows":[{{"left":{amount}}}],"total":{amount}}}"#)))
    })
    .await;
    let (client, _) = open(rows(), server.config().cache_ttl(std::time::Duration::from_mins(10)));
    let account = |tenant: &str, key: &str| ClientAccount { tenant: Some(tenant.into()), key: Some(key.into()) };
    let clients = ACCOUNTS.map(|(tenant, key)| client.account(account(tenant, key)).unwrap());
    let (done, seen) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let readers: Vec<_> = (0..2)
        .map(|_| {
            let (done, seen, clients) = (Arc::clone(&done), Arc::clone(&seen), clients.clone());
            std::thread::spawn(move || {
                while !done.load(Ordering::Relaxed) {
                    for (client, (tenant, key)) in clients.iter().zip(ACCOUNTS) {
                        for hit in [client.check_cached(), client.check_cached_by(tenant, key)].into_iter().flatten() {
                            assert_eq!(hit.remaining(), hit.total());
                            seen.fetch_add(1, Ordering::Relaxed);
                        }
                    }
                    std::thread::yield_now();
                }
            })
        })
        .collect();
    for number in 0..300 {
        let before = seen.load(Ordering::Relaxed);
        for client in &clients {
            client.invalidate();
            client.check().await.unwrap();
        }
        // One tenant more every time, so that what the readers look into grows.
        let other = client.account(account(&format!("shop-{number:06}.example.net"), ACCOUNTS[0].1)).unwrap();
        other.check().await.unwrap();
        while seen.load(Ordering::Relaxed) == before && !readers.iter().any(std::thread::JoinHandle::is_finished) {
            std::thread::yield_now();
        }
    }
    done.store(true, Ordering::Relaxed);
    for reader in readers {
        reader.join().unwrap();
    }
}
