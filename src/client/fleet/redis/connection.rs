//! The two connections to the server: for commands, and for notifications.
//!
//! A task opens them, tests them, and opens them again when they are lost. While one of them is missing, the store is not connected, and no
//! operation is tried, so that a check does not wait for an absent server.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use ::redis::aio::{MultiplexedConnection, PubSubSink, PubSubStream};
use ::redis::{AsyncConnectionConfig, RedisError, RedisResult};
use futures_util::StreamExt;
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, timeout};

use super::scripts::Operation;
use super::{RedisClient, RedisOptions};
use crate::client::fleet::key::FleetKey;
use crate::client::fleet::store::{FleetListener, StoreError};
use crate::sync::lock;

/// The first wait before the next attempt to connect; each further one is twice as long.
const FIRST_WAIT: Duration = Duration::from_millis(50);
/// The longest wait.
const LONGEST_WAIT: Duration = Duration::from_secs(1);
/// How long opening a connection may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);

/// The connections of a store, and the listeners for notifications.
pub(super) struct Connections {
    client: RedisClient,
    options: RedisOptions,
    channel: String,
    commands: Mutex<Option<MultiplexedConnection>>,
    connected: AtomicBool,
    state: watch::Sender<bool>,
    /// Notified when an operation finds that the connection for commands is lost.
    lost: Notify,
    listeners: Mutex<Vec<Weak<dyn FleetListener>>>,
}

impl Connections {
    pub(super) fn new(client: RedisClient, options: RedisOptions, channel: String) -> Self {
        Self {
            client,
            options,
            channel,
            commands: Mutex::default(),
            connected: AtomicBool::new(false),
            state: watch::Sender::new(false),
            lost: Notify::new(),
            listeners: Mutex::default(),
        }
    }

    /// Runs an operation, within the time for one.
    pub(super) async fn run<T>(&self, operation: Operation<'_, T>) -> Result<T, StoreError> {
        let connection = lock(&self.commands).clone().ok_or_else(|| StoreError::new("it is not connected"))?;
        match timeout(self.options.timeout, operation(connection)).await {
            Ok(Ok(result)) => Ok(result),
            Ok(Err(error)) => {
                if error.is_unrecoverable_error() {
                    self.lost.notify_one();
                }
                // The text of the error may contain text of the server, which may be a secret.
                Err(StoreError::new(error.category()))
            }
            Err(_) => Err(StoreError::new("it did not answer in time")),
        }
    }

    pub(super) fn is_connected(&self) -> bool {
        self.connected.load(Ordering::Acquire)
    }

    pub(super) async fn wait_connected(&self) {
        // The sender is a field of this value, so that it is not closed.
        let _ = self.state.subscribe().wait_for(|connected| *connected).await;
    }

    pub(super) fn add_listener(&self, listener: Weak<dyn FleetListener>) {
        let mut listeners = lock(&self.listeners);
        listeners.retain(|listener| listener.strong_count() > 0);
        listeners.push(listener);
    }

    fn each_listener(&self, notify: impl Fn(&Arc<dyn FleetListener>)) {
        let listeners: Vec<_> = lock(&self.listeners).iter().filter_map(Weak::upgrade).collect();
        listeners.iter().for_each(notify);
    }

    /// Opens both connections. Notifications arrive from then on.
    async fn connect(&self) -> RedisResult<(MultiplexedConnection, PubSubSink, PubSubStream)> {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(CONNECT_TIMEOUT))
            .set_response_timeout(Some(self.options.timeout));
        let commands = self.client.get_multiplexed_async_connection_with_config(&config).await?;
        let (mut sink, stream) = self.client.get_async_pubsub().await?.split();
        sink.subscribe(&self.channel).await?;
        Ok((commands, sink, stream))
    }

    fn set_connected(&self, commands: Option<MultiplexedConnection>) {
        let connected = commands.is_some();
        *lock(&self.commands) = commands;
        self.connected.store(connected, Ordering::Release);
        if connected {
            self.each_listener(|listener| listener.connected());
        } else {
            self.each_listener(|listener| listener.disconnected());
        }
        self.state.send_replace(connected);
    }

    /// Passes notifications on, and tests the connections, until one is lost.
    async fn serve(&self, mut commands: MultiplexedConnection, mut sink: PubSubSink, mut messages: PubSubStream) {
        let mut next_test = Instant::now() + self.options.heartbeat;
        loop {
            tokio::select! {
                message = messages.next() => match message {
                    Some(message) => self.receive(message.get_payload_bytes()),
                    None => return,
                },
                () = self.lost.notified() => return,
                () = tokio::time::sleep_until(next_test) => {
                    if !self.test(&mut commands, &mut sink).await {
                        return;
                    }
                    next_test = Instant::now() + self.options.heartbeat;
                }
            }
        }
    }

    fn receive(&self, message: &[u8]) {
        match <[u8; 32]>::try_from(message) {
            Ok(digest) => self.each_listener(|listener| listener.invalidated(&FleetKey::from_bytes(digest))),
            // Another program writes to the channel. What was meant is not known.
            Err(_) => self.each_listener(|listener| listener.disconnected()),
        }
    }

    async fn test(&self, commands: &mut MultiplexedConnection, sink: &mut PubSubSink) -> bool {
        let both = async {
            ::redis::cmd("PING").query_async::<()>(commands).await?;
            sink.ping::<::redis::Value>().await?;
            Ok::<(), RedisError>(())
        };
        matches!(timeout(self.options.timeout, both).await, Ok(Ok(())))
    }
}

/// Opens the connections, and opens them again when they are lost.
pub(super) async fn maintain(connections: Arc<Connections>) {
    let mut wait = FIRST_WAIT;
    loop {
        if let Ok(Ok((commands, sink, messages))) = timeout(CONNECT_TIMEOUT, connections.connect()).await {
            wait = FIRST_WAIT;
            connections.set_connected(Some(commands.clone()));
            connections.serve(commands, sink, messages).await;
            connections.set_connected(None);
        }
        tokio::time::sleep(wait).await;
        wait = (wait * 2).min(LONGEST_WAIT);
    }
}
