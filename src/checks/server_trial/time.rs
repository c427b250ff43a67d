//! Time of the server: its clock is moved if possible; otherwise the check waits where that is permitted.

use std::time::Duration;

use rust_decimal::Decimal;

use super::ServerTrial;
use super::states::cannot_set;
use crate::checks::account::TestAccount;
use crate::checks::case_scope::CaseScope;
use crate::checks::finding::Stop;
use crate::checks::verdict::TimeBasis;
use crate::contract::{CacheKind, Role};
use crate::mock::State;
use crate::subject::{Member, Pause, StateError};

impl ServerTrial<'_> {
    /// Moves the server's clock forward, or waits if that is permitted.
    ///
    /// # Errors
    /// If neither is possible.
    pub async fn advance(&self, accounts: &[&TestAccount], ms: u64) -> Result<(), Stop> {
        self.advance_within(accounts, ms, ms).await
    }

    /// As [`Self::advance`], by a time between two: trials that wait for similar times then share a move of the clock. The
    /// expectations know how much time has passed.
    ///
    /// # Errors
    /// If the clock can be neither moved nor waited for.
    pub async fn advance_within(&self, accounts: &[&TestAccount], least_ms: u64, most_ms: u64) -> Result<(), Stop> {
        let (basis, passed_ms) = match self.sleep(least_ms, most_ms).await {
            Ok(passed_ms) => (TimeBasis::Virtual, passed_ms),
            Err(error) if Duration::from_millis(least_ms) > self.settings.max_wait => {
                return Err(cannot_set(State::Clock, &error));
            }
            Err(_) => {
                let wait = Duration::from_millis(least_ms);
                tokio::time::sleep(wait).await;
                self.with_progress(|progress| progress.waited += wait);
                accounts.iter().for_each(|account| account.expectations().advanced(least_ms));
                (TimeBasis::Real, least_ms)
            }
        };
        self.evidence.set_time_basis(basis);
        let passed = Decimal::new(i64::try_from(passed_ms).unwrap_or(i64::MAX), 3).normalize();
        self.add_step(format!("{passed} s pass"));
        Ok(())
    }

    /// Waits until the clock of the server has moved by a time between two, together with all other trials. Returns the time.
    ///
    /// # Errors
    /// If the state handler does not move the clock.
    pub(super) async fn sleep(&self, least_ms: u64, most_ms: u64) -> Result<u64, StateError> {
        let case = CaseScope::current();
        let member = case.as_ref().and_then(|case| case.member.as_ref()).or(self.member.as_ref());
        match member {
            Some(member) => member.sleep(least_ms, most_ms).await,
            None => Err(StateError::NoHandler),
        }
    }

    /// Lets the clock of the server move while this trial waits for something else than a response.
    pub(in crate::checks) fn pause(&self) -> Option<Pause> {
        let case = CaseScope::current();
        let member = case.as_ref().and_then(|case| case.member.as_ref()).or(self.member.as_ref());
        member.map(Member::pause)
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
            Some(CacheKind::Cached) => self.advance_within(&[account], settling_ms, 2 * settling_ms).await,
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
        // A time longer than a cache could keep a response may have other effects.
        let moved = self.sleep(settling_ms, settling_ms + settling_ms / 4).await.is_ok();
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
