//! Decides about a request, and moves the state on.

use rust_decimal::Decimal;

use super::{CachedBalance, CredentialState, Model};
use crate::contract::{Condition, FailureMode, Operation, Role};
use crate::model::{BalanceValues, History};

/// The decision about a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// The request succeeds.
    Success {
        /// The balance in the response: after the request.
        balance: BalanceValues,
        /// The charge, in credits.
        charged: Decimal,
    },
    /// The store fails, and the response states whether use is allowed.
    FailOpen(bool),
    /// The documented response to a condition.
    Refused {
        /// The condition.
        condition: Condition,
        /// The value for `Retry-After`, in seconds.
        retry_after_s: Option<u64>,
    },
}

impl Decision {
    fn refused(condition: Condition) -> Self {
        Self::Refused { condition, retry_after_s: None }
    }
}

impl Model {
    /// Decides about an admitted request of this tenant, and moves the state on.
    pub fn decide(&mut self, tenant: &str, operation: &Operation) -> Decision {
        self.reset(tenant);
        let Some(account) = self.accounts.get(tenant) else {
            return Decision::refused(Condition::CredentialUnknown);
        };
        match account.credential {
            CredentialState::Revoked if !self.deviation.revoked_works => {
                return Decision::refused(Condition::CredentialRevoked);
            }
            CredentialState::Expired if !self.deviation.expired_works => {
                return Decision::refused(Condition::CredentialExpired);
            }
            _ => {}
        }
        let limit = account.limited.or(self.all_limited);
        if let Some(retry_after_s) = limit
            && !self.deviation.unlimited
            && (operation.conditions.contains_key(&Condition::RateLimited) || self.deviation.limits_all)
        {
            if self.deviation.charge_limited && operation.role == Role::Spend {
                self.with(tenant, |account| account.balance = account.balance.less(cost(operation)));
            }
            return Decision::Refused { condition: Condition::RateLimited, retry_after_s: Some(retry_after_s) };
        }
        match operation.role {
            Role::Balance => self.check(tenant),
            Role::Spend => self.spend(tenant, operation),
            Role::Refresh => self.refresh(tenant),
            Role::Health | Role::Other => self.show_cap(tenant, operation),
        }
    }

    /// The time for `Retry-After` where a tenant is over the limit, or everybody is.
    #[must_use]
    pub fn limit(&self, tenant: Option<&str>) -> Option<u64> {
        tenant.and_then(|tenant| self.accounts.get(tenant)?.limited).or(self.all_limited)
    }

    /// The conditions that hold for an operation of a tenant now, or for one without a tenant, apart from what is wrong with the request.
    #[must_use]
    pub fn holding(&self, tenant: Option<&str>, operation: &Operation) -> Vec<Condition> {
        let mut held = Vec::new();
        if self.limit(tenant).is_some() && operation.conditions.contains_key(&Condition::RateLimited) {
            held.push(Condition::RateLimited);
        }
        let Some((tenant, account)) = tenant.and_then(|tenant| Some((tenant, self.accounts.get(tenant)?))) else {
            held.extend(self.all_down.then_some(Condition::BackendDown));
            return held;
        };
        match account.credential {
            CredentialState::Valid => {}
            CredentialState::Revoked => held.push(Condition::CredentialRevoked),
            CredentialState::Expired => held.push(Condition::CredentialExpired),
        }
        held.extend(self.is_down(tenant).then_some(Condition::BackendDown));
        let left = account.balance.less(account.held());
        held.extend((operation.role == Role::Spend && !left.covers(cost(operation))).then_some(Condition::Exhausted));
        held
    }

    fn check(&mut self, tenant: &str) -> Decision {
        self.counts.checks += 1;
        let name = (self.deviation.cache_key)(tenant);
        let ttl_ms = self.ttl_ms();
        if let Some(cached) = self.cache.get_mut(&name)
            && self.now_ms - cached.at_ms < (self.deviation.ttl)(ttl_ms, &cached.balance)
        {
            if self.deviation.renew_on_read {
                cached.at_ms = self.now_ms;
            }
            return Decision::Success { balance: cached.balance, charged: Decimal::ZERO };
        }
        if self.is_down(tenant) || self.is_shown_other_failure(tenant) {
            return self.fail(tenant);
        }
        let balance = self.read_store(tenant);
        if ttl_ms > 0 && (self.deviation.keeps)(&balance) {
            if self.cache.len() >= self.deviation.cache_entries {
                self.cache.clear();
            }
            self.cache.insert(name, CachedBalance { balance, at_ms: self.now_ms });
        }
        Decision::Success { balance, charged: Decimal::ZERO }
    }

