//! Responses that take the place of the provider's, and latches that delay responses.

use std::collections::VecDeque;
use std::sync::Arc;

use tokio::sync::watch;

use super::reply::Reply;

/// A response in place of the provider's own, or a delay of the provider's own.
#[derive(Debug, Clone, Default)]
pub struct ResponseOverride {
    pub(super) reply: Option<Reply>,
    pub(super) latch: Option<Latch>,
}

/// Delays responses until it is opened. Clones share one state.
#[derive(Debug, Clone)]
pub struct Latch(Arc<watch::Sender<bool>>);

/// The overrides of an endpoint.
#[derive(Debug, Default)]
pub(super) struct Overrides {
    pub(super) once: VecDeque<ResponseOverride>,
    pub(super) always: Option<ResponseOverride>,
}

impl Latch {
    /// Creates a closed latch.
    #[must_use]
    pub fn closed() -> Self {
        Self(Arc::new(watch::Sender::new(false)))
    }

    /// Opens the latch, for waiting and for later responses.
    pub fn open(&self) {
        self.0.send_replace(true);
    }

    pub(super) async fn wait(&self) {
        let mut open = self.0.subscribe();
        // The sender lives as long as this latch.
        let _ = open.wait_for(|open| *open).await;
    }
}

impl ResponseOverride {
    /// Makes the provider's own response when the request arrives, and sends it when the latch opens.
    #[must_use]
    pub fn held_until(latch: &Latch) -> Self {
        Self { reply: None, latch: Some(latch.clone()) }
    }

    /// Sends this response when the latch opens.
    #[must_use]
    pub fn when_open(self, latch: &Latch) -> Self {
        Self { latch: Some(latch.clone()), ..self }
    }
}

impl From<Reply> for ResponseOverride {
    fn from(reply: Reply) -> Self {
        Self { reply: Some(reply), latch: None }
    }
}

impl Overrides {
    /// The override for the next request.
    pub(super) fn take(&mut self) -> ResponseOverride {
        self.once.pop_front().or_else(|| self.always.clone()).unwrap_or_default()
    }
}
