//! Adapter for the reference client with a second cache level in Redis, for any contract:
//! `ringtrue client leadmagic -- target/debug/examples/fleet leadmagic redis://127.0.0.1:6379`.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a program of its own")]

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use ringtrue::Contract;
use ringtrue::client::{
    Balance, Cache, CallResult, Capability, Config, CreditClient, RedisStore, ReferenceClient, RotatingClient, Source,
};
use serde_json::{Value, json};

/// What the sessions of this process share: the first level, and the connection to the second one.
struct Process {
    contract: Arc<Contract>,
    cache: Arc<Cache>,
    store: Arc<RedisStore>,
    fleet: String,
    sessions: Mutex<HashMap<String, Arc<RotatingClient>>>,
}

impl Process {
    fn open(&self, config: &Value) -> RotatingClient {
        let text = |name: &str| config[name].as_str().map(str::to_owned);
        let mut opened = Config::new(text("base_url").unwrap());
        opened = opened.timeout(Duration::from_millis(config["timeout_ms"].as_u64().unwrap()));
        opened.cache_ttl = config["cache_ttl_ms"].as_u64().map(Duration::from_millis);
        opened.key = text("key").map(Into::into);
        opened.tenant = text("tenant").map(Into::into);
        let builder = ReferenceClient::builder(self.contract.clone(), opened).cache(self.cache.clone());
        RotatingClient::new(builder.fleet(self.store.clone()).open().unwrap())
    }

    async fn answer(&self, request: &Value) -> Value {
        let name = request["session"].as_str().unwrap_or_default().to_owned();
        let client = self.sessions.lock().unwrap().get(&name).cloned();
        let ok = match (request["op"].as_str(), request["fn"].as_str(), client) {
            (Some("hello"), ..) => {
                // No request is sent to this address.
                let can = self.open(&json!({ "base_url": "http://127.0.0.1:1", "timeout_ms": 1 })).capabilities();
                let can: Vec<_> = Capability::ALL.iter().filter(|one| can.has(**one)).map(|one| one.as_str()).collect();
                json!({ "protocol": 1, "parallel": 16, "clock": ["ttl"], "capabilities": can, "fleet": self.fleet })
            }
            (Some("open"), ..) => {
                let client = Arc::new(self.open(&request["config"]));
                self.sessions.lock().unwrap().insert(name, client);
                json!({})
            }
            (Some("call"), Some("check"), Some(client)) => result(client.check().await),
            (Some("call"), Some("spend"), Some(client)) => result(client.spend().await),
            (Some("call"), Some("invalidate"), Some(client)) => {
                client.invalidate().await;
                json!({})
            }
            (Some("rekey"), _, Some(client)) => match client.replace_key(request["key"].as_str().unwrap()) {
                Ok(()) => json!({}),
                Err(error) => return json!({ "adapter_error": error.to_string() }),
            },
            (Some("close"), ..) => {
                self.sessions.lock().unwrap().remove(&name);
                json!({})
            }
            (Some("call" | "rekey"), ..) => return json!({ "adapter_error": "no such session or function" }),
            (op, ..) => return json!({ "unsupported": format!("no operation {op:?}") }),
        };
        json!({ "ok": ok })
    }
}

fn result(result: CallResult) -> Value {
    match result {
        Ok(Balance { remaining, total, allowed, source, .. }) => {
            let text = |amount: Option<_>| amount.map(|amount: ringtrue::client::Decimal| amount.to_string());
            let source = source.map(|source| match source {
                Source::Cache => "cache",
                Source::FailOpen => "fail_open",
                _ => "network",
            });
            let value = json!({ "remaining": text(remaining), "total": text(total), "allowed": allowed });
            json!({ "kind": "value", "value": value, "source": source })
        }
        Err(error) => {
            json!({ "kind": "error", "class": error.class.as_str(), "status": error.status, "code": error.code,
            "retry_after_ms": error.retry_after.map(|wait| wait.as_secs_f64() * 1000.0) })
        }
    }
}

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [contract, url] = arguments.as_slice() else { panic!("expected a contract and the URL of Redis") };
    let store = Arc::new(RedisStore::open(url).unwrap());
    assert!(store.connected_within(Duration::from_secs(10)).await, "Redis does not answer");
    let contract = Arc::new(Contract::load(contract).unwrap());
    let (cache, sessions) = (Arc::default(), Mutex::default());
    let process = Arc::new(Process { contract, cache, store, fleet: format!("Redis at {url}"), sessions });
    for line in std::io::stdin().lines().map_while(Result::ok) {
        let process = process.clone();
        tokio::spawn(async move {
            let request: Value = serde_json::from_str(&line).unwrap();
            let mut told = process.answer(&request).await;
            told["id"] = request["id"].clone();
            println!("{told}");
        });
    }
}
