//! Time of the server: its clock is moved if possible; otherwise the check waits where that is permitted.

use std::time::Duration;

use rust_decimal::Decimal;

use super::ServerTrial;
use crate::checks::account::TestAccount;
use crate::checks::finding::Stop;
use crate::checks::verdict::TimeBasis;
use crate::contract::{CacheKind, Role};
use crate::mock::{State, StateParams};

impl ServerTrial<'_> {
    /// Moves the server's clock forward, or waits if that is permitted.
    ///
    /// # Errors
    /// If neither is possible.
    pub async fn advance(&self, accounts: &[&TestAccount], ms: u64) -> Result<(), Stop> {
        let moved = self.setup(State::Clock, StateParams::advance_ms(ms)).await;
        let basis = match moved {
            Ok(_) => TimeBasis::Virtual,
            Err(stop) if Duration::from_millis(ms) > self.settings.max_wait => return Err(stop),
            Err(_) => {
                tokio::time::sleep(Duration::from_millis(ms)).await;
                self.progress().waited += Duration::from_millis(ms);
                TimeBasis::Real
            }
        };
        self.evidence.set_time_basis(basis);
        accounts.iter().for_each(|account| account.expectations().advanced(ms));
        self.add_step(format!("{} s pass", Decimal::new(i64::try_from(ms).unwrap_or(i64::MAX), 3).normalize()));
        Ok(())
    }

    /// Lets time pass until every permitted cache entry has expired: the next check must show the stored balance. If the contract
    /// does not mention caching and the clock cannot be moved, older balances stay possible; see `Expectations::now`.
    ///
    /// # Errors
    /// If the contract permits caching, and its TTL can be neither skipped nor waited for.
    pub async fn wait_until_settled(&self, account: &TestAccount) -> Result<(), Stop> {
        let rule = self.contract.caching.server.as_ref();
        let settling_ms = account.expectations().settling_ms();
        match rule.map(|rule| rule.kind) {
            Some(CacheKind::None) => Ok(()),
            Some(CacheKind::Cached) => self.advance(&[account], settling_ms).await,
            _ => self.expire_caches(account).await,
        }
    }

    /// Expires caches as far as that takes no time: moves the clock, and refreshes the balance, if the server supports it.
    ///
    /// # Errors
    /// If a refresh is the only means, and it does not succeed.
    pub async fn expire_caches(&self, account: &TestAccount) -> Result<(), Stop> {
        let rule = self.contract.caching.server.as_ref();
        let settling_ms = account.expectations().settling_ms();
        let moved = match self.setup(State::Clock, StateParams::advance_ms(settling_ms)).await {
            Ok(_) => {
                account.expectations().advanced(settling_ms);
                true
            }
            Err(Stop::CouldNotRun(_)) => false,
            Err(stop) => return Err(stop),
        };
        // Time alone does not expire what is cached until a refresh, and the refresh itself may be what is
        // broken.
        let permitted = rule.filter(|rule| rule.kind == CacheKind::Permitted);
        if permitted.is_some_and(|rule| rule.invalidated_by.contains_key(&Role::Refresh)) {
            match self.refresh(account).await {
                Err(Stop::Inconclusive(_)) if moved => {}
                done => done.map(drop)?,
            }
        }
        Ok(())
    }
}
