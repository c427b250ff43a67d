//! The set of responses to a balance check that a contract allows at a moment.

use std::sync::Arc;

use rust_decimal::Decimal;

use super::cache_model::{CacheModel, Store, VirtualInstant, margin_ms, may_last};
use super::{BalanceRange, BalanceValues};
use crate::contract::{CacheKind, CacheRule, Contract, Operation, Role};

/// The maximum TTL where the contract permits caching without stating one: a balance from the day before is no longer current.
const DEFAULT_MAX_TTL_MS: u64 = 24 * 60 * 60 * 1000;

/// The history of one tenant, from which follows which responses a check of its balance may get.
///
/// The harness reports every event that it causes or observes, in order, with the time between the events.
#[derive(Debug, Clone)]
pub struct Expectations {
    rule: Option<CacheRule>,
    now: VirtualInstant,
    /// Every balance that the store has held, with the time at which it was replaced; the last one is the present balance.
    stored_balances: Vec<(BalanceRange, Option<VirtualInstant>)>,
    /// The possible contents of the cache, if the contract requires one.
    cache: Option<CacheModel>,
    /// Whether a request has succeeded, after which an optional cache may have been filled.
    may_be_filled: bool,
    /// The time of the last response that reported a failing store.
    failed: Option<VirtualInstant>,
    down: bool,
    /// Whether the contract or the response states the cost of a paid call. Otherwise the call may be charged at any later time,
    /// for example when a job has finished.
    cost_is_known: bool,
    /// Whether paid calls have succeeded that may still be charged.
    charge_pending: bool,
    /// Whether what was used is given back at a time that responses name.
    resets: bool,
    /// The earliest time at which it may be given back, by the moves of the clock; `None` where no response has named it.
    resets_at_ms: Option<u64>,
    /// Whether it may have been given back since the last response, or be given back with the next one.
    reset_due: bool,
}

/// The responses that a check of the balance may get.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Allowed {
    /// A balance within one of these ranges.
    pub balances: Vec<BalanceRange>,
    /// The documented response for a failing store.
    pub failure: bool,
    /// Whether some of these are allowed only because a response may be cached. They cease to be allowed as time passes.
    pub may_be_cached: bool,
    /// Whether the response must come from the cache.
    pub must_be_cached: bool,
}

impl Allowed {
    /// Whether this balance is allowed.
    #[must_use]
    pub fn permits(&self, balance: &BalanceValues) -> bool {
        self.balances.iter().any(|range| range.permits(balance))
    }

    /// Whether this remaining amount is allowed.
    #[must_use]
    pub fn permits_remaining(&self, remaining: Decimal) -> bool {
        self.balances.iter().any(|range| range.permits_remaining(remaining))
    }

    /// The allowed responses in words.
    #[must_use]
    pub fn describe(&self) -> String {
        let mut words: Vec<String> = self.balances.iter().map(ToString::to_string).collect();
        if self.failure {
            words.push("the documented answer to a failure".to_owned());
        }
        words.join(" or ")
    }
}

impl Expectations {
    /// A tenant whose account has just been opened with this balance. Nothing is cached.
    #[must_use]
    pub fn opened(contract: &Arc<Contract>, balance: BalanceValues) -> Self {
        let rule = contract.caching.server.clone();
        let cache = rule.as_ref().filter(|rule| rule.kind == CacheKind::Cached).map(|rule| {
            let min_ttl_ms = rule.min_ttl_ms.or(rule.max_ttl_ms).unwrap_or(0);
            CacheModel::new(min_ttl_ms, rule.max_ttl_ms.unwrap_or(DEFAULT_MAX_TTL_MS))
        });
        Self {
            rule,
            now: VirtualInstant::default(),
            stored_balances: vec![(BalanceRange::exactly(balance), None)],
            cache,
            may_be_filled: false,
            failed: None,
            down: false,
            cost_is_known: contract.operation(Role::Spend).is_none_or(|operation| states_cost(operation)),
            charge_pending: false,
            resets: contract.operation(Role::Balance).is_some_and(|operation| operation.fields.resets.is_some()),
            resets_at_ms: None,
            reset_due: false,
        }
    }

    /// The balance in the store, within bounds.
    #[must_use]
    pub fn stored(&self) -> BalanceRange {
        self.stored_balances.last().map(|(range, _)| *range).unwrap_or_default()
    }

    /// The balance in the store; the upper bound if it is not known exactly.
    #[must_use]
    pub fn true_balance(&self) -> BalanceValues {
        self.stored().most
    }

    /// The time after which no present cache entry can still be served, in milliseconds; a usual one where the contract states
    /// none.
    #[must_use]
    pub fn settling_ms(&self) -> u64 {
        match self.max_ttl_ms() {
            0 => 0,
            max_ttl_ms => max_ttl_ms.saturating_add(2 * margin_ms(max_ttl_ms)),
        }
    }

