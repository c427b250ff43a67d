//! Adapter for Rust: `ringtrue client leadmagic -- target/debug/examples/adapter`.
//!
//! The client under test is in `client.rs`; nothing changes here but what `hello` declares.
#![expect(clippy::unwrap_used, clippy::print_stdout, clippy::disallowed_methods, reason = "a program of its own")]

mod client;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use client::Client;
use serde_json::{Value, json};

type Sessions = Mutex<HashMap<String, Arc<Client>>>;

async fn answer(request: &Value, sessions: &Sessions, http: reqwest::Client, begun: Instant) -> Value {
    let name = request["session"].as_str().unwrap_or_default().to_owned();
    let client = sessions.lock().unwrap().get(&name).cloned();
    let told = match (request["op"].as_str(), request["fn"].as_str(), client) {
        (Some("hello"), ..) => Ok(json!({ "protocol": 1, "parallel": 16, "clock": ["virtual", "ttl"],
            "implementation": { "name": "example", "version": "1.0", "language": "rust" },
            "capabilities": ["cache", "invalidate", "spend", "rekey"] })),
        (Some("open"), ..) => {
            let (ahead, kept) = Default::default();
            let client = Client { config: request["config"].clone(), http, ahead, kept };
            Ok(sessions.lock().unwrap().insert(name, Arc::new(client)).map_or(json!({}), |_| json!({})))
        }
        (Some("call"), Some("check"), Some(client)) => {
            let now = begun.elapsed() + *client.ahead.lock().unwrap();
            client.check(now).await
        }
        (Some("call"), Some("spend"), Some(client)) => client.spend().await,
        (Some("call"), Some("invalidate"), Some(client)) => Ok(client.invalidate()),
        (Some("rekey"), _, Some(client)) => {
            // What is cached or under way stays with the client of the old key.
            let next = client.with_key(&request["key"]);
            Ok(sessions.lock().unwrap().insert(name, Arc::new(next)).map_or(json!({}), |_| json!({})))
        }
        (Some("clock"), _, Some(client)) => {
            *client.ahead.lock().unwrap() += Duration::from_millis(request["advance_ms"].as_u64().unwrap_or(0));
            Ok(json!({}))
        }
        (Some("close"), ..) => Ok(sessions.lock().unwrap().remove(&name).map_or(json!({}), |_| json!({}))),
        (Some("call" | "rekey" | "clock"), ..) => return json!({ "adapter_error": "no such session or function" }),
        (op, ..) => return json!({ "unsupported": format!("no operation {op:?}") }),
    };
    json!({ "ok": told.unwrap_or_else(|error| error) })
}

#[tokio::main]
async fn main() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build().unwrap();
    let (sessions, begun) = (Arc::new(Sessions::default()), Instant::now());
    for line in std::io::stdin().lines().map_while(Result::ok) {
        let (sessions, http) = (sessions.clone(), http.clone());
        tokio::spawn(async move {
            let request: Value = serde_json::from_str(&line).unwrap();
            let mut told = answer(&request, &sessions, http, begun).await;
            told["id"] = request["id"].clone();
            println!("{told}");
        });
    }
}
