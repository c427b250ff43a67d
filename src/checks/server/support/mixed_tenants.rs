//! Recorded balance reads that show the balance of another tenant.
//!
//! A balance may change at any time, so that one odd response proves nothing. What proves a mix-up is a balance that comes and goes: a
//! tenant reads its own, then exactly that of another tenant, then its own again, without a paid call in between. It has to happen
//! twice.

use std::sync::Arc;

use crate::checks::exchange_judge::ExchangeJudge;
use crate::checks::finding::Judgement;
use crate::checks::traffic::{Observed, Retained, Sent, TrafficTrial, Watch};
use crate::contract::{Contract, Promise, Role};
use crate::exchange::Exchange;
use crate::model::BalanceValues;

/// The longest time between the first and the last read of such a sequence, in milliseconds.
const WINDOW_MS: u64 = 10 * 60 * 1000;

/// Watches balance reads of several tenants.
pub(in crate::checks) struct MixedTenants {
    accounts: Retained<Arc<str>, Vec<Read>>,
    /// The exchanges of the first sequence.
    seen: Option<Vec<Arc<Exchange>>>,
}

/// A balance read.
#[derive(Clone)]
struct Read {
    shown: BalanceValues,
    exchange: Arc<Exchange>,
    at_ms: u64,
}

impl MixedTenants {
    pub(in crate::checks) fn watch(_: &Contract) -> Box<dyn Watch> {
        Box::new(Self { accounts: Retained::default(), seen: None })
    }

    /// The read of another tenant that shows this balance, before and after the odd read, and nothing else since.
    fn owner(&self, account: &Arc<str>, odd: &Read) -> Option<Arc<Exchange>> {
        self.accounts.iter().filter(|(other, _)| *other != account).find_map(|(_, reads)| {
            let before = reads.iter().find(|read| read.at_ms <= odd.at_ms)?;
            let stable = reads.iter().all(|read| read.shown == odd.shown);
            stable.then(|| before.exchange.clone())
        })
    }
}

impl Watch for MixedTenants {
    fn sent(&mut self, sent: &Sent) {
        // A paid call or a refresh changes what the next read shows.
        let changes = sent.operation.as_ref().is_none_or(|operation| operation.role != Role::Balance);
        if let Some(account) = sent.account.as_ref().filter(|_| changes) {
            self.accounts.remove(account);
        }
    }

    fn observed(&mut self, trial: &TrafficTrial<'_>, observed: &Observed) -> Judgement {
        let Some((operation, response)) = observed.api_answer() else { return Ok(()) };
        let (Some(account), Some((_, at_ms))) = (&observed.sent.account, observed.span()) else { return Ok(()) };
        let shown = BalanceValues::decode(&operation.fields, &response.body, |name| response.header(name));
        let (Role::Balance, true, Ok(shown)) = (operation.role, response.is_success(), shown) else { return Ok(()) };
        if shown.remaining.is_none() && shown.total.is_none() {
            return Ok(());
        }
        let reads = self.accounts.entry(account.clone());
        reads.push(Read { shown, exchange: observed.exchange.clone(), at_ms });
        let excess = reads.len().saturating_sub(3);
        reads.drain(..excess);
        let [first, odd, last] = reads.as_slice() else { return Ok(()) };
        let (first, odd, last) = (first.clone(), odd.clone(), last.clone());
        let flips = first.shown == last.shown && odd.shown != first.shown;
        let promise = promise(trial.contract());
        let owner = self.owner(account, &odd).filter(|_| flips && last.at_ms.saturating_sub(first.at_ms) < WINDOW_MS);
        let Some(owner) = owner else {
            let others = self.accounts.iter().any(|(other, reads)| other != account && !reads.is_empty());
            let Some(promise) = promise.filter(|_| others) else { return Ok(()) };
            return trial.judge(promise, Some(operation), &[&observed.exchange], true, String::new);
        };
        let shown = vec![owner, first.exchange, odd.exchange, last.exchange];
        let (Some(before), Some(promise)) = (self.seen.replace(shown.clone()), promise) else { return Ok(()) };
        let all: Vec<&Exchange> = before.iter().chain(&shown).map(AsRef::as_ref).collect();
        trial.judge(promise, Some(operation), &all, false, || {
            format!(
                "a tenant reads ({}), then ({}), which is the balance of another tenant, then ({}) again; seen twice",
                first.shown, odd.shown, last.shown
            )
        })
    }

    fn forget(&mut self) {
        self.accounts.clear();
        self.seen = None;
    }
}

/// The promise that each tenant gets its own balance.
pub(in crate::checks) fn promise(contract: &Contract) -> Option<&Promise> {
    let operation = contract.operation(Role::Balance)?;
    let promise = contract.credential.as_ref().map_or(&operation.promise, |credential| &credential.required);
    Some(contract.caching.server.as_ref().and_then(|rule| rule.scope.as_ref()).unwrap_or(promise))
}
