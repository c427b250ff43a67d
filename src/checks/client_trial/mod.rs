//! A trial: one check at work on a client, on a stage of its own, with two witnesses.
//!
//! What arrived at the stage decides what was sent; what the client says decides what an application sees. What a check
//! needs to have happened counts only if the stage saw it happen.

mod calls;
mod seats;
mod time;

use std::sync::Arc;
use std::time::Duration;

use rust_decimal::Decimal;

use super::check::{Judgement, Stop};
use super::client_session::{Call, ClientSession};
use super::evidence::{Evidence, TrialSummary};
use super::server_trial::TrialSettings;
use super::time::Passing;
use crate::contract::{CacheRule, Contract, Operation, Promise, Role};
use crate::exchange::{Exchange, Failure, Journal, Redactor, Response};
use crate::mock::{Delivery, ReceivedRequest, RecordingServer};
use crate::model::BalanceValues;
use crate::subject::{ClientSubject, Sessions};

pub(super) use calls::PATIENCE;
pub(super) use seats::SessionOptions;

/// So many of the requests that came last are shown where nothing refers to any.
const LAST: usize = 3;

/// One check at work.
pub struct ClientTrial<'r> {
    /// What was promised.
    pub contract: &'r Arc<Contract>,
    /// What is judged.
    pub subject: &'r ClientSubject,
    /// What may be used up.
    pub settings: &'r TrialSettings,
    /// Where the client's requests arrive.
    pub stage: RecordingServer,
    pub(super) redactor: Redactor,
    sessions: Sessions<'r>,
    pub(super) ledger: Evidence,
    passing: Passing,
}

impl<'r> ClientTrial<'r> {
    /// A trial that has done nothing yet.
    ///
    /// # Errors
    /// If no loopback port can be had.
    pub async fn start(
        contract: &'r Arc<Contract>,
        subject: &'r ClientSubject,
        settings: &'r TrialSettings,
        redactor: Redactor,
    ) -> Result<Self, Stop> {
        let stage = RecordingServer::start(subject.numbers())
            .await
            .map_err(|error| Stop::Harness(format!("no loopback port can be had: {error}")))?;
        let (sessions, passing) = (subject.sessions(), Passing::of(subject.capabilities));
        Ok(Self { contract, subject, settings, stage, redactor, sessions, ledger: Evidence::default(), passing })
    }

    /// What was judged, and a journal of what arrived.
    ///
    /// Of what arrived only what a finding refers to is kept, and what came last.
    pub fn finish(&self, outcome: &Judgement) -> (TrialSummary, Journal) {
        let remains = self.ledger.close();
        let journal = Journal::new(self.redactor.clone());
        let violation = match outcome {
            Err(Stop::Violation(finding)) => Some(&**finding),
            _ => None,
        };
        let shown: Vec<u64> =
            violation.into_iter().chain(&remains.notes).flat_map(|finding| finding.exchanges.clone()).collect();
        let received = self.stage.received();
        let last = received.len().saturating_sub(LAST);
        for (_, arrival) in
            received.into_iter().enumerate().filter(|(at, arrival)| *at >= last || shown.contains(&arrival.n))
        {
            let place = arrival.endpoint.as_ref().map(|place| format!("/t/{place}")).unwrap_or_default();
            journal.record(&format!("{}{place}", self.stage.origin()).into(), Arc::new(exchange(&arrival)));
        }
        (remains, journal)
    }

    /// The operation of that role.
    ///
    /// # Errors
    /// If the contract has none.
    pub fn operation(&self, role: Role) -> Result<&'r Arc<Operation>, Stop> {
        let missing = || Stop::NotApplicable(format!("the contract names no {role:?} operation").to_lowercase());
        self.contract.operation(role).ok_or_else(missing)
    }

    /// So many credits in the roles that the contract has.
    #[must_use]
    pub fn credits(&self, remaining: impl Into<Decimal>) -> BalanceValues {
        let fields = self.contract.operation(Role::Balance).map(|operation| operation.fields.clone());
        BalanceValues::of(remaining.into(), &fields.unwrap_or_default())
    }

    /// What is promised of the client's cache.
    ///
    /// # Errors
    /// If nothing is, or if the client does not cache.
    pub(super) fn cache_rule(&self) -> Result<&'r CacheRule, Stop> {
        if !self.subject.capabilities.cache {
            return Err(Stop::NotApplicable("the client does not say that it caches".to_owned()));
        }
        let rule = self.contract.caching.client.as_ref();
        rule.ok_or_else(|| Stop::NotApplicable("the contract promises nothing of the client's cache".to_owned()))
    }

    /// Adds a step to the story that a violation tells.
    pub fn tell(&self, step: String) {
        self.ledger.tell(None, step);
    }

    /// Adds a step that is about one session.
    pub fn tell_of(&self, seat: &ClientSession, step: String) {
        self.ledger.tell(Some(seat.n), step);
    }

    /// Judges a promise by something seen.
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
        self.ledger.judge(&self.redactor, promise, operation, numbers, holds, reason)
    }
}

impl std::fmt::Debug for ClientTrial<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ClientTrial")
            .field("contract", &self.contract.name)
            .field("stage", &self.stage)
            .finish_non_exhaustive()
    }
}

fn exchange(arrival: &ReceivedRequest) -> Exchange {
    let ReceivedRequest { n, request, reply, .. } = arrival;
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
