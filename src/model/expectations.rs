//! All that a contract allows: which balances may be shown now.

use std::sync::Arc;

use super::Balance;
use crate::contract::{CacheKind, CacheRule, Contract, FailureMode, Role};

/// Where caching is not ruled out but no longest time is given: a balance a day old is not the balance any more.
const LONGEST_UNSAID_MS: u64 = 24 * 60 * 60 * 1000;

/// What has happened to one tenant, and what a check of its balance may therefore answer.
///
/// It is told of every event that the harness causes or sees, in order, with the time between them.
#[derive(Debug, Clone)]
pub struct Expectations {
    rule: Option<CacheRule>,
    mode: FailureMode,
    now_ms: u64,
    /// Every balance that was true, with the time at which it stopped being so; the last one is true now.
    truths: Vec<(Balance, u64)>,
    /// The last answer that was surely taken from the store.
    filled: Option<(Balance, u64)>,
    /// Something that may, but need not, drop a kept answer has happened since it was kept.
    may_be_dropped: bool,
    down: bool,
}

/// What a check of the balance may answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allowed {
    /// Any of these balances.
    pub balances: Vec<Balance>,
    /// The documented answer to a failing store.
    pub failure: bool,
    /// Whether time would narrow it down: some of it is there only because an answer may have been kept.
    pub may_be_kept: bool,
}

impl Allowed {
    /// Whether a balance is among those allowed.
    #[must_use]
    pub fn permits(&self, balance: &Balance) -> bool {
        self.balances.contains(balance)
    }

    /// The balances in words.
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
    pub fn opened(contract: &Arc<Contract>, balance: Balance) -> Self {
        Self {
            rule: contract.caching.server.clone(),
            mode: contract.failure.as_ref().map_or(FailureMode::Closed, |policy| policy.mode),
            now_ms: 0,
            truths: vec![(balance, u64::MAX)],
            filled: None,
            may_be_dropped: false,
            down: false,
        }
    }

    /// The balance as it must be in the store.
    #[must_use]
    pub fn truth(&self) -> Balance {
        self.truths.last().map(|(balance, _)| *balance).unwrap_or_default()
    }

    /// The balance was changed behind the API's back.
    pub fn changed(&mut self, balance: Balance) {
        let now_ms = self.now_ms;
        if let Some(last) = self.truths.last_mut() {
            last.1 = now_ms;
        }
        self.truths.push((balance, u64::MAX));
    }

    /// An operation of this role succeeded and left this balance.
    pub fn succeeded(&mut self, role: Role, balance: Balance) {
        if balance != self.truth() {
            self.changed(balance);
        }
        match &self.rule {
            Some(rule) if rule.invalidated_by.contains_key(&role) => self.forget(),
            // What a spend does to a server's cache is said nowhere else: dropping and keeping are both right.
            _ if role != Role::Balance => self.may_be_dropped = true,
            _ => {}
        }
    }

    /// A check was answered with this balance.
    pub fn answered(&mut self, balance: Balance) {
        let kept = self.filled.filter(|(_, at_ms)| self.now_ms - at_ms < self.longest_ms());
        if balance == self.truth() && kept.is_none_or(|(kept, _)| kept != balance) {
            self.filled = Some((balance, self.now_ms));
            self.may_be_dropped = false;
        }
    }

    /// The clock of the subject moved forward by so many milliseconds.
    pub fn advanced(&mut self, ms: u64) {
        self.now_ms = self.now_ms.saturating_add(ms);
    }

    /// The store behind the balance fails, or works again.
    pub fn set_down(&mut self, down: bool) {
        self.down = down;
    }

    /// What a check may answer now.
    #[must_use]
    pub fn now(&self) -> Allowed {
        let kept = self.kept();
        let surely_kept = self.surely_kept();
        let mut balances = kept.clone();
        if !self.down && !surely_kept {
            balances.push(self.truth());
        }
        balances.sort_by_key(|balance| balance.remaining);
        balances.dedup();
        let failure = self.down && !(surely_kept && self.mode == FailureMode::Closed && self.rule_is(CacheKind::Kept));
        Allowed { balances, failure, may_be_kept: !kept.is_empty() && !surely_kept }
    }

    fn rule_is(&self, kind: CacheKind) -> bool {
        self.rule.as_ref().is_some_and(|rule| rule.kind == kind)
    }

    /// The longest time that an answer may be kept.
    fn longest_ms(&self) -> u64 {
        match &self.rule {
            Some(rule) if rule.kind == CacheKind::None => 0,
            Some(rule) => rule.max_ttl_ms.unwrap_or(LONGEST_UNSAID_MS),
            None => LONGEST_UNSAID_MS,
        }
    }

    /// A kept answer must be given: it was surely kept, its time is not over, nothing may have dropped it.
    fn surely_kept(&self) -> bool {
        let Some(rule) = self.rule.as_ref().filter(|rule| rule.kind == CacheKind::Kept) else { return false };
        let shortest_ms = rule.min_ttl_ms.or(rule.max_ttl_ms).unwrap_or(0);
        !self.may_be_dropped && self.filled.is_some_and(|(_, at_ms)| self.now_ms - at_ms < shortest_ms)
    }

    /// The balances that may be shown because they were kept.
    fn kept(&self) -> Vec<Balance> {
        let longest_ms = self.longest_ms();
        if let Some((balance, at_ms)) = self.filled
            && self.rule_is(CacheKind::Kept)
        {
            return if self.now_ms - at_ms < longest_ms { vec![balance] } else { Vec::new() };
        }
        if self.filled.is_none() || longest_ms == 0 {
            return Vec::new();
        }
        // Where caching is not ruled out, any answer may have been kept at any moment at which it was true.
        self.truths
            .iter()
            .filter(|(_, until_ms)| *until_ms == u64::MAX || self.now_ms - until_ms < longest_ms)
            .map(|(balance, _)| *balance)
            .collect()
    }

    fn forget(&mut self) {
        let truth = self.truth();
        self.truths = vec![(truth, u64::MAX)];
        self.filled = None;
        self.may_be_dropped = false;
    }
}
