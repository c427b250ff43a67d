//! A client under test: the reference client, a Rust client, or a client behind an adapter process.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use tokio::sync::{OnceCell, Semaphore, SemaphorePermit};

use super::adapter::{Adapter, AdapterCommand, AdapterError};
use super::session::{FleetMember, Session, SessionError, Sessions};
use super::waits::Waits;
use crate::client::fleet::memory::MemoryStore;
use crate::client::{AnyClient, Capabilities, ClientBehaviour, Clock, Config, ReferenceClient, RotatingClient};
use crate::contract::{CacheKind, Contract};

/// The number of concurrent calls that a client in this process takes.
const IN_PROCESS_CALLS: u32 = 64;

/// Creates a Rust client for a configuration.
pub type Factory = Arc<dyn Fn(Config) -> Arc<dyn AnyClient> + Send + Sync>;

/// A client under test.
pub struct ClientSubject {
    /// The name in reports.
    pub name: String,
    /// The capabilities that the client declares. Checks of others do not apply.
    pub capabilities: Capabilities,
    kind: Kind,
    /// The command of the adapter, word by word.
    command: Vec<String>,
    permits: Semaphore,
    parallel: u32,
    serial: AtomicU64,
    request_counter: Arc<AtomicU64>,
    /// What is waited for at present.
    pub(crate) waits: Waits,
    /// Whether a call was stopped because it made more and more requests.
    pub(crate) repeats_without_end: AtomicBool,
    /// Whether the client's virtual clock works; determined once.
    pub(crate) clock_moves: OnceCell<bool>,
}

enum Kind {
    Reference { contract: Arc<Contract>, behaviour: Box<ClientBehaviour> },
    Rust(Factory),
    Adapter(Adapter),
}

impl ClientSubject {
    /// Creates a subject from the reference client of a contract.
    #[must_use]
    #[expect(clippy::large_types_passed_by_value, reason = "moved into a box, once")]
    pub(crate) fn reference(contract: &Arc<Contract>, behaviour: ClientBehaviour) -> Self {
        let rule = contract.caching.client.as_ref();
        let keeps =
            rule.is_some_and(|rule| rule.kind != CacheKind::None && rule.max_ttl_ms.or(rule.min_ttl_ms).is_some());
        let capabilities = Capabilities {
            cache: keeps,
            invalidate: keeps,
            spend: contract.operation(crate::contract::Role::Spend).is_some(),
            single_flight: rule.is_none_or(|rule| rule.kind != CacheKind::None),
            shared_cache: keeps,
            rekey: contract.credential.is_some(),
            fleet: keeps,
            virtual_clock: true,
            ttl: true,
        };
        let kind = Kind::Reference { contract: contract.clone(), behaviour: Box::new(behaviour) };
        Self::new("embedded".to_owned(), capabilities, IN_PROCESS_CALLS, kind)
    }

    /// Creates a subject from a Rust client.
    #[must_use]
    pub fn rust(factory: Factory) -> Self {
        // The capabilities are those of the client itself. No server listens at this address.
        let capabilities = factory(Config::new("http://127.0.0.1:1").key("none").tenant("none")).capabilities();
        Self::new("rust".to_owned(), capabilities, IN_PROCESS_CALLS, Kind::Rust(factory))
    }

    /// Starts an adapter process, and creates a subject from the client behind it.
    ///
    /// # Errors
    /// If the process does not start, or does not answer `hello` as the protocol requires.
    pub async fn adapter(command: AdapterCommand) -> Result<Self, AdapterError> {
        let name = command.to_string();
        let words = std::iter::once(&command.program).chain(&command.args).cloned().collect();
        let adapter = Adapter::start(command).await?;
        let hello = adapter.hello();
        let (capabilities, parallel) = (hello.capabilities(), hello.parallel);
        let subject = Self::new(name, capabilities, parallel, Kind::Adapter(adapter));
        Ok(Self { command: words, ..subject })
    }

    fn new(name: String, capabilities: Capabilities, parallel: u32, kind: Kind) -> Self {
        let permits = Semaphore::new(parallel as usize);
        Self {
            name,
            capabilities,
            kind,
            command: Vec::new(),
            permits,
            parallel,
            serial: AtomicU64::new(0),
            request_counter: Arc::default(),
            waits: Waits::default(),
            repeats_without_end: AtomicBool::new(false),
            clock_moves: OnceCell::new(),
        }
    }

