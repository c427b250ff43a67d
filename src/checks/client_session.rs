//! A session of the client under test at an endpoint of the recording server, and the results of its calls.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use rust_decimal::Decimal;
use tokio::time::Instant;

use crate::client::{Balance, CallResult, Source};
use crate::mock::{Endpoint, ReceivedRequest, StateParams};
use crate::model;
use crate::subject::Session;
use crate::sync::lock;

/// A tenant with its credential.
#[derive(Debug, Clone)]
pub(super) struct Identity {
    /// The credential; `None` if the contract requires none.
    pub(super) key: Option<String>,
    /// The tenant, as configured in the client.
    pub(super) tenant: String,
}

/// A session at an endpoint.
#[derive(Debug)]
pub struct ClientSession {
    pub(super) handle: Session,
    /// The endpoint.
    pub endpoint: Arc<Endpoint>,
    pub(super) identity: Identity,
    /// The number of the session, by which steps identify it.
    pub(super) n: u32,
    /// The time-out that the client was given.
    pub(super) timeout: Duration,
    moved: Mutex<Duration>,
}

/// A call and what was observed of it.
#[derive(Debug, Clone)]
pub struct Call {
    /// The result that the client reported.
    pub outcome: CallResult,
    /// The result as text, as the client wrote it.
    pub raw: String,
    /// The requests that arrived at the endpoint during the call.
    pub received: Vec<Arc<ReceivedRequest>>,
    /// The start and the end of the call.
    pub span: (Instant, Instant),
    /// The total by which the client's clock had been moved.
    pub moved: Duration,
    /// How long the call took at least, without the delays of a busy machine.
    pub took: Duration,
}

impl ClientSession {
    pub(super) fn new(handle: Session, endpoint: Arc<Endpoint>, identity: Identity, n: u32, timeout: Duration) -> Self {
        Self { handle, endpoint, identity, n, timeout, moved: Mutex::default() }
    }

    /// The total by which the client's clock was moved.
    pub(super) fn moved(&self) -> Duration {
        *lock(&self.moved)
    }

    pub(super) fn record_advance(&self, by: Duration) {
        *lock(&self.moved) += by;
    }

    /// The parameters of a state that name the account of this session.
    #[must_use]
    pub fn account_params(&self) -> StateParams {
        StateParams {
            key: self.identity.key.clone(),
            tenant: Some(self.identity.tenant.clone()),
            ..StateParams::default()
        }
    }

    /// The credential; empty if there is no credential.
    #[must_use]
    pub fn key(&self) -> &str {
        self.identity.key.as_deref().unwrap_or_default()
    }

    /// The tenant.
    #[must_use]
    pub fn tenant(&self) -> &str {
        &self.identity.tenant
    }
}

impl Call {
    /// The numbers of the recorded requests.
    #[must_use]
    pub fn numbers(&self) -> Vec<u64> {
        self.received.iter().map(|received_request| received_request.n).collect()
    }

    /// Whether an overridden response was delivered during the call.
    #[must_use]
    pub fn override_used(&self) -> bool {
        self.received.iter().any(|received_request| received_request.overridden)
    }

    /// Whether the client reported this balance.
    #[must_use]
    pub fn reports(&self, true_balance: &model::BalanceValues) -> bool {
        self.outcome.as_ref().is_ok_and(|reported| agrees(reported, true_balance))
    }

    /// The reported result in words.
    #[must_use]
    pub fn found(&self) -> String {
        found(&self.outcome)
    }
}

/// Whether a reported balance equals the true one: every reported role is right, and the main role was reported. Roles that the
/// contract does not have are not judged.
pub(super) fn agrees(reported: &Balance, true_balance: &model::BalanceValues) -> bool {
    let same = |reported: Option<_>, true_balance: Option<_>| {
        reported.is_none() || true_balance.is_none() || reported == true_balance
    };
    let flag = reported.allowed.is_none() || true_balance.allowed.is_none() || reported.allowed == true_balance.allowed;
    if let (None, None, Some(flag), Some(left)) =
        (reported.remaining, reported.total, reported.allowed, true_balance.remaining)
    {
        // A fail-open result is not a balance of the server.
        if reported.source == Some(Source::FailOpen) {
            return false;
        }
        // A client that reports only whether use is allowed decides by itself which amount is enough.
        return if left <= Decimal::ZERO { !flag } else { flag || left < Decimal::ONE_HUNDRED };
    }
    let main = match true_balance {
        model::BalanceValues { remaining: Some(_), .. } => reported.remaining.is_some(),
        model::BalanceValues { allowed: Some(_), .. } => reported.allowed.is_some(),
        model::BalanceValues { total, .. } => total.is_none() || reported.total.is_some(),
    };
    same(reported.remaining, true_balance.remaining) && same(reported.total, true_balance.total) && flag && main
}

/// A number of requests in words.
pub(super) fn requests(count: usize) -> String {
    match count {
        0 => "no request".to_owned(),
        1 => "one request".to_owned(),
        count => format!("{count} requests"),
    }
}

/// A reported result in words.
pub(super) fn found(outcome: &CallResult) -> String {
    match outcome {
        Ok(reported) => {
            let balance = model::BalanceValues {
                remaining: reported.remaining,
                total: reported.total,
                allowed: reported.allowed,
            };
            format!("a balance ({balance})")
        }
        Err(error) => {
            let status = error.status.map(|status| format!(", status {status}")).unwrap_or_default();
            format!("an error of class `{}`{status}", error.class)
        }
    }
}
