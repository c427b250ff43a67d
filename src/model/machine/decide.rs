//! What a provider in some state does about a request, and what state it is in then.

use rust_decimal::Decimal;

use super::{CacheModel, CredentialState, Model};
use crate::contract::{Condition, FailureMode, Operation, Role};
use crate::model::{BalanceValues, History};

/// What the provider does about a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// It succeeds, and this is the balance that the answer shows.
    Success {
        /// The balance after it.
        balance: BalanceValues,
        /// What it cost, in credits.
        charged: Decimal,
    },
    /// The store behind the balance fails, and the answer allows use.
    FailOpen(bool),
    /// The documented answer to a condition.
    Refused {
        /// The condition.
        condition: Condition,
        /// Seconds after which another try makes sense.
        retry_after_s: Option<u64>,
    },
}

impl Decision {
    fn refused(condition: Condition) -> Self {
        Self::Refused { condition, retry_after_s: None }
    }
}

impl Model {
    /// What the provider does about an admissible request of this tenant, now. The state moves on.
    pub fn decide(&mut self, tenant: &str, operation: &Operation) -> Decision {
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
        let limit = account.limited.or(self.everyone_limited);
        if let Some(retry_after_s) = limit
            && !self.deviation.unlimited
            && operation.conditions.contains_key(&Condition::RateLimited)
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
            Role::Health | Role::Other => self.show(tenant),
        }
    }

    fn check(&mut self, tenant: &str) -> Decision {
        self.counts.checks += 1;
        let name = (self.deviation.cache_key)(tenant);
        let ttl_ms = self.ttl_ms();
        if let Some(kept) = self.kept.get_mut(&name)
            && self.now_ms - kept.at_ms < (self.deviation.ttl)(ttl_ms, &kept.balance)
        {
            if self.deviation.renew_on_read {
                kept.at_ms = self.now_ms;
            }
            return Decision::Success { balance: kept.balance, charged: Decimal::ZERO };
        }
        if self.is_down(tenant) || self.hears_of_failure(tenant) {
            return self.fail(tenant);
        }
        let balance = self.reads(tenant);
        if ttl_ms > 0 && (self.deviation.keeps)(&balance) {
            self.kept.insert(name, CacheModel { balance, at_ms: self.now_ms });
        }
        Decision::Success { balance, charged: Decimal::ZERO }
    }

    /// What a check finds in the store: the truth, but for deviations.
    fn reads(&mut self, tenant: &str) -> BalanceValues {
        let truth = self.truth(tenant);
        let n = self.counts.checks;
        let costs = (self.deviation.check_costs)(n);
        let shown = (self.deviation.shows)(truth, n);
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

    /// Whether a deviation tells this tenant of another's failure.
    fn hears_of_failure(&mut self, tenant: &str) -> bool {
        let failures = self.counts.failures;
        let others = self.counts.failed_tenant.as_deref().is_some_and(|failed| failed != tenant);
        let mut hears = false;
        if self.deviation.failure_spreads && others {
            self.with(tenant, |account| hears = std::mem::replace(&mut account.seen.heard, failures) < failures);
        }
        hears
    }

    /// What an answer is when the store fails.
    fn fail(&mut self, tenant: &str) -> Decision {
        self.counts.failed_tenant = Some(tenant.to_owned());
        if self.deviation.failure_empties {
            self.kept.clear();
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
        let Some(account) = self.accounts.get_mut(tenant) else {
            return Decision::refused(Condition::CredentialUnknown);
        };
        let before = account.balance;
        // The store being down stops the check, not the spend's own definitive answer: enforcement needs the truth.
        if down && closed && !deviation.down_lets_spend {
            if deviation.charge_failed {
                account.balance = before.less(cost);
            }
            return Decision::refused(Condition::BackendDown);
        }
        let judged = account.seen.stale.filter(|_| deviation.race_window).unwrap_or(before);
        let waved_through = deviation.check_decides && (down || account.seen.last_check == Some(true))
            || deviation.down_lets_spend && down
            || (deviation.overdraws)(&before);
        let failed = deviation.failure_exhausts && account.seen.history.outages > 0;
        let sticks = failed || deviation.exhaustion_sticks && account.seen.was_exhausted;
        let last = deviation.keeps_the_last && before.less(cost).remaining.is_some_and(|left| left.is_zero());
        if sticks || last || !judged.covers(cost) && !waved_through {
            if deviation.charge_refused {
                account.balance = before.less(cost);
            }
            (account.seen.stale, account.seen.was_exhausted) = (None, true);
            account.seen.history.refusals += 1;
            return Decision::refused(Condition::Exhausted);
        }
        let charged = (deviation.charge)(cost, &before);
        account.balance = before.less((deviation.charge_after)(charged, &account.seen.history));
        account.seen.history = History::default();
        account.seen.first_rest = account.seen.lag.map(|_| account.seen.first_rest.unwrap_or(before));
        account.seen.stale = before.covers(cost).then_some(before);
        account.seen.lag = Some(before);
        let balance = account.balance;
        self.invalidate(tenant, Role::Spend);
        if self.deviation.spend_empties {
            self.kept.clear();
        }
        Decision::Success { balance, charged }
    }

    /// A request that is not as documented was refused before it came to anything.
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
            self.kept.remove(&(self.deviation.cache_key)(tenant));
        }
        if self.deviation.refresh_spills {
            let kept = CacheModel { balance: self.truth(tenant), at_ms: self.now_ms };
            self.kept.values_mut().for_each(|place| *place = kept);
        }
        self.show(tenant)
    }

    /// What was kept goes, where the contract says so.
    fn invalidate(&mut self, tenant: &str, role: Role) {
        let rule = self.contract.caching.server.as_ref();
        if rule.is_some_and(|rule| rule.invalidated_by.contains_key(&role)) {
            self.kept.remove(&(self.deviation.cache_key)(tenant));
        }
    }

    fn show(&self, tenant: &str) -> Decision {
        if self.is_down(tenant) {
            return Decision::refused(Condition::BackendDown);
        }
        Decision::Success { balance: self.truth(tenant), charged: Decimal::ZERO }
    }
}

/// What a successful call costs; 1 where that is told nowhere.
fn cost(operation: &Operation) -> Decimal {
    operation.cost.as_ref().and_then(|cost| cost.amount).unwrap_or(Decimal::ONE)
}
