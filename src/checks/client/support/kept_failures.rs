//! Recorded checks that fail, and whether the client asks again.
//!
//! A client need not check before every paid call. One that was seen to do so whenever it had nothing cached, and does not after a
//! check that failed, has cached the failure.

use std::sync::Arc;

use crate::checks::class::Class;
use crate::checks::exchange_judge::ExchangeJudge;
use crate::checks::finding::Judgement;
use crate::checks::traffic::{Observed, Retained, Sent, TrafficTrial, Watch};
use crate::contract::{Contract, FailureMode, Level, Promise, Role};
use crate::exchange::Exchange;

/// How often the client has to be seen to check right before a paid call because nothing was cached.
const HABIT: u32 = 2;
/// How long a client may leave a failing server alone, in milliseconds.
const BREATH_MS: u64 = 10_000;

/// Watches the checks and paid calls of each client.
pub(in crate::checks) struct KeptFailures {
    clients: Retained<(Arc<str>, Arc<str>), State>,
}

/// What was seen of a client.
#[derive(Default)]
struct State {
    /// Whether the paid call before has dropped what was cached, and when it ended.
    dropped_ms: Option<u64>,
    /// The last check, until a paid call follows.
    check: Option<(u64, u64)>,
    /// How often a check came right before a paid call, because the paid call before had dropped what was cached.
    habit: u32,
    /// The failed check since which no other was sent.
    failed: Option<Failed>,
}

/// A failed check.
struct Failed {
    started_ms: u64,
    ended_ms: u64,
    exchange: Arc<Exchange>,
    /// The paid calls since. The first belongs to the check itself.
    paid: u32,
}

impl KeptFailures {
    pub(in crate::checks) fn watch(_: &Contract) -> Box<dyn Watch> {
        Box::new(Self { clients: Retained::default() })
    }
}

impl Watch for KeptFailures {
    fn sent(&mut self, sent: &Sent) {
        let (Some(account), Some(operation), Some(at_ms)) = (&sent.account, &sent.operation, sent.at_ms) else {
            return;
        };
        let state = self.clients.entry((sent.client.id.clone(), account.clone()));
        match operation.role {
            Role::Balance => state.failed = None,
            Role::Spend => {
                if let Some(failed) = &mut state.failed {
                    failed.paid += 1;
                }
                if let Some(dropped_ms) = state.dropped_ms.take() {
                    // A check that is closer to the call before it may belong to that.
                    let before = state.check.take().is_some_and(|(from_ms, to_ms)| {
                        let (idle_ms, wait_ms) = (from_ms.saturating_sub(dropped_ms), at_ms.saturating_sub(to_ms));
                        from_ms >= dropped_ms && idle_ms >= 300 && idle_ms > 2 * wait_ms
                    });
                    state.habit = if before { state.habit + 1 } else { 0 };
                }
                state.check = None;
            }
            _ => {}
        }
    }

    fn observed(&mut self, trial: &TrafficTrial<'_>, observed: &Observed) -> Judgement {
        let Some(rule) = &trial.contract().caching.client else { return Ok(()) };
        let open = trial.contract().failure.as_ref().is_some_and(|policy| policy.mode == FailureMode::Open);
        let (Some(account), Some(operation), Some((started_ms, ended_ms)), true) =
            (&observed.sent.account, &observed.sent.operation, observed.span(), open)
        else {
            return Ok(());
        };
        let ttl_ms = rule.min_ttl_ms.or(rule.max_ttl_ms).unwrap_or(0);
        let state = self.clients.entry((observed.sent.client.id.clone(), account.clone()));
        let promise = Promise { level: rule.promise.level.min(Level::Should), ..rule.promise.clone() };
        match operation.role {
            Role::Balance => {
                state.check = Some((started_ms, ended_ms));
                if observed.failed() {
                    let exchange = observed.exchange.clone();
                    state.failed = Some(Failed { started_ms, ended_ms, exchange, paid: 0 });
                } else if state.habit >= HABIT {
                    trial.judge(&promise, Some(operation), &[&observed.exchange], true, String::new)?;
                }
                Ok(())
            }
            Role::Spend => {
                if observed.class == Class::Success {
                    state.dropped_ms = rule.invalidated_by.contains_key(&Role::Spend).then_some(ended_ms);
                }
                let kept = state.failed.as_ref().is_some_and(|failed| {
                    let age_ms = started_ms.saturating_sub(failed.ended_ms);
                    failed.paid > 1 && age_ms > BREATH_MS && started_ms.saturating_sub(failed.started_ms) < ttl_ms
                });
                let Some(failed) = state.failed.take_if(|_| kept && state.habit >= HABIT) else { return Ok(()) };
                trial.judge(&promise, Some(operation), &[&failed.exchange, &observed.exchange], false, || {
                    format!(
                        "the client checks right before a paid call when it has nothing cached: expected a check before \
                         this one too, found none since the one that failed {} s earlier",
                        started_ms.saturating_sub(failed.ended_ms) / 1000
                    )
                })
            }
            _ => Ok(()),
        }
    }

    fn forget(&mut self) {
        self.clients.clear();
    }
}