    /// Records that the balance was changed in the store, without the API.
    pub fn changed(&mut self, balance: BalanceValues) {
        let BalanceRange { least, most } = self.stored();
        let pending = most.remaining.zip(least.remaining).map(|(most, least)| most - least);
        let exactly = BalanceRange::exactly(balance);
        let range = match pending.filter(|_| self.charge_pending) {
            // What the earlier balance was enough for may be more than the present one.
            Some(pending) => {
                let least = exactly.after(Some(pending)).least;
                let unknown = exactly.after(None).least;
                BalanceRange { least: if self.cost_is_known { least } else { least.lower(&unknown) }, ..exactly }
            }
            None => self.observed(balance),
        };
        self.replace_balance(range);
    }

    /// The range for a balance that was just observed. A pending charge may still reduce it.
    fn observed(&self, balance: BalanceValues) -> BalanceRange {
        let exactly = BalanceRange::exactly(balance);
        match (self.charge_pending, self.cost_is_known) {
            (false, _) => exactly,
            (true, false) => BalanceRange { least: exactly.after(None).least.lower(&self.stored().least), ..exactly },
            // What is pending is known: the lower bound stays.
            (true, true) => BalanceRange { least: self.stored().least, ..exactly },
        }
    }

    /// Records a successful paid call with this cost; `None` if the cost is unknown.
    pub fn spent(&mut self, cost: Option<Decimal>) {
        self.charge_pending |= cost.is_none() && !self.cost_is_known;
        let left = self.stored().after(cost);
        if left != self.stored() {
            self.replace_balance(left);
        }
        self.succeeded(Role::Spend);
    }

    /// Records a successful paid call that will be charged with this cost at some time, or has been, or costs nothing after all.
    pub fn spent_at_some_time(&mut self, cost: Decimal) {
        self.charge_pending = true;
        let (before, after) = (self.stored(), self.stored().after(Some(cost)));
        self.replace_balance(BalanceRange { least: after.least, most: before.most });
        self.succeeded(Role::Spend);
    }

    /// Records that an operation with this role succeeded.
    pub fn succeeded(&mut self, role: Role) {
        let drops = self.rule.as_ref().is_some_and(|rule| rule.invalidated_by.contains_key(&role));
        let (stored, now) = (self.stored(), self.now);
        self.may_be_filled = true;
        if drops {
            self.stored_balances = vec![(stored, None)];
            self.failed = None;
        }
        match &mut self.cache {
            Some(cache) if drops => cache.dropped(stored, now),
            // No source states what other calls do to the server's cache: invalidating, keeping and filling are all allowed.
            Some(cache) if role != Role::Balance => cache.maybe_dropped(stored, now),
            _ => {}
        }
    }

    /// Records a paid call of which it is unknown whether it succeeded.
    pub fn tried_to_spend(&mut self, cost: Option<Decimal>) {
        let (before, after) = (self.stored(), self.stored().after(cost));
        self.replace_balance(BalanceRange { least: after.least, most: before.most });
        self.tried();
    }

    /// Records a failed operation other than a check, which may have invalidated the cache all the same.
    pub fn tried(&mut self) {
        let (stored, now) = (self.stored(), self.now);
        if let Some(cache) = &mut self.cache {
            cache.maybe_dropped(stored, now);
        }
    }

    /// Records that a check returned this balance.
    pub fn answered(&mut self, balance: BalanceValues) {
        self.may_be_filled = true;
        let store = self.store();
        let seen = self.observed(balance);
        let fresh_only = !self.now().balances.iter().any(|range| *range != store.stored && range.permits(&balance));
        if fresh_only
            && !self.down
            && store.stored.permits(&balance)
            && let Some(last) = self.stored_balances.last_mut()
        {
            // No cached response explains it, so it is the balance in the store: an unknown cost has become known.
            last.0 = seen;
            self.reset_due = false;
        }
        if let Some(cache) = &mut self.cache {
            cache.answered(balance, store, self.now);
        }
    }

    /// Records that a check got the documented response for a failing store.
    pub fn failed(&mut self) {
        let store = self.store();
        if self.down {
            self.failed = Some(self.now);
        }
        if let Some(cache) = &mut self.cache {
            cache.failed(store, self.now);
        }
    }

    /// Records that the subject's clock was moved forward, in milliseconds.
    pub fn advanced(&mut self, ms: u64) {
        self.advanced_in(ms, 1);
    }

    /// As [`Self::advanced`], in several moves, which may each be wrong by the tolerance of the TTL.
    pub fn advanced_in(&mut self, ms: u64, moves: u64) {
        self.now.moved_ms = self.now.moved_ms.saturating_add(ms);
        self.now.extra_moves += moves.saturating_sub(1);
        if self.resets && self.resets_at_ms.is_none_or(|at| self.now.moved_ms >= at) {
            self.maybe_reset();
        }
    }

