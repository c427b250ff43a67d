//! Sessions of a client under test, and what the client reports.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinError;

use super::adapter::Adapter;
use super::client::ClientSubject;
use super::timeout::lenient_timeout;
use crate::client::{AnyClient, Cache, CallResult, Config};

/// The time that a call may take in addition to the client's own deadline.
const SLACK: Duration = Duration::from_secs(10);

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
    /// The call did not end in time, although the client still handles others.
    #[error("the call did not end within {} ms", .0.as_millis())]
    TimedOut(Duration),
    /// The adapter was stopped, because a call of it never ended. A new process takes over.
    #[error("the adapter was stopped, because another call did not end, and was started again")]
    Restarted,
    /// The client panicked.
    #[error("the client panicked: {0}")]
    Panicked(String),
}

/// The sessions of one trial, which may share a cache.
pub struct Sessions<'s> {
    subject: &'s ClientSubject,
    cache: Arc<Cache>,
}

impl<'s> Sessions<'s> {
    pub(super) fn new(subject: &'s ClientSubject) -> Self {
        Self { subject, cache: Arc::new(Cache::with_capacity(64)) }
    }

    /// Opens a session.
    ///
    /// # Errors
    /// If the client rejects the configuration, or the adapter is disconnected.
    pub async fn open(&self, config: Config) -> Result<Session, SessionError> {
        self.subject.open(config, &self.cache).await
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
    Adapter { adapter: Adapter, name: String, timeout: Duration },
}

impl Session {
    pub(super) fn in_process(client: Arc<dyn AnyClient>) -> Self {
        Self(Kind::InProcess(client))
    }

    pub(super) fn of_adapter(adapter: Adapter, name: String, timeout: Duration) -> Self {
        Self(Kind::Adapter { adapter, name, timeout })
    }

    /// Calls the client.
    ///
    /// # Errors
    /// If the client gives no reply that can be judged within `limit`. The default limit is the client's own deadline and
    /// some slack.
    pub async fn call(&self, function: Function, limit: Option<Duration>) -> Result<ClientReply, SessionError> {
        match &self.0 {
            Kind::InProcess(client) => call_in_process(client, function, limit.unwrap_or(SLACK)).await,
            Kind::Adapter { adapter, name, timeout } => {
                adapter.call(name, function, limit.unwrap_or(*timeout + SLACK)).await
            }
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
            Kind::Adapter { adapter, name, .. } => adapter.advance(name, by).await,
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if let Kind::Adapter { adapter, name, .. } = &self.0 {
            adapter.close(name);
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
    limit: Duration,
) -> Result<ClientReply, SessionError> {
    let client = client.clone();
    // In a task of its own a panic ends the call and not the run.
    let mut task = tokio::spawn(async move {
        match function {
            Function::Check => client.check().await,
            Function::Spend => client.spend().await,
            Function::Invalidate => {
                client.invalidate().await;
                Ok(crate::client::Balance::default())
            }
        }
    });
    match lenient_timeout(limit, &mut task).await {
        Some(Ok(result)) => {
            let raw = match &result {
                Ok(balance) => format!("{balance:?}"),
                Err(error) => format!("{error} {error:?}"),
            };
            Ok(ClientReply { result, raw })
        }
        Some(Err(error)) => Err(SessionError::Panicked(panic_text(error))),
        None => {
            task.abort();
            Err(SessionError::TimedOut(limit))
        }
    }
}

fn panic_text(error: JoinError) -> String {
    let Ok(payload) = error.try_into_panic() else { return "it was cancelled".to_owned() };
    let text = payload.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| payload.downcast_ref::<&str>().copied()).unwrap_or("without a message").to_owned()
}
