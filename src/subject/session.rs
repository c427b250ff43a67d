//! A session with a client under test, and what the client says: the second witness.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinError;

use super::adapter::Adapter;
use super::client::ClientSubject;
use super::timeout::lenient_timeout;
use crate::client::{AnyClient, Cache, CallResult, Config};

/// What a call that need not wait for anybody may take beyond the client's own deadline.
const SLACK: Duration = Duration::from_secs(10);

/// What a session can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Function {
    /// The balance, through the client's cache.
    Check,
    /// One paid call.
    Spend,
    /// Dropping what is cached.
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

/// What the client said to a call.
#[derive(Debug, Clone)]
pub struct ClientReply {
    /// What it comes to.
    pub result: CallResult,
    /// Everything that was said, word by word.
    pub raw: String,
}

/// Why a session said nothing that could be judged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SessionError {
    /// It cannot do what was asked.
    #[error("the adapter does not support it: {0}")]
    Unsupported(String),
    /// It says that it is broken.
    #[error("the adapter reports that it is broken: {0}")]
    Adapter(String),
    /// It does not speak the protocol, or is gone; the first to notice is told so.
    #[error("{reason}")]
    Disconnected {
        /// Whether nobody was told before.
        first: bool,
        /// What happened.
        reason: String,
    },
    /// This call came to no end, while others do.
    #[error("the call came to no end within {} ms", .0.as_millis())]
    TimedOut(Duration),
    /// It panicked.
    #[error("the client panicked: {0}")]
    Panicked(String),
}

/// Sessions that may know of each other: those of one trial.
pub struct Sessions<'s> {
    subject: &'s ClientSubject,
    cache: Arc<Cache>,
}

impl<'s> Sessions<'s> {
    pub(super) fn new(subject: &'s ClientSubject) -> Self {
        Self { subject, cache: Arc::new(Cache::with_capacity(64)) }
    }

    /// Opens one.
    ///
    /// # Errors
    /// If the client cannot be opened with this configuration, or the adapter is gone.
    pub async fn open(&self, config: Config) -> Result<Session, SessionError> {
        self.subject.open(config, &self.cache).await
    }
}

impl fmt::Debug for Sessions<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sessions").field("subject", &self.subject).finish_non_exhaustive()
    }
}

/// One base URL, one credential, one tenant. Dropping it ends it.
pub struct Session(Kind);

enum Kind {
    Here(Arc<dyn AnyClient>),
    There { adapter: Adapter, name: String, timeout: Duration },
}

impl Session {
    pub(super) fn here(client: Arc<dyn AnyClient>) -> Self {
        Self(Kind::Here(client))
    }

    pub(super) fn there(adapter: Adapter, name: String, timeout: Duration) -> Self {
        Self(Kind::There { adapter, name, timeout })
    }

    /// Calls the client.
    ///
    /// # Errors
    /// If there is no answer to judge within `patience`, or within what the client's own deadline leaves if none is given.
    pub async fn call(&self, function: Function, patience: Option<Duration>) -> Result<ClientReply, SessionError> {
        match &self.0 {
            Kind::Here(client) => here(client, function, patience.unwrap_or(SLACK)).await,
            Kind::There { adapter, name, timeout } => {
                adapter.call(name, function, patience.unwrap_or(*timeout + SLACK)).await
            }
        }
    }

    /// Moves the client's clock forward.
    ///
    /// # Errors
    /// If the client cannot do that, or is gone.
    pub async fn advance(&self, by: Duration) -> Result<(), SessionError> {
        match &self.0 {
            Kind::Here(client) => {
                client.advance(by);
                Ok(())
            }
            Kind::There { adapter, name, .. } => adapter.advance(name, by).await,
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if let Kind::There { adapter, name, .. } = &self.0 {
            adapter.close(name);
        }
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Session(..)")
    }
}

async fn here(
    client: &Arc<dyn AnyClient>,
    function: Function,
    patience: Duration,
) -> Result<ClientReply, SessionError> {
    let client = client.clone();
    // A task of its own, so that a panic ends the call and not the run.
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
    match lenient_timeout(patience, &mut task).await {
        Some(Ok(outcome)) => {
            let words = match &outcome {
                Ok(balance) => format!("{balance:?}"),
                Err(error) => format!("{error} {error:?}"),
            };
            Ok(ClientReply { result: outcome, raw: words })
        }
        Some(Err(error)) => Err(SessionError::Panicked(panic_text(error))),
        None => {
            task.abort();
            Err(SessionError::TimedOut(patience))
        }
    }
}

fn panic_text(error: JoinError) -> String {
    let Ok(payload) = error.try_into_panic() else { return "it was cancelled".to_owned() };
    let text = payload.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| payload.downcast_ref::<&str>().copied()).unwrap_or("without a message").to_owned()
}
