//! The ways in which a stand-in may be told to break the model.

use rust_decimal::Decimal;

use super::Balance;

/// Where a [`super::Model`] leaves what the contract means; the default leaves it nowhere.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is one independent deviation")]
pub struct Deviation {
    /// The kept answer is dropped after this share of the TTL, in percent.
    pub ttl_percent: u64,
    /// Reading a kept answer renews it.
    pub renew_on_read: bool,
    /// Answers are kept for this long although the contract says that they are not, in milliseconds.
    pub keep_anyway_ms: Option<u64>,
    /// The name under which an answer is kept.
    pub cache_key: fn(&str) -> String,
    /// Which answers are kept.
    pub keeps: fn(&Balance) -> bool,
    /// A refresh leaves the kept answer where it is.
    pub refresh_ignored: bool,
    /// A failure of the store is remembered after it is over, in milliseconds.
    pub failure_lingers_ms: u64,
    /// A failure of the store is turned into this decision.
    pub on_failure: Option<fn(Option<&Balance>) -> super::Decision>,
    /// What a successful spend takes, given its cost and the balance before.
    pub charge: fn(Decimal, &Balance) -> Decimal,
    /// A spend that is refused is charged all the same.
    pub charge_refused: bool,
    /// A spend goes through although nothing is left, given the balance before.
    pub overdraws: fn(&Balance) -> bool,
    /// Concurrent spends are checked before any of them is charged: how many may slip through at zero.
    pub race_window: bool,
    /// Whatever the last check said decides a spend.
    pub check_decides: bool,
    /// A credential stays valid after it was revoked.
    pub revoked_works: bool,
    /// A credential stays valid after its time.
    pub expired_works: bool,
    /// The limit on the rate of requests is not enforced.
    pub unlimited: bool,
}

impl Default for Deviation {
    fn default() -> Self {
        Self {
            ttl_percent: 100,
            renew_on_read: false,
            keep_anyway_ms: None,
            cache_key: str::to_owned,
            keeps: |_| true,
            refresh_ignored: false,
            failure_lingers_ms: 0,
            on_failure: None,
            charge: |cost, _| cost,
            charge_refused: false,
            overdraws: |_| false,
            race_window: false,
            check_decides: false,
            revoked_works: false,
            expired_works: false,
            unlimited: false,
        }
    }
}
