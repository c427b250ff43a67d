//! An adapter that is started again after a call that never ended, so that the remaining checks can run.

use std::sync::Mutex;

use super::{Adapter, AdapterCommand, AdapterError};
use crate::sync::lock;

/// The adapter of a client under test, with the command that starts it again.
#[derive(Debug)]
pub(in crate::subject) struct RestartingAdapter {
    command: AdapterCommand,
    current: Mutex<Adapter>,
    /// Held while a new process starts, so that only one does.
    starting: tokio::sync::Mutex<()>,
}

impl RestartingAdapter {
    /// Starts the command, and waits for its answer to `hello`.
    ///
    /// # Errors
    /// If it does not start, or does not answer `hello` as the protocol requires.
    pub(in crate::subject) async fn start(command: AdapterCommand) -> Result<Self, AdapterError> {
        let current = Mutex::new(Adapter::start(command.clone()).await?);
        Ok(Self { command, current, starting: tokio::sync::Mutex::default() })
    }

    /// The present process.
    pub(in crate::subject) fn current(&self) -> Adapter {
        lock(&self.current).clone()
    }

    /// A process that answers: the present one, or a new one if a call of the present one never ended.
    ///
    /// # Errors
    /// If a new process does not start.
    pub(in crate::subject) async fn answering(&self) -> Result<Adapter, AdapterError> {
        let _starting = self.starting.lock().await;
        let current = self.current();
        if !current.was_given_up() {
            return Ok(current);
        }
        let started = Adapter::start(self.command.clone()).await?;
        *lock(&self.current) = started.clone();
        Ok(started)
    }
}
