//! What services write by hand: moka, then Redis, then the provider. Checks in one process share a request, and those in
//! several processes do not. A paid call would have to be told to the other processes in some other way.

use std::sync::Arc;
use std::time::Duration;

use redis::AsyncTypedCommands;

const TTL: Duration = Duration::from_mins(5);

#[derive(Clone)]
pub(crate) struct ByHand {
    first: moka::future::Cache<String, f64>,
    redis: redis::aio::MultiplexedConnection,
    http: reqwest::Client,
    url: String,
}

impl ByHand {
    pub(crate) async fn open(redis: &str, provider: &str) -> Self {
        let redis = redis::Client::open(redis).unwrap().get_multiplexed_async_connection().await.unwrap();
        let first = moka::future::Cache::builder().max_capacity(262_144).time_to_live(TTL).build();
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        Self { first, redis, http, url: format!("{provider}/v1/credits") }
    }

    pub(crate) async fn check(&self, key: &str) -> Result<f64, Arc<Box<dyn std::error::Error + Send + Sync>>> {
        if let Some(balance) = self.first.get(key).await {
            return Ok(balance);
        }
        self.first.try_get_with(key.to_owned(), self.fetch(key)).await
    }

    async fn fetch(&self, key: &str) -> Result<f64, Box<dyn std::error::Error + Send + Sync>> {
        let (mut redis, name) = (self.redis.clone(), format!("balance:{key}"));
        if let Some(text) = redis.get(&name).await? {
            return Ok(text.parse()?);
        }
        let response = self.http.get(&self.url).header("x-api-key", key).send().await?.error_for_status()?;
        let body: serde_json::Value = serde_json::from_slice(&response.bytes().await?)?;
        let balance = body["credits"].as_f64().ok_or("no balance")?;
        redis.set_ex(&name, balance.to_string(), TTL.as_secs()).await?;
        Ok(balance)
    }
}