    /// The adapter command, word by word; empty for the reference client, `None` if no command line can select this client.
    #[must_use]
    pub fn command_line(&self) -> Option<Vec<String>> {
        match &self.kind {
            Kind::Reference { .. } => Some(Vec::new()),
            Kind::Rust(_) => None,
            Kind::Adapter(_) => Some(self.command.clone()),
        }
    }

    /// Whether the client is known to never repeat a request, so that a call waits for one deadline at most.
    #[must_use]
    pub fn never_repeats(&self) -> bool {
        matches!(self.kind, Kind::Reference { .. })
    }

    /// The number of concurrent calls that the client takes.
    #[must_use]
    pub fn parallel(&self) -> u32 {
        self.parallel
    }

    /// Waits for permits for this number of concurrent calls; `None` if the client never takes so many.
    pub async fn acquire(&self, calls: u32) -> Option<SemaphorePermit<'_>> {
        if calls > self.parallel {
            return None;
        }
        self.permits.acquire_many(calls).await.ok()
    }

    /// Takes permits for this number of further calls if they are available now.
    ///
    /// A holder of permits must not wait for more: two such holders could block each other.
    #[must_use]
    pub fn try_acquire(&self, calls: u32) -> Option<SemaphorePermit<'_>> {
        self.permits.try_acquire_many(calls).ok()
    }

    /// A number that is used once only: for names that the client must not have seen before, as it may cache by them.
    pub fn next_serial(&self) -> u64 {
        self.serial.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// The counter that numbers all requests of this client, on all servers.
    #[must_use]
    pub fn request_counter(&self) -> Arc<AtomicU64> {
        self.request_counter.clone()
    }

    /// How many requests the client has sent so far.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.request_counter.load(Ordering::Relaxed)
    }

    /// Sessions that may share a cache.
    #[must_use]
    pub fn sessions(&self) -> Sessions<'_> {
        Sessions::new(self)
    }

    /// Opens a session among others, with which it may share a cache. Sessions of a fleet are in one of its two processes.
    ///
    /// A Rust client has no process of its own: the two sessions stand in for two processes.
    pub(super) async fn open(
        &self,
        config: Config,
        member: Option<FleetMember>,
        others: &Sessions<'_>,
    ) -> Result<Session, SessionError> {
        let host = others.host(member.unwrap_or_default());
        match &self.kind {
            Kind::Reference { contract, behaviour } => {
                let clock = Clock::manual();
                let mut builder =
                    ReferenceClient::builder(contract.clone(), config).cache(host.cache.clone()).clock(clock.clone());
                if member.is_some() {
                    builder = builder.fleet(Arc::new(MemoryStore::new(&others.fleet, clock)));
                }
                let client = builder.behaviour(**behaviour).open();
                let client = client.map_err(|error| SessionError::Adapter(error.to_string()))?;
                Ok(Session::in_process(Arc::new(RotatingClient::new(client))))
            }
            Kind::Rust(factory) => Ok(Session::in_process(factory(config))),
            Kind::Adapter(adapter) => {
                let mut last = host.process.lock().await;
                let process = match &*last {
                    // Other sessions may have given up a call to it. These have a cache in it, perhaps.
                    Some(process) if !others.gave_up.load(Ordering::Acquire) => process.clone(),
                    _ => adapter.process(member.unwrap_or_default()).await?,
                };
                others.gave_up.store(false, Ordering::Release);
                *last = Some(process.clone());
                drop(last);
                let name = format!("s{}", self.next_serial());
                process.open(&name, &config).await?;
                Ok(Session::of_adapter(process, name, others.gave_up.clone()))
            }
        }
    }

    /// Makes the next caller see the reason of a disconnection again, as if it had not been reported yet.
    pub fn rearm_exit_report(&self) {
        if let Kind::Adapter(adapter) = &self.kind {
            adapter.rearm_exit_report();
        }
    }

    /// Ends the client. An adapter gets the end of its input and some time to exit.
    ///
    /// # Errors
    /// If the adapter process does not exit by itself, in which case it is killed, or exits with an error.
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
