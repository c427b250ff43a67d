//! The client under test. Put yours in its place: its answers are those of the protocol.

use std::sync::Mutex;
use std::time::{Duration, SystemTime};

use reqwest::Method;
use serde_json::{Value, json};

/// A client for one account, and how far its clock was moved ahead.
pub(crate) struct Client {
    pub(crate) config: Value,
    pub(crate) http: reqwest::Client,
    pub(crate) ahead: Mutex<Duration>,
    pub(crate) kept: Mutex<(u64, Option<(Duration, Value)>)>,
}

impl Client {
    pub(crate) async fn check(&self, now: Duration) -> Result<Value, Value> {
        let ttl = Duration::from_millis(self.config["cache_ttl_ms"].as_u64().unwrap_or(300_000));
        let (epoch, kept) = self.kept.lock().unwrap().clone();
        if let Some((_, value)) = kept.filter(|(at, _)| now.saturating_sub(*at) < ttl) {
            return Ok(json!({ "kind": "value", "value": value, "source": "cache" }));
        }
        let body = self.send(Method::GET, "/v1/credits", None).await?;
        let credits = body["credits"].as_number().ok_or(json!({ "kind": "error", "class": "malformed" }))?;
        let value = json!({ "remaining": credits.to_string() });
        let mut slot = self.kept.lock().unwrap();
        // What was asked for before an invalidation must not come back after it.
        slot.1 = if slot.0 == epoch { Some((now, value.clone())) } else { None };
        Ok(json!({ "kind": "value", "value": value, "source": "network" }))
    }

    pub(crate) async fn spend(&self) -> Result<Value, Value> {
        let body = json!({ "first_name": "Ada", "last_name": "Lovelace", "domain": "example.com" });
        let told = self.send(Method::POST, "/v1/people/email-finder", Some(body)).await;
        self.invalidate();
        told.map(|_| json!({ "kind": "value", "value": {} }))
    }

    pub(crate) fn invalidate(&self) -> Value {
        let mut slot = self.kept.lock().unwrap();
        *slot = (slot.0 + 1, None);
        json!({})
    }

    /// A client for another key, with an empty cache.
    pub(crate) fn with_key(&self, key: &Value) -> Self {
        let mut config = self.config.clone();
        config["key"] = key.clone();
        let ahead = Mutex::new(*self.ahead.lock().unwrap());
        Self { config, http: self.http.clone(), ahead, kept: Mutex::default() }
    }

    async fn send(&self, method: Method, path: &str, body: Option<Value>) -> Result<Value, Value> {
        let text = |name: &str| self.config[name].as_str().unwrap_or_default();
        let timeout = Duration::from_millis(self.config["timeout_ms"].as_u64().unwrap_or(10_000));
        let mut request = self.http.request(method, text("base_url").to_owned() + path).timeout(timeout);
        request = request.header("X-API-Key", text("key")).header("Content-Type", "application/json");
        request = body.map(|body| body.to_string()).into_iter().fold(request, reqwest::RequestBuilder::body);
        let kind = |error: &reqwest::Error| if error.is_timeout() { "timeout" } else { "network" };
        let failed = |error: reqwest::Error| json!({ "kind": "error", "class": kind(&error) });
        let response = request.send().await.map_err(failed)?;
        let status = response.status().as_u16();
        let header = |name| response.headers().get(name)?.to_str().ok().map(str::to_owned);
        let date = |name| httpdate::parse_http_date(&header(name)?).ok();
        let until = date("retry-after").map(|until| until.duration_since(date("date").unwrap_or_else(SystemTime::now)));
        let wait = header("retry-after").and_then(|wait| wait.parse().ok()).map(Duration::from_secs);
        let wait = wait.or(until.and_then(Result::ok)).map(|wait| u64::try_from(wait.as_millis()).unwrap_or(u64::MAX));
        let body = serde_json::from_slice::<Value>(&response.bytes().await.map_err(failed)?);
        let class = match (status, body) {
            (200, Ok(body)) => return Ok(body),
            (status, _) => ["malformed", "auth", "exhausted", "forbidden", "not_found", "rate_limited", "server"]
                [[200, 401, 402, 403, 404, 429].iter().position(|known| *known == status).unwrap_or(6)],
        };
        let class = if class == "server" && status < 500 { "other" } else { class };
        Err(json!({ "kind": "error", "class": class, "status": status, "retry_after_ms": wait }))
    }
}