    /// Records that a response named the time at which what was used is given back: so many milliseconds from now, or later.
    pub fn resets_in(&mut self, ms: u64) {
        self.resets_at_ms = Some(self.now.moved_ms.saturating_add(ms));
    }

    /// Records that all of the total may be left again.
    fn maybe_reset(&mut self) {
        self.resets_at_ms = None;
        self.reset_due = true;
        let stored = self.stored();
        if self.or_reset(stored) != stored {
            self.replace_balance(stored);
        }
    }

    /// The range, with all of the total where what was used may have been given back.
    fn or_reset(&self, range: BalanceRange) -> BalanceRange {
        let BalanceRange { least, most } = range;
        let total = most.total.filter(|total| self.reset_due && most.remaining.is_some_and(|left| left < *total));
        let Some(total) = total else { return range };
        let allowed = most.allowed.map(|allowed| allowed || total > Decimal::ZERO);
        BalanceRange { least, most: BalanceValues { remaining: Some(total), allowed, ..most } }
    }

    /// Records the total real time so far, in milliseconds. The subject's clock may or may not count it.
    pub fn elapsed(&mut self, real_ms: u64) {
        self.now.real_ms = self.now.real_ms.max(real_ms);
    }

    /// Records that the store behind the balance fails, or works again.
    pub fn set_down(&mut self, down: bool) {
        self.down = down;
    }

    /// The responses that a check may get now.
    #[must_use]
    pub fn now(&self) -> Allowed {
        let store = self.store();
        if let Some(cache) = &self.cache {
            let possible = cache.now(store, self.now);
            let balances = distinct(possible.ranges);
            return Allowed {
                balances,
                failure: possible.failure,
                may_be_cached: possible.cached && possible.fresh,
                must_be_cached: !possible.fresh,
            };
        }
        let possibly_cached = self.possibly_cached();
        let failure_cached = self.failed.is_some_and(|at| self.may_last(at));
        let may_be_cached = failure_cached || !possibly_cached.is_empty();
        let fresh = (!self.down).then_some(store.stored);
        Allowed {
            balances: distinct(possibly_cached.into_iter().chain(fresh).collect()),
            failure: self.down || failure_cached,
            may_be_cached,
            must_be_cached: false,
        }
    }

    fn store(&self) -> Store {
        Store { stored: self.stored(), down: self.down }
    }

    fn replace_balance(&mut self, stored: BalanceRange) {
        let stored = self.or_reset(stored);
        if let Some(last) = self.stored_balances.last_mut() {
            last.1 = Some(self.now);
        }
        self.stored_balances.push((stored, None));
    }

    /// The longest time for which a response may be cached.
    fn max_ttl_ms(&self) -> u64 {
        match &self.rule {
            Some(rule) if rule.kind == CacheKind::None => 0,
            Some(rule) => rule.max_ttl_ms.unwrap_or(DEFAULT_MAX_TTL_MS),
            None => DEFAULT_MAX_TTL_MS,
        }
    }

    fn may_last(&self, until: VirtualInstant) -> bool {
        let max_ttl_ms = self.max_ttl_ms();
        max_ttl_ms > 0 && may_last(until, self.now, max_ttl_ms)
    }

    /// Whether an optional cache may hold a balance until an operation drops it: the contract names such an operation and no time.
    fn lasts_until_dropped(&self) -> bool {
        let permitted = self.rule.as_ref().filter(|rule| rule.kind == CacheKind::Permitted);
        permitted.is_some_and(|rule| rule.max_ttl_ms.is_none() && !rule.invalidated_by.is_empty())
    }

    /// The earlier balances that an optional cache may still hold: it may have stored a response at any moment.
    fn possibly_cached(&self) -> Vec<BalanceRange> {
        let since = if self.may_be_filled { 0 } else { usize::MAX };
        let max_ttl_ms = self.max_ttl_ms();
        self.stored_balances
            .iter()
            .skip(since)
            .filter(|(_, until)| {
                self.lasts_until_dropped() || max_ttl_ms > 0 && until.is_none_or(|until| self.may_last(until))
            })
            .map(|(range, _)| *range)
            .collect()
    }
}

/// Whether the contract or the response of a paid call states its cost, or the balance after it.
fn states_cost(spend: &Operation) -> bool {
    let cost = spend.cost.as_ref().is_some_and(|cost| cost.amount.is_some() || cost.charged.is_some());
    cost || spend.fields.remaining.is_some() || !spend.fields.remaining_repeated.is_empty()
}

fn distinct(ranges: Vec<BalanceRange>) -> Vec<BalanceRange> {
    let mut out: Vec<BalanceRange> = Vec::new();
    for range in ranges {
        if !out.contains(&range) {
            out.push(range);
        }
    }
    out
}
