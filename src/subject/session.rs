//! Sessions of a client under test, and what the client reports.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::task::{JoinError, JoinSet};

use super::adapter::AdapterProcess;
use super::client::ClientSubject;
use crate::client::{AnyClient, Cache, CallResult, Config};

/// A function of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Function {
    /// Reads the balance, through the client's cache.
    Check,
    /// Makes one paid call.
    Spend,
    /// Drops the cached balance.
    Invalidate,
}

impl Function {
    /// The name in the adapter protocol.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Check => "check",
            Self::Spend => "spend",
            Self::Invalidate => "invalidate",
        }
    }
}

/// The reply of a client to a call.
#[derive(Debug, Clone)]
pub struct ClientReply {
    /// The balance or the error that the client reported.
    pub result: CallResult,
    /// The complete text of the reply.
    pub raw: String,
}

/// The reason why a call has no reply that can be judged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SessionError {
    /// The adapter does not support the request.
    #[error("the adapter does not support it: {0}")]
    Unsupported(String),
    /// The adapter reports that it is broken.
    #[error("the adapter reports that it is broken: {0}")]
    Adapter(String),
    /// The adapter broke the protocol, or its process ended.
    #[error("{reason}")]
    Disconnected {
        /// Whether this is the first report of it.
        first: bool,
        /// What happened.
        reason: String,
    },
    /// The call did not end in time.
    #[error("the call did not end within {} ms", .0.as_millis())]
    TimedOut(Duration),
    /// The client panicked.
    #[error("the client panicked: {0}")]
    Panicked(String),
}

/// The sessions of one trial, which may share a cache.
pub struct Sessions<'s> {
    subject: &'s ClientSubject,
    pub(super) cache: Arc<Cache>,
    /// The process of an adapter that the sessions are opened in, so that they can share what it keeps.
    pub(super) process: Mutex<Option<AdapterProcess>>,
    /// Whether a call of these sessions was given up, so that the process may be blocked.
    pub(super) gave_up: Arc<AtomicBool>,
}

impl<'s> Sessions<'s> {
    pub(super) fn new(subject: &'s ClientSubject) -> Self {
        Self { subject, cache: Arc::new(Cache::with_capacity(64)), process: Mutex::default(), gave_up: Arc::default() }
    }

    /// Opens a session.
    ///
    /// # Errors
    /// If the client rejects the configuration, or the adapter is disconnected.
    pub async fn open(&self, config: Config) -> Result<Session, SessionError> {
        self.subject.open(config, self).await
    }
}

impl fmt::Debug for Sessions<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sessions").field("subject", &self.subject).finish_non_exhaustive()
    }
}

/// A session: one base URL, one credential, one tenant. It ends when it is dropped.
pub struct Session(Kind);

enum Kind {
    InProcess(Arc<dyn AnyClient>),
    Adapter { process: AdapterProcess, name: String, gave_up: Arc<AtomicBool> },
}

impl Session {
    pub(super) fn in_process(client: Arc<dyn AnyClient>) -> Self {
        Self(Kind::InProcess(client))
    }

    pub(super) fn of_adapter(process: AdapterProcess, name: String, gave_up: Arc<AtomicBool>) -> Self {
        Self(Kind::Adapter { process, name, gave_up })
    }

    /// Calls the client. The call is stopped when `give_up` ends, which returns how long it has waited.
    ///
    /// # Errors
    /// If the client gives no reply that can be judged, or none until then.
    pub async fn call(
        &self,
        function: Function,
        give_up: impl Future<Output = Duration>,
    ) -> Result<ClientReply, SessionError> {
        match &self.0 {
            Kind::InProcess(client) => call_in_process(client, function, give_up).await,
            Kind::Adapter { process, name, gave_up } => process.call(name, function, give_up, gave_up).await,
        }
    }

    /// Moves the client's clock forward.
    ///
    /// # Errors
    /// If the client does not support that, or is disconnected.
    pub async fn advance(&self, by: Duration) -> Result<(), SessionError> {
        match &self.0 {
            Kind::InProcess(client) => {
                client.advance(by);
                Ok(())
            }
            Kind::Adapter { process, name, .. } => process.advance(name, by).await,
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if let Kind::Adapter { process, name, .. } = &self.0 {
            process.close(name);
        }
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Session(..)")
    }
}

async fn call_in_process(
    client: &Arc<dyn AnyClient>,
    function: Function,
    give_up: impl Future<Output = Duration>,
) -> Result<ClientReply, SessionError> {
    let client = client.clone();
    // In a task of its own a panic ends the call and not the run. The task ends with the set.
    let mut task = JoinSet::new();
    task.spawn(async move {
        match function {
            Function::Check => client.check().await,
            Function::Spend => client.spend().await,
            Function::Invalidate => {
                client.invalidate().await;
                Ok(crate::client::Balance::default())
            }
        }
    });
    let ended = tokio::select! {
        biased;
        ended = task.join_next() => ended,
        after = give_up => return Err(SessionError::TimedOut(after)),
    };
    match ended {
        Some(Ok(result)) => {
            let raw = match &result {
                Ok(balance) => format!("{balance:?}"),
                Err(error) => format!("{error} {error:?}"),
            };
            Ok(ClientReply { result, raw })
        }
        Some(Err(error)) => Err(SessionError::Panicked(panic_text(error))),
        None => Err(SessionError::Panicked("the call was lost".to_owned())),
    }
}

fn panic_text(error: JoinError) -> String {
    let Ok(payload) = error.try_into_panic() else { return "it was cancelled".to_owned() };
    let text = payload.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| payload.downcast_ref::<&str>().copied()).unwrap_or("without a message").to_owned()
}