    /// The balance that a check reads from the store: the stored one, except for deviations.
    fn read_store(&mut self, tenant: &str) -> BalanceValues {
        let stored = self.stored(tenant);
        let n = self.counts.checks;
        let costs = (self.deviation.check_costs)(n);
        let shown = (self.deviation.shows)(stored, n);
        let age_ms = self.accounts.get(tenant).map_or(0, |account| self.now_ms.saturating_sub(account.opened_ms));
        let shown = (self.deviation.ages)(shown, age_ms);
        let (lags, lags_more) = (self.deviation.lags_after_spend, self.deviation.lags_after_spends);
        let mut balance = shown;
        self.with(tenant, |account| {
            let first_rest = account.seen.first_rest.take().filter(|_| lags_more);
            balance = account.seen.lag.take().filter(|_| lags).or(first_rest).unwrap_or(shown);
            account.seen.shown = Some(balance);
            account.seen.stale = None;
            account.seen.last_check = Some(balance.covers(Decimal::ZERO));
            if !costs.is_zero() {
                account.balance = account.balance.less(costs);
            }
        });
        balance
    }

    /// Whether a deviation shows this tenant the failure of another one.
    fn is_shown_other_failure(&mut self, tenant: &str) -> bool {
        let failed = self.counts.failed_tenant.clone();
        if self.deviation.failure_spreads_in_outage && failed.is_some_and(|failed| self.is_down(&failed)) {
            return true;
        }
        let failures = self.counts.failures;
        let others = self.counts.failed_tenant.as_deref().is_some_and(|failed| failed != tenant);
        let mut shown = false;
        if self.deviation.failure_spreads && others {
            self.with(tenant, |account| {
                shown = std::mem::replace(&mut account.seen.failures_shown, failures) < failures;
            });
        }
        shown
    }

    /// The decision when the store fails.
    fn fail(&mut self, tenant: &str) -> Decision {
        self.counts.failed_tenant = Some(tenant.to_owned());
        if self.deviation.failure_empties {
            self.cache.clear();
        }
        if let Some(deviate) = self.deviation.on_failure {
            return deviate(self.accounts.get(tenant).and_then(|account| account.seen.shown.as_ref()));
        }
        match &self.contract.failure {
            Some(policy) if policy.mode == FailureMode::Open => Decision::FailOpen(policy.allowed.unwrap_or(true)),
            _ => Decision::refused(Condition::BackendDown),
        }
    }

