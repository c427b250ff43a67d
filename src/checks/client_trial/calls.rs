//! Calls of the client under test: what it reported, and the requests that were recorded meanwhile.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::Instant;

use super::ClientTrial;
use super::patience::Patience;
use crate::checks::client_session::{Call, ClientSession, requests};
use crate::checks::finding::Stop;
use crate::contract::Role;
use crate::mock::ReceivedRequest;
use crate::subject::{Function, SessionError};

/// The shortest time limit of a call that depends on the recording server.
pub(in crate::checks) const MIN_CALL_TIMEOUT: Duration = Duration::from_secs(10);

/// So many requests of one call are a storm, whether or not it ends.
pub(in crate::checks) const STORM: usize = 6;

/// What came of a call.
#[derive(Debug)]
pub(in crate::checks) enum Observed {
    /// It ended.
    Ended(Call),
    /// It did not end, and was stopped.
    Stopped(Stopped),
}

/// A call that was stopped.
#[derive(Debug)]
pub(in crate::checks) struct Stopped {
    /// The requests that arrived at the endpoint until then.
    pub(in crate::checks) received: Vec<Arc<ReceivedRequest>>,
    /// How long it had gone on, without the delays of a busy machine.
    pub(in crate::checks) took: Duration,
}

impl Observed {
    /// The call, if it ended.
    pub(in crate::checks) fn ended(self) -> Option<Call> {
        match self {
            Self::Ended(call) => Some(call),
            Self::Stopped(_) => None,
        }
    }

    /// The requests that arrived.
    pub(in crate::checks) fn received(&self) -> &[Arc<ReceivedRequest>] {
        match self {
            Self::Ended(call) => &call.received,
            Self::Stopped(stopped) => &stopped.received,
        }
    }

    /// The numbers of the requests that arrived.
    pub(in crate::checks) fn numbers(&self) -> Vec<u64> {
        self.received().iter().map(|received_request| received_request.n).collect()
    }
}

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
        match self.observe(session, function, self.patience(session)).await? {
            Observed::Ended(call) => Ok(call),
            Observed::Stopped(stopped) => {
                let (name, sent) = (function.as_str(), requests(stopped.received.len()));
                let seconds = stopped.took.as_secs();
                Err(Stop::Inconclusive(format!(
                    "`{name}` was stopped after {seconds} s and {sent}: `robust.gives-up` and `error.no-retry-storm` say more"
                )))
            }
        }
    }

    /// Calls a function of the client. Returns `None` if the call does not end within `limit`.
    pub(in crate::checks) async fn call_within(
        &self,
        session: &ClientSession,
        function: Function,
        limit: Option<Duration>,
    ) -> Result<Option<Call>, Stop> {
        let patience = limit.map_or_else(|| self.patience(session), Patience::until);
        self.observe(session, function, patience).await.map(Observed::ended)
    }

    /// How long a call may go on that gets its answers at once.
    pub(in crate::checks) fn patience(&self, session: &ClientSession) -> Patience {
        // What is known of a client need not be waited for again.
        let known = self.subject.repeats_without_end.load(Ordering::Relaxed);
        let usual = Patience::usual(session, self.settings.longest_call);
        if known { usual.with_requests(STORM / 2) } else { usual }
    }

    /// Calls a function of the client, and stops the call when patience runs out.
    ///
    /// # Errors
    /// If the client gave a result that cannot be judged.
    pub(in crate::checks) async fn observe(
        &self,
        session: &ClientSession,
        function: Function,
        patience: Patience,
    ) -> Result<Observed, Stop> {
        let before = self.recorder.count();
        let begun = Instant::now();
        let waited = AtomicU64::new(0);
        let wait = self.subject.waits.for_call();
        let reply = session.handle.call(function, patience.run_out(&self.recorder, before, session, &waited)).await;
        drop(wait);
        let ended = Instant::now();
        let received = self.received_by(session, before);
        let took = Duration::from_millis(waited.into_inner());
        let reply = match reply {
            Ok(reply) => reply,
            Err(SessionError::TimedOut(took)) => {
                let text = format!(
                    "{}: stopped after {} ms, {}",
                    function.as_str(),
                    took.as_millis(),
                    requests(received.len())
                );
                self.add_step_for(session, text);
                if received.len() > STORM {
                    self.subject.repeats_without_end.store(true, Ordering::Relaxed);
                }
                return Ok(Observed::Stopped(Stopped { received, took }));
            }
            Err(error) => return Err(self.client_stopped(&error)),
        };
        let (outcome, raw, span) = (reply.result, reply.raw, (begun, ended));
        let call = Call { outcome, raw, received, span, moved: session.moved(), took };
        let found = if function == Function::Invalidate { "done".to_owned() } else { call.found() };
        self.add_step_for(session, format!("{}: {found}, {}", function.as_str(), requests(call.received.len())));
        Ok(Observed::Ended(call))
    }

    /// The requests of a session, after the first `before` that the recording server has received.
    pub(in crate::checks) fn received_by(&self, session: &ClientSession, before: usize) -> Vec<Arc<ReceivedRequest>> {
        let received = self.recorder.received_since(before).into_iter();
        received.filter(|received_request| received_request.is_at(&session.endpoint)).collect()
    }

    pub(super) fn client_stopped(&self, error: &SessionError) -> Stop {
        let text = self.redactor.text(&error.to_string());
        match error {
            SessionError::Unsupported(_) => Stop::CouldNotRun(text),
            SessionError::Disconnected { first: false, .. } => {
                Stop::CouldNotRun(format!("the adapter is gone: {text}"))
            }
            SessionError::Disconnected { .. } => Stop::Harness(format!("the adapter broke the protocol: {text}")),
            SessionError::Adapter(_) => Stop::Harness(text),
            // Only an earlier call that was stopped keeps an adapter from answering this.
            SessionError::TimedOut(_) => Stop::Inconclusive(text),
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
