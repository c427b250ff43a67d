//! Recorded checks that fail, and whether users may go on.
//!
//! Traffic does not show what a client tells its user. It shows that a paid call follows every check that allows it, and none that
//! failed: the client blocks where it should let users try.

use std::sync::Arc;

use crate::checks::class::Class;
use crate::checks::exchange_judge::ExchangeJudge;
use crate::checks::finding::Judgement;
use crate::checks::traffic::{Observed, Retained, Sent, TrafficTrial, Watch};
use crate::contract::{Contract, FailureMode, Level, Promise, Role};
use crate::exchange::Exchange;
use crate::model::BalanceValues;

/// How many checks of each kind have to be seen.
const CHECKS: usize = 3;

/// Watches the checks of each account.
pub(in crate::checks) struct BlockedUsers {
    accounts: Retained<Arc<str>, State>,
}

/// The checks of an account so far.
#[derive(Default)]
struct State {
    /// The last check, until a paid call or another check follows.
    last: Option<(Found, Arc<Exchange>)>,
    /// Successful checks that allowed use and were followed by a paid call.
    allowed: Vec<Arc<Exchange>>,
    /// Failed checks that no paid call followed.
    failed: Vec<Arc<Exchange>>,
    /// Whether a check that allowed use was not followed by a paid call: then users do not always go on.
    mixed: bool,
    /// A failed check that a paid call followed.
    held: Option<Arc<Exchange>>,
}

/// What a check found.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Found {
    Allowed,
    Failed,
    Other,
}

impl BlockedUsers {
    pub(in crate::checks) fn watch(_: &Contract) -> Box<dyn Watch> {
        Box::new(Self { accounts: Retained::default() })
    }
}

impl State {
    /// Ends the last check, which no paid call has followed.
    fn end(&mut self) {
        match self.last.take() {
            Some((Found::Allowed, _)) => self.mixed = true,
            Some((Found::Failed, exchange)) if self.failed.len() <= CHECKS => self.failed.push(exchange),
            _ => {}
        }
    }
}

impl Watch for BlockedUsers {
    fn sent(&mut self, sent: &Sent) {
        let paid = sent.operation.as_ref().is_some_and(|operation| operation.role == Role::Spend);
        let Some(account) = sent.account.as_ref().filter(|_| paid) else { return };
        let state = self.accounts.entry(account.clone());
        match state.last.take() {
            Some((Found::Allowed, exchange)) if state.allowed.len() < CHECKS => state.allowed.push(exchange),
            // One failed check that users could go on after is enough.
            Some((Found::Failed, exchange)) => *state = State { mixed: true, held: Some(exchange), ..State::default() },
            _ => {}
        }
    }

    fn observed(&mut self, trial: &TrafficTrial<'_>, observed: &Observed) -> Judgement {
        let Some(policy) = trial.contract().failure.as_ref().filter(|policy| policy.mode == FailureMode::Open) else {
            return Ok(());
        };
        let Some(promised) = &policy.client else { return Ok(()) };
        let (Some(account), Some(operation)) = (&observed.sent.account, observed.operation_with(Role::Balance)) else {
            return Ok(());
        };
        let state = self.accounts.entry(account.clone());
        let promise = Promise { level: promised.level.min(Level::Should), ..promised.clone() };
        state.end();
        if let Some(held) = state.held.take() {
            trial.judge(&promise, Some(operation), &[&held], true, String::new)?;
        }
        state.last = Some((found(observed), observed.exchange.clone()));
        let seen = state.allowed.len() >= CHECKS && state.failed.len() >= CHECKS;
        if !seen || state.mixed {
            return Ok(());
        }
        let State { allowed, failed, .. } = std::mem::take(state);
        let all: Vec<&Exchange> = allowed.iter().chain(&failed).map(AsRef::as_ref).collect();
        trial.judge(&promise, Some(operation), &all, false, || {
            format!(
                "a paid call follows each of {CHECKS} checks that allow it: expected one after a check that failed too, \
                 found none after {CHECKS}"
            )
        })
    }

    fn forget(&mut self) {
        self.accounts.clear();
    }
}

fn found(observed: &Observed) -> Found {
    let Some(operation) = &observed.sent.operation else { return Found::Other };
    match observed.received() {
        Ok(response) if observed.class == Class::Success => {
            let shown = BalanceValues::decode(&operation.fields, &response.body, |name| response.header(name));
            let allows = shown.is_ok_and(|shown| {
                shown.allowed.unwrap_or(true) && shown.remaining.is_none_or(|left| left > rust_decimal::Decimal::ZERO)
            });
            if allows { Found::Allowed } else { Found::Other }
        }
        Ok(response) if response.status >= 500 => Found::Failed,
        _ => Found::Other,
    }
}
