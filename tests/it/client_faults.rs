//! Every fault shows: the same calls against the same answers come out differently from the conforming client.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use ringtrue::client::{Account, Behaviour, Cache, Client, Clock, Config, Outcome, Secret, faults};
use ringtrue::contract::{Contract, Locator, Schema};
use tokio::sync::Notify;

use crate::client_world::{Reaction, Server, amounts, answer, flags, json, pointer, rows};

#[test]
fn names_are_unique_and_found() {
    let mut names = BTreeSet::new();
    for fault in faults::all() {
        assert!(names.insert(fault.name), "{}", fault.name);
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        assert!(fault.name.bytes().all(plain), "{}", fault.name);
        assert!(!fault.about.ends_with('.') && !fault.about.is_empty());
        assert!(faults::named(fault.name).is_some());
    }
}

#[tokio::test]
async fn every_fault_shows() {
    let conforming = transcript(Behaviour::default()).await;
    assert_eq!(conforming, transcript(Behaviour::default()).await, "the transcript itself is steady");
    let mut silent = Vec::new();
    // Some at a time: each spends its time waiting for deadlines.
    let all: Vec<_> = faults::all().collect();
    for faults in all.chunks(16) {
        let transcripts = join_all(faults.iter().map(|fault| transcript(fault.behaviour()))).await;
        let same = faults.iter().zip(transcripts).filter(|(_, transcript)| *transcript == conforming);
        silent.extend(same.map(|(fault, _)| fault.name));
    }
    assert_eq!(silent, Vec::<&str>::new());
}

/// What a client of that behaviour does and tells, in words.
async fn transcript(behaviour: Behaviour) -> String {
    let world = World { behaviour, cache: Arc::new(Cache::new()), clock: Clock::manual() };
    let mut text = world.requests().await;
    text.push_str(&world.answers().await);
    text.push_str(&world.lists().await);
    text.push_str(&world.failures().await);
    text.push_str(&world.holds().await);
    text.push_str(&world.keeping().await);
    text.push_str(&world.accounts().await);
    text.push_str(&world.races().await);
    text.push_str(&world.hostile().await);
    text
}

struct World {
    behaviour: Behaviour,
    cache: Arc<Cache>,
    clock: Clock,
}

impl World {
    fn open(&self, contract: Contract, config: Config) -> Client {
        Client::builder(Arc::new(contract), config)
            .behaviour(self.behaviour)
            .cache(Arc::clone(&self.cache))
            .clock(self.clock.clone())
            .open()
            .unwrap()
    }

