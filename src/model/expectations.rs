//! All that a contract allows: which balances may be shown now.

use std::sync::Arc;

use rust_decimal::Decimal;

use super::cache_model::{CacheModel, Store, VirtualInstant, margin_ms};
use super::{BalanceRange, BalanceValues};
use crate::contract::{CacheKind, CacheRule, Contract, Operation, Role};

/// Where caching is not ruled out but no longest time is given: a balance a day old is not the balance any more.
const LONGEST_UNSAID_MS: u64 = 24 * 60 * 60 * 1000;

/// What has happened to one tenant, and what a check of its balance may therefore answer.
///
/// It is told of every event that the harness causes or sees, in order, with the time between them.
#[derive(Debug, Clone)]
pub struct Expectations {
    rule: Option<CacheRule>,
    now: VirtualInstant,
    /// Every balance that was true, with the time at which it stopped being so; the last one is true now.
    truths: Vec<(BalanceRange, u64)>,
    /// What the cache may hold, where the contract says that there is one.
    kept: Option<CacheModel>,
    /// A request has succeeded, so that a cache that may be there may have been filled.
    touched: bool,
    /// The last time at which a failure was answered.
    failed_ms: Option<u64>,
    down: bool,
    /// Whether an answer to a paid call tells, or the contract, what it leaves; else it may be taken off at any time later, as
    /// where a job is charged when it is done.
    told: bool,
    /// Paid calls went through whose cost may still be taken off.
    owing: bool,
}

/// What a check of the balance may answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Allowed {
    /// Any balance within one of these.
    pub balances: Vec<BalanceRange>,
    /// The documented answer to a failing store.
    pub failure: bool,
    /// Some of it is there only because an answer may have been kept: time would narrow it down.
    pub may_be_kept: bool,
    /// A kept answer must be given: a fresh one is not among those allowed.
    pub must_be_kept: bool,
}

impl Allowed {
    /// Whether a balance is among those allowed.
    #[must_use]
    pub fn permits(&self, balance: &BalanceValues) -> bool {
        self.balances.iter().any(|span| span.permits(balance))
    }

    /// Whether so much left is among what is allowed.
    #[must_use]
    pub fn permits_remaining(&self, remaining: Decimal) -> bool {
        self.balances.iter().any(|span| span.permits_remaining(remaining))
    }

    /// The answers in words.
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
    /// A tenant whose account was just opened with this balance: nothing can have been kept yet.
    #[must_use]
    pub fn opened(contract: &Arc<Contract>, balance: BalanceValues) -> Self {
        let rule = contract.caching.server.clone();
        let kept = rule.as_ref().filter(|rule| rule.kind == CacheKind::Cached).map(|rule| {
            let shortest_ms = rule.min_ttl_ms.or(rule.max_ttl_ms).unwrap_or(0);
            CacheModel::new(shortest_ms, rule.max_ttl_ms.unwrap_or(LONGEST_UNSAID_MS))
        });
        Self {
            rule,
            now: VirtualInstant::default(),
            truths: vec![(BalanceRange::exactly(balance), u64::MAX)],
            kept,
            touched: false,
            failed_ms: None,
            down: false,
            told: contract.operation(Role::Spend).is_none_or(|operation| tells_cost(operation)),
            owing: false,
        }
    }

    /// What the store must hold, within bounds.
    #[must_use]
    pub fn span(&self) -> BalanceRange {
        self.truths.last().map(|(span, _)| *span).unwrap_or_default()
    }

    /// The balance as it must be in the store; if that is not known exactly, the most that it may be.
    #[must_use]
    pub fn truth(&self) -> BalanceValues {
        self.span().most
    }

    /// How long it takes until nothing that may be kept now can be given any more, in milliseconds.
    #[must_use]
    pub fn settling_ms(&self) -> u64 {
        match self.longest_ms() {
            0 => 0,
            longest_ms => longest_ms.saturating_add(2 * margin_ms(longest_ms)),
        }
    }

    /// The balance was changed behind the API's back.
    pub fn changed(&mut self, balance: BalanceValues) {
        self.becomes(self.at_most(balance));
    }

    /// The truth, if it was just seen to be this balance.
    fn at_most(&self, balance: BalanceValues) -> BalanceRange {
        let exactly = BalanceRange::exactly(balance);
        if self.owing { BalanceRange { least: exactly.after(None).least, ..exactly } } else { exactly }
    }

    /// A paid call succeeded, at this cost, or at one that nobody told.
    pub fn spent(&mut self, cost: Option<Decimal>) {
        self.owing |= cost.is_none() && !self.told;
        let left = self.span().after(cost);
        if left != self.span() {
            self.becomes(left);
        }
        self.succeeded(Role::Spend);
    }

    /// An operation of this role succeeded.
    pub fn succeeded(&mut self, role: Role) {
        let drops = self.rule.as_ref().is_some_and(|rule| rule.invalidated_by.contains_key(&role));
        let (truth, now) = (self.span(), self.now);
        self.touched = true;
        if drops {
            self.truths = vec![(truth, u64::MAX)];
            self.failed_ms = None;
        }
        match &mut self.kept {
            Some(kept) if drops => kept.dropped(truth, now),
            // What else a call does to a server's cache is said nowhere: dropping, keeping and filling are all right.
            Some(kept) if role != Role::Balance => kept.maybe_dropped(truth, now),
            _ => {}
        }
    }

