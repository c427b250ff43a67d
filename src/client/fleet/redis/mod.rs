//! A store in Redis, or in Valkey.

mod connection;
mod record;
mod scripts;

use std::fmt;
use std::sync::{Arc, Weak};
use std::time::Duration;

use ring::rand::{SecureRandom, SystemRandom};
use tokio::task::AbortHandle;

use super::key::FleetKey;
use super::store::{Claim, FleetListener, FleetStore, Lease, StoreError, StoreFuture};
use crate::client::balance::Balance;
use connection::Connections;
use scripts::Scripts;

/// The client of the crate `redis`, which knows the address, the password and how to encrypt.
pub use ::redis::Client as RedisClient;

/// A store in Redis or Valkey, for [`ReferenceClientBuilder::fleet`](crate::client::ReferenceClientBuilder::fleet).
///
/// It connects in the background, and again when the connection is lost. Each process has two connections: one for commands,
/// one for notifications. The time to live of a balance is counted by the server, so that the clocks of the processes do not
/// matter. The keys in the server contain neither credentials nor tenants in clear: see [`FleetKey`].
///
/// While the server cannot be reached, checks request the balance from the provider, and nothing is cached, because a process
/// would not hear of the paid calls of another one.
///
/// ```no_run
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use std::sync::Arc;
/// use std::time::Duration;
///
/// use ringtrue::Contract;
/// use ringtrue::client::{Config, RedisStore, ReferenceClient};
///
/// # let name = &ringtrue::bundled_contracts()[0];
/// let store = RedisStore::open("redis://127.0.0.1:6379")?;
/// store.connected_within(Duration::from_secs(2)).await;
/// let config = Config::new("https://api.example.com").key("k_1");
/// let client = ReferenceClient::builder(Arc::new(Contract::load(name)?), config).fleet(Arc::new(store)).open()?;
/// let balance = client.check().await?;
/// # drop(balance);
/// # Ok(())
/// # }
/// ```
pub struct RedisStore {
    connections: Arc<Connections>,
    scripts: Scripts,
    keeper: AbortHandle,
}

/// The settings of a [`RedisStore`].
///
/// ```
/// use std::time::Duration;
///
/// use ringtrue::client::RedisOptions;
///
/// let options = RedisOptions::default().namespace("billing").timeout(Duration::from_millis(100));
/// # drop(options);
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct RedisOptions {
    /// What all keys and the channel begin with. Fleets with different namespaces share nothing. Default: `ringtrue`.
    pub namespace: String,
    /// How long one operation may take. Then the check goes on without the store. Default: 250 ms.
    pub timeout: Duration,
    /// How often the connections are tested. A lost connection that no error shows is noticed within this time and
    /// [`timeout`](Self::timeout); so long, a paid call in another process may be missed. Default: 1 s.
    pub heartbeat: Duration,
}

impl Default for RedisOptions {
    fn default() -> Self {
        Self {
            namespace: "ringtrue".to_owned(),
            timeout: Duration::from_millis(250),
            heartbeat: Duration::from_secs(1),
        }
    }
}

impl RedisOptions {
    /// Sets what all keys and the channel begin with.
    #[must_use]
    pub fn namespace(mut self, namespace: impl Into<String>) -> Self {
        self.namespace = namespace.into();
        self
    }

    /// Sets how long one operation may take.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sets how often the connections are tested.
    #[must_use]
    pub fn heartbeat(mut self, heartbeat: Duration) -> Self {
        self.heartbeat = heartbeat;
        self
    }
}

impl RedisStore {
    /// Opens a store by its URL, such as `redis://:password@host:6379/0`. Must be called in a Tokio runtime.
    ///
    /// # Errors
    /// If the URL is invalid. That the server cannot be reached is no error.
    pub fn open(url: &str) -> Result<Self, StoreError> {
        // The text of the error may repeat the URL, and with it the password.
        let client = RedisClient::open(url).map_err(|_| StoreError::new("the URL is invalid"))?;
        Ok(Self::new(client, RedisOptions::default()))
    }

    /// Opens a store with settings. Must be called in a Tokio runtime.
    ///
    /// For TLS, enable the feature `tokio-rustls-comp` of the crate `redis`, or another one of its TLS features.
    #[must_use]
    pub fn new(client: RedisClient, options: RedisOptions) -> Self {
        let scripts = Scripts::new(&options.namespace);
        let connections = Arc::new(Connections::new(client, options, scripts.channel().to_owned()));
        let keeper = tokio::spawn(connection::maintain(Arc::clone(&connections))).abort_handle();
        Self { connections, scripts, keeper }
    }

    /// Waits until the store is connected, but not for longer than this. Returns whether it is.
    pub async fn connected_within(&self, limit: Duration) -> bool {
        tokio::time::timeout(limit, self.connections.wait_connected()).await.is_ok()
    }
}

impl Drop for RedisStore {
    fn drop(&mut self) {
        self.keeper.abort();
    }
}

impl FleetStore for RedisStore {
    fn claim<'s>(&'s self, key: &'s FleetKey, lease: Duration) -> StoreFuture<'s, Claim> {
        Box::pin(async move {
            let token = token()?;
            self.connections.run(self.scripts.claim(key, &token, lease)).await.and_then(scripts::claimed(token))
        })
    }

    fn fill<'s>(
        &'s self,
        key: &'s FleetKey,
        lease: &'s Lease,
        balance: &'s Balance,
        lifetime: Duration,
    ) -> StoreFuture<'s, bool> {
        Box::pin(self.connections.run(self.scripts.fill(key, lease, balance, lifetime)))
    }

    fn release<'s>(&'s self, key: &'s FleetKey, lease: &'s Lease) -> StoreFuture<'s, ()> {
        Box::pin(self.connections.run(self.scripts.release(key, lease)))
    }

    fn invalidate<'s>(&'s self, key: &'s FleetKey) -> StoreFuture<'s, ()> {
        Box::pin(self.connections.run(self.scripts.invalidate(key)))
    }

    fn is_connected(&self) -> bool {
        self.connections.is_connected()
    }

    fn add_listener(&self, listener: Weak<dyn FleetListener>) {
        self.connections.add_listener(listener);
    }
}

impl fmt::Debug for RedisStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisStore").field("connected", &self.is_connected()).finish_non_exhaustive()
    }
}

/// The token of a new lease.
fn token() -> Result<String, StoreError> {
    let mut bytes = [0; 16];
    SystemRandom::new().fill(&mut bytes).map_err(|_| StoreError::new("there are no random numbers"))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
