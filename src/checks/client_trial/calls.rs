//! Calls of the client under test: what it reported, and the requests that were recorded meanwhile.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::ClientTrial;
use crate::checks::client_session::{Call, ClientSession, requests};
use crate::checks::finding::Stop;
use crate::contract::Role;
use crate::mock::ReceivedRequest;
use crate::subject::{Function, SessionError};

/// The shortest time limit of a call that depends on the recording server.
pub(in crate::checks) const MIN_CALL_TIMEOUT: Duration = Duration::from_secs(10);

impl ClientTrial<'_> {
    /// Checks the balance, as an application would.
    ///
    /// # Errors
    /// If the client gave no result that can be judged.
    pub async fn check(&self, session: &ClientSession) -> Result<Call, Stop> {
        self.call(session, Function::Check).await
    }

    /// Makes a paid call with the client.
    ///
    /// # Errors
    /// If the client makes no paid calls, or gave no result that can be judged.
    pub async fn spend(&self, session: &ClientSession) -> Result<Call, Stop> {
        if !self.subject.capabilities.spend {
            return Err(Stop::NotApplicable("the client does not say that it makes paid calls".to_owned()));
        }
        self.call(session, Function::Spend).await
    }

    /// Calls a function of the client.
    ///
    /// # Errors
    /// If the client gave no result that can be judged.
    pub async fn call(&self, session: &ClientSession, function: Function) -> Result<Call, Stop> {
        let call = self.call_within(session, function, None).await?;
        call.ok_or_else(|| {
            let arrived = self.recorder.count();
            Stop::Inconclusive(format!("`{}` came to no end, {arrived} requests into the trial", function.as_str()))
        })
    }

    /// Calls a function of the client. Returns `None` if the call does not end within `patience`.
    pub(in crate::checks) async fn call_within(
        &self,
        session: &ClientSession,
        function: Function,
        patience: Option<Duration>,
    ) -> Result<Option<Call>, Stop> {
        let before = self.recorder.count();
        let begun = Instant::now();
        let reply = session.handle.call(function, patience).await;
        let ended = Instant::now();
        let received = self.received_by(session, before);
        let reply = match reply {
            Ok(reply) => reply,
            Err(SessionError::TimedOut(_)) => return Ok(None),
            Err(error) => return Err(self.client_stopped(&error)),
        };
        let call =
            Call { outcome: reply.result, raw: reply.raw, received, span: (begun, ended), moved: session.moved() };
        let found = if function == Function::Invalidate { "done".to_owned() } else { call.found() };
        self.add_step_for(session, format!("{}: {found}, {}", function.as_str(), requests(call.received.len())));
        Ok(Some(call))
    }

    /// The requests of a session, after the first `before` that the recording server has received.
    pub(in crate::checks) fn received_by(&self, session: &ClientSession, before: usize) -> Vec<Arc<ReceivedRequest>> {
        let received = self.recorder.received_since(before).into_iter();
        let own = |name: &str| name == session.endpoint.name();
        received.filter(|request| request.endpoint.as_deref().is_none_or(own)).collect()
    }

    pub(super) fn client_stopped(&self, error: &SessionError) -> Stop {
        let text = self.redactor.text(&error.to_string());
        match error {
            SessionError::Unsupported(_) => Stop::CouldNotRun(text),
            SessionError::Disconnected { first: false, .. } => {
                Stop::CouldNotRun(format!("the adapter is gone: {text}"))
            }
            SessionError::Disconnected { .. } => Stop::Harness(format!("the adapter broke the protocol: {text}")),
            SessionError::Restarted => Stop::Inconclusive(text),
            SessionError::Adapter(_) | SessionError::TimedOut(_) => Stop::Harness(text),
            SessionError::Panicked(_) => {
                let promise = self.contract.operation(Role::Balance).map(|operation| operation.promise.clone());
                let Some(promise) = promise else { return Stop::Harness(text) };
                match self.judge(&promise, Role::Balance, &[], false, || text.clone()) {
                    Err(stop) => stop,
                    Ok(()) => Stop::Harness(text),
                }
            }
        }
    }
}
