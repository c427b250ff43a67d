//! Recorded balance reads of one client within the TTL of its cache.
//!
//! A single further request may have a reason that traffic does not show: a user asked for a fresh balance. Several of them within
//! one TTL mean that the client does not cache.

use std::sync::Arc;

use crate::checks::class::Class;
use crate::checks::exchange_judge::ExchangeJudge;
use crate::checks::finding::Judgement;
use crate::checks::traffic::{
    ClientOrigin, Observed, Retained, Sent, TrafficTrial, Watch, by_evidence, evidence_remark,
};
use crate::contract::{CacheKind, Contract, Role};
use crate::exchange::Exchange;
use crate::model::BalanceValues;

/// How many further requests within one TTL are a finding.
const REPEATS: usize = 3;

/// Watches the balance reads of each client.
pub(in crate::checks) struct RepeatedReads {
    /// The shortest time for which a client caches a balance, in milliseconds.
    min_ttl_ms: u64,
    /// Whether the balances are watched that allow nothing, or the others.
    exhausted: bool,
    fills: Retained<(Arc<str>, Arc<str>), Fill>,
}

/// A response that the client should have cached, and the requests within its TTL.
struct Fill {
    client: ClientOrigin,
    /// Whether all requests so far come from one instance of the client.
    one_instance: bool,
    shown: BalanceValues,
    started_ms: u64,
    ended_ms: u64,
    exchanges: Vec<Arc<Exchange>>,
}

impl RepeatedReads {
    /// Watches balances that allow something.
    pub(in crate::checks) fn watch(contract: &Contract) -> Box<dyn Watch> {
        Self::of(contract, false)
    }

    /// Watches balances of zero, or that allow nothing.
    pub(in crate::checks) fn watch_exhausted(contract: &Contract) -> Box<dyn Watch> {
        Self::of(contract, true)
    }

    fn of(contract: &Contract, exhausted: bool) -> Box<dyn Watch> {
        let rule = contract.caching.client.as_ref().filter(|rule| rule.kind == CacheKind::Cached);
        let min_ttl_ms = rule.and_then(|rule| rule.min_ttl_ms.or(rule.max_ttl_ms)).unwrap_or(0);
        Box::new(Self { min_ttl_ms, exhausted, fills: Retained::default() })
    }
}

impl Watch for RepeatedReads {
    fn sent(&mut self, sent: &Sent) {
        // Any other request of the account may be a reason to read the balance again.
        let reads = sent.operation.as_ref().is_some_and(|operation| operation.role == Role::Balance);
        if let Some(account) = sent.account.as_ref().filter(|_| !reads) {
            self.fills.retain(|(_, have)| have != account);
        }
    }

    fn observed(&mut self, trial: &TrafficTrial<'_>, observed: &Observed) -> Judgement {
        let (Some(account), Some((started_ms, ended_ms))) = (&observed.sent.account, observed.span()) else {
            return Ok(());
        };
        let Some(operation) = observed.operation_with(Role::Balance).filter(|_| self.min_ttl_ms > 0) else {
            if let Some(account) = &observed.sent.account {
                self.fills.retain(|(_, have)| have != account);
            }
            return Ok(());
        };
        let Some(rule) = &trial.contract().caching.client else { return Ok(()) };
        let client = &observed.sent.client;
        let key = (client.id.clone(), account.clone());
        if let Some(fill) = self.fills.get_mut(&key) {
            let within = started_ms.saturating_sub(fill.started_ms) < self.min_ttl_ms - self.min_ttl_ms / 10;
            if within && started_ms >= fill.ended_ms && !observed.bypasses_caches() {
                if fill.exchanges.len() > REPEATS {
                    return Ok(());
                }
                fill.exchanges.push(observed.exchange.clone());
                fill.one_instance &= fill.client.is_same_instance(client);
                if fill.exchanges.len() <= REPEATS {
                    return Ok(());
                }
                let all: Vec<&Exchange> = fill.exchanges.iter().map(AsRef::as_ref).collect();
                let seconds = self.min_ttl_ms / 1000;
                let promise = by_evidence(&rule.promise, fill.one_instance);
                return trial.judge(&promise, Some(operation), &all, false, || {
                    format!(
                        "the response ({}) is to be cached for at least {seconds} s: expected no request within that \
                         time, found {REPEATS}{}",
                        fill.shown,
                        evidence_remark(fill.one_instance)
                    )
                });
            }
            if within {
                return Ok(());
            }
            if let Some(fill) = self.fills.remove(&key).filter(|fill| fill.exchanges.len() == 1) {
                let all: Vec<&Exchange> = fill.exchanges.iter().map(AsRef::as_ref).collect();
                trial.judge(&rule.promise, Some(operation), &all, true, String::new)?;
            }
        }
        let Some(shown) = cacheable(observed).filter(|shown| is_exhausted(shown) == self.exhausted) else {
            return Ok(());
        };
        let exchanges = vec![observed.exchange.clone()];
        let client = client.clone();
        self.fills.insert(key, Fill { client, one_instance: true, shown, started_ms, ended_ms, exchanges });
        Ok(())
    }

    fn forget(&mut self) {
        self.fills.clear();
    }
}

/// The balance that the client received, if it is a success that can be read.
fn cacheable(observed: &Observed) -> Option<BalanceValues> {
    let operation = observed.sent.operation.as_ref()?;
    let response = observed.received().as_ref().ok().filter(|_| observed.class == Class::Success)?;
    BalanceValues::decode(&operation.fields, &response.body, |name| response.header(name)).ok()
}

fn is_exhausted(balance: &BalanceValues) -> bool {
    balance.allowed == Some(false) || balance.remaining.is_some_and(|left| left.is_zero())
}
