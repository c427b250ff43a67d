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
use crate::subject::{Member, Passed, Pause, Sleep, StateError};

impl ServerTrial<'_> {
    /// Moves the server's clock forward by at least this time, or waits if that is permitted. Returns how much time has passed.
    ///
    /// # Errors
    /// If neither is possible.
    pub async fn advance(&self, accounts: &[&TestAccount], ms: u64) -> Result<Passed, Stop> {
        self.pass(accounts, Sleep::AtLeast(ms, ms)).await
    }

    /// Moves the server's clock forward by a time between two, or waits if that is permitted: trials that wait for similar times
    /// then share a move of the clock. The expectations know how much time has passed.
    ///
    /// # Errors
    /// If neither is possible.
    pub async fn pass(&self, accounts: &[&TestAccount], sleep: Sleep) -> Result<Passed, Stop> {
        let (Sleep::AtLeast(wanted_ms, _) | Sleep::AtMost(wanted_ms)) = sleep;
        let (basis, passed) = match self.sleep(sleep).await {
            Ok(passed) => {
                // Each sleep is reported by itself, because each needs a move of the clock.
                accounts.iter().for_each(|account| drop(account.expectations()));
                (TimeBasis::Virtual, passed)
            }
            Err(error) if Duration::from_millis(wanted_ms) > self.settings.max_wait => {
                return Err(cannot_set(State::Clock, &error));
            }
            Err(_) => {
                let wait = Duration::from_millis(wanted_ms);
                let shown = self.subject.waits.for_time(wait);
                tokio::time::sleep(wait).await;
                drop(shown);
                self.with_progress(|progress| progress.waited += wait);
                accounts.iter().for_each(|account| account.expectations().advanced(wanted_ms));
                (TimeBasis::Real, Passed { ms: wanted_ms, moves: 1 })
            }
        };
        self.evidence.set_time_basis(basis);
        let seconds = Decimal::new(i64::try_from(passed.ms).unwrap_or(i64::MAX), 3).normalize();
        self.add_step(format!("{seconds} s pass"));
        Ok(passed)
    }

    /// Waits until the clock of the server has moved, together with all other trials. Returns the time.
    ///
    /// # Errors
    /// If the state handler does not move the clock.
    pub(super) async fn sleep(&self, sleep: Sleep) -> Result<Passed, StateError> {
        let case = CaseScope::current();
        let member = case.as_ref().and_then(|case| case.member.as_ref()).or(self.member.as_ref());
        match member {
            Some(member) => member.sleep(sleep).await,
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
            Some(CacheKind::Cached) => {
                self.pass(&[account], Sleep::AtLeast(settling_ms, 2 * settling_ms)).await.map(drop)
            }
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
        let moved = self.sleep(Sleep::AtLeast(settling_ms, settling_ms + settling_ms / 4)).await.is_ok();
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
