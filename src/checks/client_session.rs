//! A seat: a session of the client under test at a place of the stage, and what came of its calls.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use rust_decimal::Decimal;
use tokio::time::Instant;

use crate::client::{Balance, CallResult, Source};
use crate::mock::{Endpoint, ReceivedRequest, StateParams};
use crate::model;
use crate::subject::Session;
use crate::sync::lock;

/// Whose balance a session asks for.
#[derive(Debug, Clone)]
pub(super) struct Identity {
    /// The credential; none where the contract asks for none.
    pub(super) key: Option<String>,
    /// The tenant, as the client is told.
    pub(super) tenant: String,
}

/// A session at a place.
#[derive(Debug)]
pub struct ClientSession {
    pub(super) handle: Session,
    /// The place.
    pub endpoint: Arc<Endpoint>,
    pub(super) identity: Identity,
    /// Its number among all: what stories tell it apart by.
    pub(super) n: u32,
    moved: Mutex<Duration>,
}

/// What came of a call.
#[derive(Debug, Clone)]
pub struct Call {
    /// What the client said.
    pub outcome: CallResult,
    /// The same, word by word.
    pub words: String,
    /// What arrived at the place meanwhile.
    pub received: Vec<Arc<ReceivedRequest>>,
    /// When it began and when it ended.
    pub span: (Instant, Instant),
    /// By how much the client's clock had been moved.
    pub moved: Duration,
}

impl ClientSession {
    pub(super) fn new(handle: Session, endpoint: Arc<Endpoint>, identity: Identity, n: u32) -> Self {
        Self { handle, endpoint, identity, n, moved: Mutex::default() }
    }

    /// By how much the client's clock was moved.
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

    /// The credential, empty if there is none.
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
    /// The numbers of what arrived.
    #[must_use]
    pub fn numbers(&self) -> Vec<u64> {
        self.received.iter().map(|received_request| received_request.n).collect()
    }

    /// Whether a cue was delivered during the call.
    #[must_use]
    pub fn override_used(&self) -> bool {
        self.received.iter().any(|received_request| received_request.overridden)
    }

    /// Whether the client told this balance.
    #[must_use]
    pub fn reports(&self, true_balance: &model::BalanceValues) -> bool {
        self.outcome.as_ref().is_ok_and(|reported| agrees(reported, true_balance))
    }

    /// What the client said, in words.
    #[must_use]
    pub fn found(&self) -> String {
        found(&self.outcome)
    }
}

/// Whether what was told is this balance: every role that was told is right, and the one that matters was told. Roles that
/// the contract does not have are the client's own affair.
pub(super) fn agrees(reported: &Balance, true_balance: &model::BalanceValues) -> bool {
    let same = |reported: Option<_>, true_balance: Option<_>| {
        reported.is_none() || true_balance.is_none() || reported == true_balance
    };
    let flag = reported.allowed.is_none() || true_balance.allowed.is_none() || reported.allowed == true_balance.allowed;
    if let (None, None, Some(flag), Some(left)) =
        (reported.remaining, reported.total, reported.allowed, true_balance.remaining)
    {
        // What stands in for a check that failed is not what the server said.
        if reported.source == Some(Source::FailOpen) {
            return false;
        }
        // An application that is told whether, and not how much: how much it takes for that is the client's affair.
        return if left <= Decimal::ZERO { !flag } else { flag || left < Decimal::ONE_HUNDRED };
    }
    let main = match true_balance {
        model::BalanceValues { remaining: Some(_), .. } => reported.remaining.is_some(),
        model::BalanceValues { allowed: Some(_), .. } => reported.allowed.is_some(),
        model::BalanceValues { total, .. } => total.is_none() || reported.total.is_some(),
    };
    same(reported.remaining, true_balance.remaining) && same(reported.total, true_balance.total) && flag && main
}

/// So many requests, in words.
pub(super) fn requests(count: usize) -> String {
    match count {
        0 => "no request".to_owned(),
        1 => "one request".to_owned(),
        count => format!("{count} requests"),
    }
}

/// What a client said, in words.
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