    fn spend(&mut self, tenant: &str, operation: &Operation) -> Decision {
        let closed = self.contract.failure.as_ref().is_none_or(|policy| policy.mode == FailureMode::Closed);
        let down = self.is_down(tenant);
        let cost = cost(operation);
        let deviation = self.deviation.clone();
        let has_jobs = operation.cost.as_ref().is_some_and(|cost| cost.jobs.is_some());
        let Some(account) = self.accounts.get_mut(tenant) else {
            return Decision::refused(Condition::CredentialUnknown);
        };
        let before = account.balance;
        // With a fail-open policy, only the check depends on the failing store: paid calls still enforce the limit.
        if down && closed && !deviation.down_lets_spend {
            if deviation.charge_failed {
                account.balance = before.less(cost);
            }
            return Decision::refused(Condition::BackendDown);
        }
        let judged = account.seen.stale.filter(|_| deviation.race_window).unwrap_or(before).less(account.held());
        let let_through = deviation.check_decides && (down || account.seen.last_check == Some(true))
            || deviation.down_lets_spend && down
            || (deviation.overdraws)(&before);
        let failed = deviation.failure_exhausts && account.seen.history.outages > 0;
        let sticks = failed || deviation.exhaustion_sticks && account.seen.was_exhausted;
        let last = deviation.keeps_the_last && before.less(cost).remaining.is_some_and(|left| left.is_zero());
        if sticks || last || !judged.covers(cost) && !let_through {
            if deviation.charge_refused {
                account.balance = before.less(cost);
            }
            (account.seen.stale, account.seen.was_exhausted) = (None, true);
            account.seen.history.refusals += 1;
            return Decision::refused(Condition::Exhausted);
        }
        let charged = (deviation.charge)(cost, &before);
        let mut due = (deviation.charge_after)(charged, &account.seen.history);
        if has_jobs {
            due = account.start_job(due, deviation.charge_at_end);
        }
        account.balance = before.less(due);
        account.seen.history = History::default();
        account.seen.first_rest = account.seen.lag.map(|_| account.seen.first_rest.unwrap_or(before));
        account.seen.stale = before.covers(cost).then_some(before);
        account.seen.lag = Some(before);
        self.counts.spends += 1;
        if (deviation.charge_to_other)(self.counts.spends) {
            account.balance = before;
            let own = tenant;
            let others = self.accounts.iter_mut().filter(|(name, _)| !name.is_empty() && name.as_str() != own);
            if let Some((_, other)) = others.max_by_key(|(name, _)| (name.len(), name.as_str().to_owned())) {
                other.balance = other.balance.less(charged);
            }
        }
        let balance = self.stored(tenant);
        self.invalidate(tenant, Role::Spend);
        if self.deviation.spend_empties {
            self.cache.clear();
        }
        Decision::Success { balance, charged }
    }

    /// Records a request that was refused because it does not match its schema.
    pub fn refuse(&mut self, tenant: &str, operation: &Operation) {
        if self.deviation.charge_invalid && operation.role == Role::Spend {
            let cost = cost(operation);
            self.with(tenant, |account| account.balance = account.balance.less(cost));
        }
    }

    fn refresh(&mut self, tenant: &str) -> Decision {
        if self.is_down(tenant) {
            self.counts.refresh_failed = true;
            return Decision::refused(Condition::BackendDown);
        }
        self.counts.refreshes += 1;
        let ignored = self.counts.refresh_failed && self.deviation.refresh_ignored_after_failure;
        if !ignored && !(self.deviation.refresh_ignored)(self.counts.refreshes) {
            self.cache.remove(&(self.deviation.cache_key)(tenant));
        }
        if self.deviation.refresh_spills {
            let cached = CachedBalance { balance: self.stored(tenant), at_ms: self.now_ms };
            self.cache.values_mut().for_each(|entry| *entry = cached);
        }
        self.show(tenant)
    }

    /// Drops the cached balance after an operation of this role, if the contract states so.
    fn invalidate(&mut self, tenant: &str, role: Role) {
        let rule = self.contract.caching.server.as_ref();
        if rule.is_some_and(|rule| rule.invalidated_by.contains_key(&role)) {
            self.cache.remove(&(self.deviation.cache_key)(tenant));
        }
    }

    /// What an operation shows that limits the balance too; else the balance.
    fn show_cap(&self, tenant: &str, operation: &Operation) -> Decision {
        let capped = self.contract.operation(Role::Balance).and_then(|balance| balance.capped_by.as_ref());
        let cap = self.accounts.get(tenant).and_then(|account| account.cap);
        match (cap.filter(|_| capped.is_some_and(|capped| capped.operation == operation.id)), self.show(tenant)) {
            (Some(cap), Decision::Success { balance, charged }) => {
                Decision::Success { balance: BalanceValues { remaining: Some(cap), ..balance }, charged }
            }
            (_, shown) => shown,
        }
    }

    fn show(&self, tenant: &str) -> Decision {
        if self.is_down(tenant) {
            return Decision::refused(Condition::BackendDown);
        }
        Decision::Success { balance: self.stored(tenant), charged: Decimal::ZERO }
    }
}

/// The cost of a successful call; 1 if the contract states none.
fn cost(operation: &Operation) -> Decimal {
    operation.cost.as_ref().and_then(|cost| cost.amount).unwrap_or(Decimal::ONE)
}
