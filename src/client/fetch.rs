//! One exchange for a balance, from the request to what is kept and told.

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;

use super::api::{CallResult, ClientError, ErrorClass};
use super::cache::{CacheEntry, EntryRef, Flight, Ticket};
use super::clock::nanos;
use super::config::ClientAccount;
use super::hit::Hit;
use super::message::{HttpReply, RequestTemplate};
use super::reference::Core;
use super::{classify, decode, policy};
use crate::contract::{Operation, Role};

/// A request of one account, made ready.
pub(super) struct Call {
    pub(super) operation: Arc<Operation>,
    pub(super) draft: RequestTemplate,
    pub(super) account: Arc<ClientAccount>,
}

/// A check that has to go out.
pub(super) struct Fetch {
    pub(super) core: Arc<Core>,
    pub(super) call: Arc<Call>,
    pub(super) held: EntryRef,
}

impl Fetch {
    /// A fetch that others can join and that fills the entry. It goes on as long as anybody waits for it.
    pub(super) fn start(self, entry: EntryRef, ticket: Ticket) -> Flight {
        async move {
            // Counted from before the request, so that no answer is ever given out later than the TTL after it was true.
            let asked = self.core.clock.now();
            let came = self.core.exchange(&self.call).await;
            self.core.heed(&self.held, Role::Balance, &came);
            let told = self.policy(came.clone());
            let caching = &self.core.behaviour.caching;
            let kept = (caching.keep)(&came, &told).map(|balance| Hit::pack(&balance));
            entry.land(ticket, asked, kept, caching.late);
            told
        }
        .boxed()
        .shared()
    }

    /// A fetch that nobody joins and that fills nothing.
    pub(super) async fn alone(self) -> CallResult {
        let came = self.core.exchange(&self.call).await;
        self.core.heed(&self.held, Role::Balance, &came);
        self.policy(came)
    }

    /// What the application is told, after the failure policy.
    pub(super) fn policy(&self, came: CallResult) -> CallResult {
        let contract = &self.core.contract;
        came.or_else(|error| {
            let opens = policy::opens(contract, &error);
            if (self.core.behaviour.telling.opens)(opens, &error) { Ok(policy::told(contract)) } else { Err(error) }
        })
    }
}

impl Core {
    /// Sends the call and reads the answer.
    pub(super) async fn exchange(&self, call: &Call) -> CallResult {
        let sending = &self.behaviour.sending;
        let mut draft = call.draft.clone();
        (sending.prepare)(&mut draft, &call.account);
        for _ in 0..sending.probes {
            let _ = self.wire.exchange(&draft, sending).await;
        }
        let mut attempts = 0;
        loop {
            let reply = self.wire.exchange(&draft, sending).await;
            let outcome = reply.and_then(|reply| self.read(call, &reply));
            attempts += 1;
            if !(sending.again)(attempts, &outcome) {
                return outcome;
            }
        }
    }

    fn read(&self, call: &Call, reply: &HttpReply) -> CallResult {
        let (contract, operation, reading) = (&self.contract, &call.operation, &self.behaviour.reading);
        let response = classify::success(operation, reply.status);
        let success = response.is_some() && !classify::disguised(contract, operation, reply);
        if (reading.success)(success, reply) {
            return decode::balance(operation, response, reply, reading)
                .map_err(|flaw| ClientError::new(ErrorClass::Malformed, flaw.to_string()).with_status(reply.status));
        }
        let mut error = classify::failure(contract, operation, reply, reading, || self.clock.wall());
        let key = call.account.key_text();
        if !key.is_empty() && error.code.as_ref().is_some_and(|code| code.contains(key)) {
            // A server that quotes the credential back does not get it into anybody's log.
            error.code = None;
        }
        Err(error)
    }

    /// Lets nothing out for as long as the answer asks.
    pub(super) fn heed(&self, held: &CacheEntry, role: Role, outcome: &CallResult) {
        if let Err(error) = outcome
            && matches!(error.status, Some(429 | 503))
            && let Some(wait) = error.retry_after.filter(|wait| *wait > Duration::ZERO)
            && self.behaviour.caching.waits
        {
            held.hold(self.clock.now().saturating_add(nanos(wait)), role, error);
        }
    }
}

/// Whether a paid call was refused for certain, so that it cannot have been charged.
pub(super) fn refused(error: &ClientError) -> bool {
    match error.class {
        ErrorClass::Auth
        | ErrorClass::Forbidden
        | ErrorClass::Exhausted
        | ErrorClass::RateLimited
        | ErrorClass::NotFound => true,
        ErrorClass::Other => error.status.is_some_and(|status| (300..500).contains(&status)),
        _ => false,
    }
}