    async fn requests(&self) -> String {
        let other = Server::always(json(200, r#"{"credits":5}"#)).await;
        let location = format!("{}/v1/credits", other.base);
        let server = Server::start(move |_, number| {
            Reaction::Send(if number == 0 { answer(307, &[("location", &location)], "") } else { json(401, "{}") })
        })
        .await;
        for contract in [amounts(), rows(), flags()] {
            let _ = self.open(contract, server.config()).check().await;
        }
        let mut text = String::new();
        for mut seen in server.seen().into_iter().chain(other.seen()) {
            seen.headers.remove("host");
            writeln!(text, "{seen:?}").unwrap();
        }
        text
    }

    async fn answers(&self) -> String {
        let plain = |body: &str| json(200, body);
        let head = |head: &str, body: &str| format!("HTTP/1.1 200 OK\r\n{head}\r\n\r\n{body}").into_bytes();
        let mut text = String::new();
        for bytes in [
            plain(r#"{"credits":9007199254740993}"#),
            plain(r#"{"credits":1.2345}"#),
            plain(r#"{"credits":1e3}"#),
            plain(r#"{"credits":0}"#),
            plain(r#"{"credits":-1}"#),
            plain("{}"),
            plain(r#"{"credits":null}"#),
            plain(r#"{"credits":"5"}"#),
            plain(r#"{"credits":[]}"#),
            plain("<html>"),
            plain(""),
            plain(r#"{"credits":5} x"#),
            plain(r#"{"credits":5,"credits":6}"#),
            plain(r#"{"credits":5,"note":1}"#),
            plain(r#"{"credits":5,"other":1}"#),
            plain(r#"{"note":"x","credits":5}"#),
            head("content-length: 14\r\nconnection: close", r#"{"credits":5"#),
            head("content-type: application/json; charset=utf-8\r\ncontent-length: 13", r#"{"credits":5}"#),
            head("content-length: 13\r\nconnection: close", r#"{"credits":5}"#),
            head("transfer-encoding: chunked", "d\r\n{\"credits\":5}\r\n0\r\n\r\n"),
        ] {
            let server = Server::start(move |_, _| Reaction::Close(bytes.clone())).await;
            note(&mut text, self.open(documented(), server.config()).check().await);
        }
        text
    }

    async fn lists(&self) -> String {
        let mut taken_off = rows();
        let mut operation = (*taken_off.operations[0]).clone();
        operation.fields.remaining = Some(Locator { minus: Some("/used".into()), ..pointer("/total").unwrap() });
        taken_off.operations[0] = Arc::new(operation);
        let mut text = String::new();
        for body in [r#"{"rows":[{"left":3},{"left":4}],"total":20,"used":8}"#, r#"{"rows":[],"total":20,"used":8}"#] {
            let server = Server::always(json(200, body)).await;
            for contract in [rows(), taken_off.clone()] {
                note(&mut text, self.open(contract, server.config()).check().await);
            }
        }
        text
    }

    async fn failures(&self) -> String {
        let mut text = String::new();
        for (status, body) in [
            (401, r#"{"errors":[{"code":"invalid_api_key"}]}"#),
            (400, r#"{"errors":[{"code":"insufficient_credits"}]}"#),
            (403, "{}"),
            (429, "Too Many Requests"),
            (500, r#"{"credits":5,"allowed":true}"#),
            (200, "{}"),
            (200, r#"{"allowed":false}"#),
            (500, r#"{"error":"x"}"#),
        ] {
            let server = Server::always(json(status, body)).await;
            for contract in [amounts(), flags()] {
                let client = self.open(contract, server.config());
                note(&mut text, client.check().await);
                note(&mut text, client.check().await);
                note(&mut text, client.spend().await);
            }
            writeln!(text, "{} requests", server.count()).unwrap();
        }
        let refused = Config::new("http://127.0.0.1:1");
        note(&mut text, self.open(flags(), refused).check().await);
        text
    }

    async fn holds(&self) -> String {
        let mut text = String::new();
        for wait in ["30", "Sun, 06 Nov 1994 08:50:07 GMT"] {
            let limited = answer(429, &[("retry-after", wait), ("date", "Sun, 06 Nov 1994 08:49:37 GMT")], "slow");
            let server = Server::start(move |_, number| {
                Reaction::Send(if number == 0 { limited.clone() } else { json(200, r#"{"credits":5}"#) })
            })
            .await;
            let client = self.open(amounts(), server.config());
            note(&mut text, client.check().await);
            let _ = self.clock.advance(Duration::from_secs(29));
            note(&mut text, client.check().await);
            let other = Account { tenant: None, key: Some(Secret::from("k_2")) };
            note(&mut text, client.account(other).unwrap().check().await);
            let _ = self.clock.advance(Duration::from_secs(1));
            note(&mut text, client.check().await);
        }
        text
    }

    async fn keeping(&self) -> String {
        let mut text = String::new();
        for (contract, body, ttl) in [
            (amounts(), r#"{"credits":5}"#, Duration::from_mins(5)),
            (amounts(), r#"{"credits":0}"#, Duration::from_mins(5)),
            (flags(), r#"{"allowed":false}"#, Duration::from_mins(2)),
        ] {
            let server = Server::start(move |_, number| {
                Reaction::Send(if number == 3 { json(500, "{}") } else { json(200, body) })
            })
            .await;
            let client = self.open(contract, server.config());
            for pause in [Duration::ZERO, ttl / 2, ttl / 2, ttl / 4, ttl, ttl * 9 / 10, ttl * 20, Duration::ZERO] {
                let _ = self.clock.advance(pause);
                note(&mut text, client.check().await);
                writeln!(text, "{} requests", server.count()).unwrap();
            }
            note(&mut text, client.spend().await);
            note(&mut text, client.check().await);
            client.invalidate();
            note(&mut text, client.check().await);
        }
        text
    }

    async fn accounts(&self) -> String {
        let mut text = String::new();
        let one = Server::always(json(200, r#"{"credits":1}"#)).await;
        let two = Server::always(json(200, r#"{"credits":2}"#)).await;
        for server in [&one, &two] {
            for (tenant, key) in [
                ("a-long-tenant-1", "a-long-key-1"),
                ("a-long-tenant-2", "a-long-key-1"),
                ("a-long-tenant-1", "a-long-key-2"),
                ("a-long-tenant-1", "a-long-key-11"),
                ("A-long-tenant-1", "a-long-key-1"),
            ] {
                note(&mut text, self.open(amounts(), server.config().tenant(tenant).key(key)).check().await);
            }
        }
        text
    }

    async fn races(&self) -> String {
        let gate = Arc::new(Notify::new());
        let server = Server::start({
            let gate = Arc::clone(&gate);
            move |_, number| {
                let gate = Arc::clone(&gate);
                Reaction::Later(Box::pin(async move {
                    if number == 0 {
                        gate.notified().await;
                    }
                    json(200, &format!(r#"{{"credits":{}}}"#, 9 - number.min(1)))
                }))
            }
        })
        .await;
        let client = self.open(amounts(), server.config());
        let (early, joined, late) = (client.clone(), client.clone(), client.clone());
        let early = tokio::spawn(async move { early.check().await });
        while server.count() == 0 {
            tokio::task::yield_now().await;
        }
        let joined = tokio::spawn(async move { joined.check().await });
        tokio::task::yield_now().await;
        let mut text = String::new();
        late.invalidate();
        // A faulty client may join the first fetch here, which only ends when the gate opens.
        let brief = tokio::time::timeout(Duration::from_millis(250), late.check()).await;
        writeln!(text, "{brief:?}").unwrap();
        gate.notify_one();
        note(&mut text, early.await.unwrap());
        note(&mut text, joined.await.unwrap());
        note(&mut text, late.check().await);
        text
    }

    async fn hostile(&self) -> String {
        let mut text = String::new();
        let huge = json(200, &format!(r#"{{"credits":5,"x":"{}"}}"#, "x".repeat(1 << 20)));
        let server = Server::always(huge).await;
        note(&mut text, self.open(amounts(), server.config()).check().await);
        for reaction in
            [|| Reaction::Stall(vec![]), || Reaction::Drip(b"HTTP/1.1 200 OK\r\ncontent-length: 9999\r\n\r\n".to_vec())]
        {
            let server = Server::start(move |_, _| reaction()).await;
            for contract in [amounts(), flags()] {
                let client = self.open(contract, server.config().timeout(Duration::from_millis(60)));
                match tokio::time::timeout(Duration::from_millis(250), client.check()).await {
                    Ok(outcome) => note(&mut text, outcome),
                    Err(_) => text.push_str("no end\n"),
                }
            }
        }
        text
    }
}

/// As [`amounts`], with a schema and an example of the answer.
fn documented() -> Contract {
    let mut contract = amounts();
    let mut operation = (*contract.operations[0]).clone();
    let mut response = (*operation.responses[0]).clone();
    let schema = serde_json::json!({"type": "object", "required": ["credits"],
        "properties": {"credits": {"type": "number"}, "note": {"type": "string"}}});
    response.content[0].schema = Some(Schema::compile(&schema).unwrap());
    response.content[0].examples = vec![("all".into(), serde_json::json!({"credits": 5, "note": "x"}))];
    operation.responses[0] = Arc::new(response);
    contract.operations[0] = Arc::new(operation);
    contract
}

#[expect(clippy::needless_pass_by_value, reason = "an outcome is written down once")]
fn note(text: &mut String, outcome: Outcome) {
    writeln!(text, "{outcome:?}").unwrap();
}
