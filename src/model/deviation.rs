//! The ways in which a stand-in may be told to break the model.

use rust_decimal::Decimal;

use super::BalanceValues;

/// What has happened to an account since its last successful spend.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct History {
    /// Spends that were refused because too little was left.
    pub refusals: u64,
    /// Failures of the store that are over.
    pub outages: u64,
}

/// Where a [`super::Model`] leaves what the contract means; the default leaves it nowhere.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is one independent deviation")]
pub struct Deviation {
    /// How long an answer is kept, given the TTL and the balance it shows, in milliseconds.
    pub ttl: fn(u64, &BalanceValues) -> u64,
    /// Reading a kept answer renews it.
    pub renew_on_read: bool,
    /// Answers are kept for this long although the contract says nothing of the kind, in milliseconds.
    pub keep_anyway_ms: Option<u64>,
    /// The name under which an answer is kept.
    pub cache_key: fn(&str) -> String,
    /// Which answers are kept.
    pub keeps: fn(&BalanceValues) -> bool,
    /// Which refreshes leave the kept answer where it is, by their number from 1.
    pub refresh_ignored: fn(u64) -> bool,
    /// Once a refresh has failed, all others leave it where it is, too.
    pub refresh_ignored_after_failure: bool,
    /// A refresh puts the balance of its tenant into every place of the cache.
    pub refresh_spills: bool,
    /// A spend empties the places of all tenants in the cache.
    pub spend_empties: bool,
    /// A failure of the store does so.
    pub failure_empties: bool,
    /// The check after a spend still shows the balance before it.
    pub lags_after_spend: bool,
    /// The check after several spends in a row shows the balance that the first of them left.
    pub lags_after_spends: bool,
    /// What a check shows, given the true balance and the number of the check, from 1.
    pub shows: fn(BalanceValues, u64) -> BalanceValues,
    /// How long a failure of the store is answered after it is over, given how many failures there were, in milliseconds.
    pub failure_lingers_ms: fn(u64) -> u64,
    /// A failure answered to one tenant is answered once to every other.
    pub failure_spreads: bool,
    /// A failure of the store is turned into this decision, given the balance shown last.
    pub on_failure: Option<fn(Option<&BalanceValues>) -> super::Decision>,
    /// Once its store has failed, an account counts as empty for spends.
    pub failure_exhausts: bool,
    /// What a check takes, by its number from 1.
    pub check_costs: fn(u64) -> Decimal,
    /// What a successful spend takes, given its cost and the balance before.
    pub charge: fn(Decimal, &BalanceValues) -> Decimal,
    /// What such a spend takes in the end, given that and what has happened to the account before.
    pub charge_after: fn(Decimal, &History) -> Decimal,
    /// A spend that is refused because too little is left is charged all the same.
    pub charge_refused: bool,
    /// A call whose request is not as documented is charged all the same.
    pub charge_invalid: bool,
    /// A spend that is over the limit of rate is charged all the same.
    pub charge_limited: bool,
    /// A spend that fails with the store is charged all the same.
    pub charge_failed: bool,
    /// A spend goes through although nothing is left, given the balance before.
    pub overdraws: fn(&BalanceValues) -> bool,
    /// A spend that would leave nothing is refused.
    pub keeps_the_last: bool,
    /// While the store fails, a spend goes through whatever is left.
    pub down_lets_spend: bool,
    /// Concurrent spends are checked before any of them is charged: how many may slip through at zero.
    pub race_window: bool,
    /// Whatever the last check said decides a spend.
    pub check_decides: bool,
    /// Whoever was exhausted once stays so.
    pub exhaustion_sticks: bool,
    /// A credential stays valid after it was revoked.
    pub revoked_works: bool,
    /// A change of the balance makes a withdrawn credential valid again.
    pub change_reinstates: bool,
    /// A credential stays valid after its time.
    pub expired_works: bool,
    /// The limit on the rate of requests is not enforced.
    pub unlimited: bool,
}

impl Default for Deviation {
    fn default() -> Self {
        Self {
            ttl: |ttl_ms, _| ttl_ms,
            renew_on_read: false,
            keep_anyway_ms: None,
            cache_key: str::to_owned,
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
            failure_lingers_ms: |_| 0,
            failure_spreads: false,
            on_failure: None,
            check_costs: |_| Decimal::ZERO,
            charge: |cost, _| cost,
            charge_after: |charge, _| charge,
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
        }
    }
}
