//! A client under test: the reference client, a Rust client behind the trait, or whatever an adapter process drives.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::{OnceCell, Semaphore, SemaphorePermit};

use super::adapter::{Adapter, AdapterCommand, AdapterError};
use super::session::{Session, Sessions};
use crate::client::{AnyClient, Cache, Capabilities, ClientBehaviour, Clock, Config, ReferenceClient};
use crate::contract::{CacheKind, Contract};

/// How many calls at a time a client in this process takes.
const AT_ONCE_HERE: u32 = 64;

/// Opens a Rust client for a configuration.
pub type Factory = Arc<dyn Fn(Config) -> Arc<dyn AnyClient> + Send + Sync>;

/// A client under test.
pub struct ClientSubject {
    /// What reports call it.
    pub name: String,
    /// What it says it can do; what it does not say is not asked of it.
    pub capabilities: Capabilities,
    kind: Kind,
    room: Semaphore,
    parallel: u32,
    serial: AtomicU64,
    numbers: Arc<AtomicU64>,
    /// Whether time passes for it when it is told so; found out once.
    pub(crate) moves: OnceCell<bool>,
}

enum Kind {
    Reference { contract: Arc<Contract>, behaviour: Box<ClientBehaviour> },
    Rust(Factory),
    Adapter(Adapter),
}

impl ClientSubject {
    /// The reference client of a contract.
    #[must_use]
    pub fn reference(contract: &Arc<Contract>, behaviour: ClientBehaviour) -> Self {
        let rule = contract.caching.client.as_ref();
        let keeps =
            rule.is_some_and(|rule| rule.kind != CacheKind::None && rule.max_ttl_ms.or(rule.min_ttl_ms).is_some());
        let capabilities = Capabilities {
            cache: keeps,
            invalidate: keeps,
            spend: contract.operation(crate::contract::Role::Spend).is_some(),
            single_flight: rule.is_none_or(|rule| rule.kind != CacheKind::None),
            shared_cache: keeps,
            virtual_clock: true,
            ttl: true,
        };
        let kind = Kind::Reference { contract: contract.clone(), behaviour: Box::new(behaviour) };
        Self::new("embedded".to_owned(), capabilities, AT_ONCE_HERE, kind)
    }

    /// A Rust client.
    #[must_use]
    pub fn rust(factory: Factory) -> Self {
        // What it can do it says itself; a configuration that leads nowhere will do for that.
        let capabilities = factory(Config::new("http://127.0.0.1:1").key("none").tenant("none")).capabilities();
        Self::new("rust".to_owned(), capabilities, AT_ONCE_HERE, Kind::Rust(factory))
    }

    /// A client behind an adapter process.
    ///
    /// # Errors
    /// If the process does not start, or does not greet as the protocol says.
    pub async fn adapter(command: AdapterCommand) -> Result<Self, AdapterError> {
        let name = command.to_string();
        let adapter = Adapter::start(command).await?;
        let hello = adapter.hello();
        let (capabilities, parallel) = (hello.capabilities(), hello.parallel);
        Ok(Self::new(name, capabilities, parallel, Kind::Adapter(adapter)))
    }

    fn new(name: String, capabilities: Capabilities, parallel: u32, kind: Kind) -> Self {
        let room = Semaphore::new(parallel as usize);
        Self {
            name,
            capabilities,
            kind,
            room,
            parallel,
            serial: AtomicU64::new(0),
            numbers: Arc::default(),
            moves: OnceCell::new(),
        }
    }

    /// What stands behind `ringtrue client CONTRACT` to have it judged; `None` if no command line can name it.
    #[must_use]
    pub fn command_line(&self) -> Option<String> {
        match &self.kind {
            Kind::Reference { .. } => Some(String::new()),
            Kind::Rust(_) => None,
            Kind::Adapter(_) => Some(format!(" -- {}", self.name)),
        }
    }

    /// Whether it is known to send every request once only, so that a deadline comes once only.
    #[must_use]
    pub fn never_repeats(&self) -> bool {
        matches!(self.kind, Kind::Reference { .. })
    }

    /// How many calls at a time it takes.
    #[must_use]
    pub fn parallel(&self) -> u32 {
        self.parallel
    }

    /// Waits until it takes so many calls at a time. `None` if it never does.
    pub async fn acquire(&self, calls: u32) -> Option<SemaphorePermit<'_>> {
        if calls > self.parallel {
            return None;
        }
        self.room.acquire_many(calls).await.ok()
    }

    /// Room for so many further calls, if there is any just now: whoever has room already must not wait for more.
    #[must_use]
    pub fn try_acquire(&self, calls: u32) -> Option<SemaphorePermit<'_>> {
        self.room.try_acquire_many(calls).ok()
    }

    /// A number that nobody else has: for names that must not be met twice, as the client may remember the first time.
    pub fn next_serial(&self) -> u64 {
        self.serial.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Counts what arrives from this client.
    #[must_use]
    pub fn numbers(&self) -> Arc<AtomicU64> {
        self.numbers.clone()
    }

    /// Sessions that may know of each other.
    #[must_use]
    pub fn sessions(&self) -> Sessions<'_> {
        Sessions::new(self)
    }

    /// Opens a session; `cache` is that of the sessions that may know of each other.
    pub(super) async fn open(&self, config: Config, cache: &Arc<Cache>) -> Result<Session, super::SessionError> {
        match &self.kind {
            Kind::Reference { contract, behaviour } => {
                let builder =
                    ReferenceClient::builder(contract.clone(), config).cache(cache.clone()).clock(Clock::manual());
                let client = builder.behaviour(**behaviour).open();
                let client = client.map_err(|error| super::SessionError::Adapter(error.to_string()))?;
                Ok(Session::here(Arc::new(client)))
            }
            Kind::Rust(factory) => Ok(Session::here(factory(config))),
            Kind::Adapter(adapter) => {
                let name = format!("s{}", self.next_serial());
                adapter.open(&name, &config).await?;
                Ok(Session::there(adapter.clone(), name, config.timeout))
            }
        }
    }

    /// Has whoever notices next that the client is gone told what happened, although somebody was told before.
    pub fn rearm_exit_report(&self) {
        if let Kind::Adapter(adapter) = &self.kind {
            adapter.rearm_exit_report();
        }
    }

    /// Ends it: an adapter gets the end of its input, and some time.
    ///
    /// # Errors
    /// If the adapter process does not end by itself; it is gone nevertheless.
    pub async fn end(&self) -> Result<(), AdapterError> {
        match &self.kind {
            Kind::Adapter(adapter) => adapter.end().await,
            Kind::Reference { .. } | Kind::Rust(_) => Ok(()),
        }
    }
}

impl fmt::Debug for ClientSubject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientSubject")
            .field("name", &self.name)
            .field("capabilities", &self.capabilities)
            .finish_non_exhaustive()
    }
}
