//! Recorded balance reads that show an old balance after its TTL.
//!
//! What proves it is a balance that comes and goes: a read, a paid call that reduces it, after the TTL a read of the balance before
//! the call, and later one of the balance after it, without another paid call.

use std::sync::Arc;

use rust_decimal::Decimal;

use super::ttl;
use crate::checks::class::Class;
use crate::checks::exchange_judge::ExchangeJudge;
use crate::checks::finding::Judgement;
use crate::checks::traffic::{Observed, Retained, Sent, TrafficTrial, Watch};
use crate::contract::{Contract, Operation, Role};
use crate::exchange::{Exchange, Response};
use crate::model::BalanceValues;

/// Watches balance reads and paid calls of each tenant.
pub(in crate::checks) struct StaleBalance {
    accounts: Retained<Arc<str>, State>,
}

/// What is known about a tenant.
#[derive(Default)]
struct State {
    read: Option<(Decimal, Arc<Exchange>)>,
    spent: Option<Spent>,
}

/// A paid call, and what a stale read after it would show.
struct Spent {
    before: Decimal,
    after: Decimal,
    ended_ms: u64,
    exchanges: Vec<Arc<Exchange>>,
    /// A read after the TTL that shows the balance before the call.
    stale: bool,
}

impl StaleBalance {
    pub(in crate::checks) fn watch(_: &Contract) -> Box<dyn Watch> {
        Box::new(Self { accounts: Retained::default() })
    }
}

impl Watch for StaleBalance {
    fn sent(&mut self, sent: &Sent) {
        let reads = sent.operation.as_ref().is_some_and(|operation| operation.role == Role::Balance);
        if let Some(account) = sent.account.as_ref().filter(|_| !reads)
            && let Some(state) = self.accounts.get_mut(account)
        {
            state.spent = None;
        }
    }

    fn observed(&mut self, trial: &TrafficTrial<'_>, observed: &Observed) -> Judgement {
        let Some((rule, max_ms)) = ttl::maximum(trial.contract()) else { return Ok(()) };
        let Some((operation, response)) = observed.api_answer() else { return Ok(()) };
        let (Some(account), Some((started_ms, ended_ms))) = (&observed.sent.account, observed.span()) else {
            return Ok(());
        };
        // A job that fails gives its charge back, after any time.
        if !response.is_success() || trial.contract().jobs().is_some() {
            return Ok(());
        }
        let state = self.accounts.entry(account.clone());
        match operation.role {
            Role::Spend if observed.class == Class::Success => {
                let before = state.read.take();
                state.spent = before.and_then(|(before, read)| {
                    let after = remaining_after(operation, response)?;
                    let exchanges = vec![read, observed.exchange.clone()];
                    (after < before).then_some(Spent { before, after, ended_ms, exchanges, stale: false })
                });
                Ok(())
            }
            Role::Balance => {
                let Some(shown) = remaining(operation, response) else { return Ok(()) };
                state.read = Some((shown, observed.exchange.clone()));
                let Some(spent) = &mut state.spent else { return Ok(()) };
                if started_ms <= spent.ended_ms.saturating_add(ttl::after_end_ms(max_ms)) {
                    return Ok(());
                }
                spent.exchanges.push(observed.exchange.clone());
                if shown == spent.before && !spent.stale {
                    spent.stale = true;
                    return Ok(());
                }
                let Some(spent) = state.spent.take_if(|spent| shown != spent.before) else { return Ok(()) };
                let all: Vec<&Exchange> = spent.exchanges.iter().map(AsRef::as_ref).collect();
                let holds = !(spent.stale && shown == spent.after);
                trial.judge(&rule.promise, Some(operation), &all, holds, || {
                    format!(
                        "more than {} s after a paid call a read shows {}, as before the call, and a later one {}",
                        max_ms / 1000,
                        spent.before.normalize(),
                        spent.after.normalize()
                    )
                })
            }
            _ => Ok(()),
        }
    }

    fn forget(&mut self) {
        self.accounts.clear();
    }
}

fn remaining(operation: &Operation, response: &Response) -> Option<Decimal> {
    let read = BalanceValues::decode(&operation.fields, &response.body, |name| response.header(name));
    read.ok()?.remaining
}

/// What is left after a paid call, as its response states it.
fn remaining_after(operation: &Operation, response: &Response) -> Option<Decimal> {
    let header = |name: &str| response.header(name);
    let repeated = operation.fields.remaining_repeated.iter().map(|again| &again.at);
    let mut places = operation.fields.remaining.iter().chain(repeated);
    places.find_map(|locator| locator.amount("remaining", &response.body, &header).ok())
}