    /// A paid call was made, and whether it succeeded is not known.
    pub fn tried_to_spend(&mut self, cost: Option<Decimal>) {
        let (before, after) = (self.span(), self.span().after(cost));
        self.becomes(BalanceRange { least: after.least, most: before.most });
        self.tried();
    }

    /// An operation other than a check failed: it may have dropped what was kept all the same.
    pub fn tried(&mut self) {
        let (truth, now) = (self.span(), self.now);
        if let Some(kept) = &mut self.kept {
            kept.maybe_dropped(truth, now);
        }
    }

    /// A check was answered with this balance.
    pub fn answered(&mut self, balance: BalanceValues) {
        self.touched = true;
        let store = self.store();
        let seen = self.at_most(balance);
        let fresh_only = !self.now().balances.iter().any(|span| *span != store.truth && span.permits(&balance));
        if fresh_only
            && !self.down
            && store.truth.permits(&balance)
            && let Some(last) = self.truths.last_mut()
        {
            // No cache explains it, so it is the truth: a cost that nobody told has become known.
            last.0 = seen;
        }
        if let Some(kept) = &mut self.kept {
            kept.answered(balance, store, self.now);
        }
    }

    /// A check was answered as documented for a failing store.
    pub fn failed(&mut self) {
        let store = self.store();
        if self.down {
            self.failed_ms = Some(self.now.moved_ms);
        }
        if let Some(kept) = &mut self.kept {
            kept.failed(store, self.now);
        }
    }

    /// The clock of the subject moved forward by so many milliseconds.
    pub fn advanced(&mut self, ms: u64) {
        self.now.moved_ms = self.now.moved_ms.saturating_add(ms);
    }

    /// So much real time has passed in all, besides: the subject's clock may count it or not.
    pub fn elapsed(&mut self, real_ms: u64) {
        self.now.real_ms = self.now.real_ms.max(real_ms);
    }

    /// The store behind the balance fails, or works again.
    pub fn set_down(&mut self, down: bool) {
        self.down = down;
    }

    /// What a check may answer now.
    #[must_use]
    pub fn now(&self) -> Allowed {
        let store = self.store();
        if let Some(kept) = &self.kept {
            let possible = kept.now(store, self.now);
            let balances = distinct(possible.spans);
            return Allowed {
                balances,
                failure: possible.failure,
                may_be_kept: possible.kept && possible.fresh,
                must_be_kept: !possible.fresh,
            };
        }
        let past = self.past();
        let failure_kept = self.failed_ms.is_some_and(|at_ms| self.may_last(at_ms));
        let may_be_kept = failure_kept || !past.is_empty();
        let fresh = (!self.down).then_some(store.truth);
        Allowed {
            balances: distinct(past.into_iter().chain(fresh).collect()),
            failure: self.down || failure_kept,
            may_be_kept,
            must_be_kept: false,
        }
    }

    fn store(&self) -> Store {
        Store { truth: self.span(), down: self.down }
    }

    fn becomes(&mut self, truth: BalanceRange) {
        let now_ms = self.now.moved_ms;
        if let Some(last) = self.truths.last_mut() {
            last.1 = now_ms;
        }
        self.truths.push((truth, u64::MAX));
    }

    /// The longest time that an answer may be kept.
    fn longest_ms(&self) -> u64 {
        match &self.rule {
            Some(rule) if rule.kind == CacheKind::None => 0,
            Some(rule) => rule.max_ttl_ms.unwrap_or(LONGEST_UNSAID_MS),
            None => LONGEST_UNSAID_MS,
        }
    }

    fn may_last(&self, until_ms: u64) -> bool {
        let longest_ms = self.longest_ms();
        longest_ms > 0 && self.now.moved_ms.saturating_sub(until_ms) < longest_ms.saturating_add(margin_ms(longest_ms))
    }

    /// Where caching is not ruled out, any answer may have been kept at any moment at which it was true.
    fn past(&self) -> Vec<BalanceRange> {
        let since = if self.touched { 0 } else { usize::MAX };
        self.truths.iter().skip(since).filter(|(_, until_ms)| self.may_last(*until_ms)).map(|(span, _)| *span).collect()
    }
}

/// Whether it is known from the contract or from the answer itself what a paid call costs, or leaves.
fn tells_cost(spend: &Operation) -> bool {
    let cost = spend.cost.as_ref().is_some_and(|cost| cost.amount.is_some() || cost.charged.is_some());
    cost || spend.fields.remaining.is_some() || !spend.fields.remaining_repeated.is_empty()
}

fn distinct(spans: Vec<BalanceRange>) -> Vec<BalanceRange> {
    let mut out: Vec<BalanceRange> = Vec::new();
    for span in spans {
        if !out.contains(&span) {
            out.push(span);
        }
    }
    out
}
