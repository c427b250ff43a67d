//! The ways in which a mock provider with faults deviates from the model.

use rust_decimal::Decimal;

use super::BalanceValues;

/// Events of an account since its last successful paid call.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct History {
    /// Paid calls that were refused for lack of credits.
    pub refusals: u64,
    /// Outages of the store that have ended.
    pub outages: u64,
}

/// Deviations of a [`super::Model`] from the contract. The default has none.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is one independent deviation")]
pub struct Deviation {
    /// The time for which a balance is cached, in milliseconds, given the TTL and the balance.
    pub ttl: fn(u64, &BalanceValues) -> u64,
    /// Whether reading a cached balance restarts its TTL.
    pub renew_on_read: bool,
    /// Caches balances for this time in milliseconds, although the contract does not state so.
    pub keep_anyway_ms: Option<u64>,
    /// The cache key of a tenant.
    pub cache_key: fn(&str) -> String,
    /// For how many balances the cache has room.
    pub cache_entries: usize,
    /// Whether a balance is cached.
    pub keeps: fn(&BalanceValues) -> bool,
    /// Whether a refresh leaves the cached balance in place, given its number from 1.
    pub refresh_ignored: fn(u64) -> bool,
    /// Whether all refreshes after a failed one leave the cached balance in place.
    pub refresh_ignored_after_failure: bool,
    /// Whether a refresh stores the balance of its tenant for all tenants.
    pub refresh_spills: bool,
    /// Whether a paid call clears the cache of all tenants.
    pub spend_empties: bool,
    /// Whether a failure of the store clears the cache of all tenants.
    pub failure_empties: bool,
    /// Whether the check after a paid call shows the balance before it.
    pub lags_after_spend: bool,
    /// Whether the check after several paid calls in a row shows the balance after the first of them.
    pub lags_after_spends: bool,
    /// The balance that a check shows, given the stored balance and the number of the check from 1.
    pub shows: fn(BalanceValues, u64) -> BalanceValues,
    /// The balance that a check shows, given the balance that it would show and the age of the account in milliseconds.
    pub ages: fn(BalanceValues, u64) -> BalanceValues,
    /// The time for which responses report a failure after it has ended, in milliseconds, given the number of failures.
    pub failure_lingers_ms: fn(u64) -> u64,
    /// Whether the failure of one tenant is shown once to every other tenant.
    pub failure_spreads: bool,
    /// Whether checks of all tenants fail from the first check that fails to the end of the outage.
    pub failure_spreads_in_outage: bool,
    /// The decision instead of a failure, given the balance in the last check.
    pub on_failure: Option<fn(Option<&BalanceValues>) -> super::Decision>,
    /// Whether an account counts as exhausted for paid calls once its store has failed.
    pub failure_exhausts: bool,
    /// The charge for a check, given its number from 1.
    pub check_costs: fn(u64) -> Decimal,
    /// The charge for a successful paid call, given its cost and the balance before.
    pub charge: fn(Decimal, &BalanceValues) -> Decimal,
    /// The final charge, given the charge and the history of the account.
    pub charge_after: fn(Decimal, &History) -> Decimal,
    /// Whether a paid call is charged to another account, given the number of paid calls from 1.
    pub charge_to_other: fn(u64) -> bool,
    /// Whether a job is charged when it succeeds, and not when it is accepted. Contracts with jobs permit both.
    pub charge_at_end: bool,
    /// Whether a job that fails is charged.
    pub charge_failed_jobs: bool,
    /// Whether a job is charged when it is accepted and again when it succeeds.
    pub charge_again_at_success: bool,
    /// Whether a paid call is charged although it is refused for lack of credits.
    pub charge_refused: bool,
    /// Whether a paid call is charged although its request does not match its schema.
    pub charge_invalid: bool,
    /// Whether a paid call is charged although it is over the rate limit.
    pub charge_limited: bool,
    /// Whether a paid call is charged although the store fails.
    pub charge_failed: bool,
    /// Whether a paid call succeeds without enough credits, given the balance before.
    pub overdraws: fn(&BalanceValues) -> bool,
    /// Whether a paid call that would leave zero credits is refused.
    pub keeps_the_last: bool,
    /// Whether paid calls succeed while the store fails, whatever the balance.
    pub down_lets_spend: bool,
    /// Whether concurrent paid calls are all checked before any of them is charged, so that they overdraw.
    pub race_window: bool,
    /// Whether the result of the last check decides about a paid call.
    pub check_decides: bool,
    /// Whether an account that was exhausted once stays exhausted.
    pub exhaustion_sticks: bool,
    /// Whether a revoked credential is accepted.
    pub revoked_works: bool,
    /// Whether a change of the balance reinstates a revoked credential.
    pub change_reinstates: bool,
    /// Whether an expired credential is accepted.
    pub expired_works: bool,
    /// Whether the rate limit is enforced for operations without a documented one too.
    pub limits_all: bool,
    /// Whether the rate limit is not enforced.
    pub unlimited: bool,
    /// Nothing is shown as reserved for jobs under way.
    pub holds_nothing: bool,
    /// What was reserved for jobs stays so when they have ended.
    pub keeps_holds: bool,
    /// What was used is not given back at the time that responses name.
    pub never_resets: bool,
}

impl Default for Deviation {
    fn default() -> Self {
        Self {
            ttl: |ttl_ms, _| ttl_ms,
            renew_on_read: false,
            keep_anyway_ms: None,
            cache_key: str::to_owned,
            cache_entries: usize::MAX,
            keeps: |_| true,
            refresh_ignored: |_| false,
            refresh_ignored_after_failure: false,
            refresh_spills: false,
            spend_empties: false,
            failure_empties: false,
            failure_exhausts: false,
            lags_after_spend: false,
            lags_after_spends: false,
            shows: |balance, _| balance,
            ages: |balance, _| balance,
            failure_lingers_ms: |_| 0,
            failure_spreads: false,
            failure_spreads_in_outage: false,
            on_failure: None,
            check_costs: |_| Decimal::ZERO,
            charge: |cost, _| cost,
            charge_after: |charge, _| charge,
            charge_to_other: |_| false,
            limits_all: false,
            charge_at_end: false,
            charge_failed_jobs: false,
            charge_again_at_success: false,
            charge_refused: false,
            charge_invalid: false,
            charge_limited: false,
            charge_failed: false,
            overdraws: |_| false,
            keeps_the_last: false,
            down_lets_spend: false,
            race_window: false,
            check_decides: false,
            exhaustion_sticks: false,
            revoked_works: false,
            change_reinstates: false,
            expired_works: false,
            unlimited: false,
            holds_nothing: false,
            keeps_holds: false,
            never_resets: false,
        }
    }
}
