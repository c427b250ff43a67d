//! The context of one check of a client: a recording server of its own, and the results that the client reports.
//!
//! The recorded requests decide what the client sent; its results decide what an application sees. An event that a check depends
//! on counts only if the recording server observed it.

mod base_path;
mod calls;
mod patience;
mod rekey;
mod sessions;
mod time;

use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use super::client_session::{Call, ClientSession};
use super::finding::{Judgement, Stop};
use super::records::TrialSummary;
use super::settings::TrialSettings;
use super::time::Passing;
use super::trial_core::TrialCore;
use crate::contract::{CacheRule, Contract, Promise, Role};
use crate::exchange::{Exchange, Failure, Journal, Redactor, Response};
use crate::mock::{Delivery, ReceivedRequest, RecordingServer};
use crate::subject::{ClientSubject, Sessions};

pub(super) use calls::{MIN_CALL_TIMEOUT, Observed, STORM};
pub(super) use patience::Patience;
pub(super) use sessions::SessionOptions;

/// The number of last requests in the journal, for results that refer to no request.
const LAST: usize = 3;

/// One check, run against a client.
pub struct ClientTrial<'r> {
    core: TrialCore<'r>,
    /// The client under test.
    pub subject: &'r ClientSubject,
    /// The server that records what the client sends.
    pub recorder: RecordingServer,
    sessions: Sessions<'r>,
    passing: Passing,
}

impl<'r> Deref for ClientTrial<'r> {
    type Target = TrialCore<'r>;

    fn deref(&self) -> &TrialCore<'r> {
        &self.core
    }
}

impl<'r> ClientTrial<'r> {
    /// A new trial, with a recording server of its own.
    ///
    /// # Errors
    /// If no loopback port can be bound.
    pub fn start(
        contract: &'r Arc<Contract>,
        subject: &'r ClientSubject,
        settings: &TrialSettings,
        redactor: Redactor,
    ) -> Result<Self, Stop> {
        let recorder = RecordingServer::start(subject.request_counter())
            .map_err(|error| Stop::Harness(format!("no loopback port can be had: {error}")))?;
        let (sessions, passing) = (subject.sessions(), Passing::of(subject.capabilities));
        Ok(Self { core: TrialCore::new(contract, settings, redactor), subject, recorder, sessions, passing })
    }

    /// Ends the trial: returns its summary, and a journal of recorded requests.
    ///
    /// The journal contains the requests that a finding refers to, and the last ones. The last value is how many there were in all.
    pub fn finish(&self, outcome: &Judgement) -> (TrialSummary, Journal, u64) {
        let summary = self.evidence.take_summary();
        let journal = Journal::new(self.redactor.clone());
        let violation = match outcome {
            Err(Stop::Violation(finding)) => Some(&**finding),
            _ => None,
        };
        let shown: Vec<u64> =
            violation.into_iter().chain(&summary.notes).flat_map(|finding| finding.exchanges.clone()).collect();
        let received = self.recorder.received();
        let last = received.len().saturating_sub(LAST);
        let count = u64::try_from(received.len()).unwrap_or(u64::MAX);
        for (_, received_request) in received
            .into_iter()
            .enumerate()
            .filter(|(at, received_request)| *at >= last || shown.contains(&received_request.n))
        {
            let place = received_request.endpoint.as_ref().map(|place| format!("/t/{place}")).unwrap_or_default();
            journal.record(&format!("{}{place}", self.recorder.origin()).into(), Arc::new(exchange(&received_request)));
        }
        (summary, journal, count)
    }

    /// The promise about the client's cache.
    ///
    /// # Errors
    /// If the contract has none, or the client does not cache.
    pub(super) fn cache_rule(&self) -> Result<&'r CacheRule, Stop> {
        if !self.subject.capabilities.cache {
            return Err(Stop::NotApplicable("the client does not say that it caches".to_owned()));
        }
        let rule = self.contract.caching.client.as_ref();
        rule.ok_or_else(|| Stop::NotApplicable("the contract promises nothing of the client's cache".to_owned()))
    }

    /// Adds a step that is about one session.
    pub fn add_step_for(&self, session: &ClientSession, step: String) {
        self.evidence.add_step(Some(session.n), step);
    }

    /// Judges a promise by calls.
    ///
    /// # Errors
    /// The violation of a must.
    pub fn judge(
        &self,
        promise: &Promise,
        role: Role,
        shown_by: &[&Call],
        holds: bool,
        reason: impl FnOnce() -> String,
    ) -> Judgement {
        let operation = self.contract.operation(role).map(AsRef::as_ref);
        let numbers = shown_by.iter().flat_map(|call| call.numbers()).collect();
        self.judge_exchanges(promise, operation, numbers, holds, reason)
    }
}

impl std::fmt::Debug for ClientTrial<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ClientTrial")
            .field("contract", &self.contract.name)
            .field("recorder", &self.recorder)
            .finish_non_exhaustive()
    }
}

fn exchange(received_request: &ReceivedRequest) -> Exchange {
    let ReceivedRequest { n, request, reply, .. } = received_request;
    let headers = reply.headers.iter().map(|(name, value)| (name.clone(), value.clone().into_bytes())).collect();
    let response = Response { status: reply.status, headers, body: reply.body.clone() };
    let result = match reply.delivery {
        Delivery::Reset | Delivery::Garbage => {
            Err(Failure::Closed(format!("sent like this on purpose: {:?}", reply.delivery)))
        }
        _ => Ok(response),
    };
    Exchange { n: *n, request: request.clone(), result, elapsed: Duration::ZERO }
}
