//! Time for a client: its clock is moved if possible; otherwise the check waits.

use std::time::Duration;

use rust_decimal::Decimal;

use super::{ClientTrial, Patience};
use crate::checks::client_session::{Call, ClientSession};
use crate::checks::finding::Stop;
use crate::checks::time::{Age, Passing, Ttl};
use crate::contract::CacheRule;
use crate::mock::Reply;
use crate::subject::Function;

impl ClientTrial<'_> {
    /// The TTL of a cache rule for this client.
    pub(in crate::checks) fn ttl(&self, rule: &CacheRule) -> Ttl {
        Ttl::of(rule, self.passing)
    }

    /// The age that the response of the first call had during the second.
    pub(in crate::checks) fn age(&self, fill: &Call, read: &Call) -> Age {
        self.passing.age(fill, read)
    }

    /// How time passes for this client.
    pub(in crate::checks) fn passing(&self) -> Passing {
        self.passing
    }

    /// Lets time pass until the response of a call has this age.
    pub(in crate::checks) async fn age_to(
        &self,
        session: &ClientSession,
        fill: &Call,
        age: Duration,
    ) -> Result<(), Stop> {
        self.evidence.set_time_basis(self.passing.basis());
        let age_now = match self.passing {
            Passing::Moved => session.moved().saturating_sub(fill.moved),
            Passing::Scaled | Passing::Waited => fill.span.1.elapsed(),
        };
        let left = age.saturating_sub(age_now);
        match self.passing {
            Passing::Moved => self.advance(session, left).await?,
            Passing::Waited if left > self.settings.max_wait => {
                return Err(Stop::CouldNotRun(format!(
                    "it takes {} s of waiting, as the client's clock cannot be moved and its TTL cannot be set: --max-wait permits that",
                    left.as_secs()
                )));
            }
            Passing::Scaled | Passing::Waited => {
                let _wait = self.subject.waits.for_time(left);
                tokio::time::sleep(left).await;
            }
        }
        self.add_step(format!(
            "{} s pass",
            Decimal::new(i64::try_from(left.as_millis()).unwrap_or(i64::MAX), 3).normalize()
        ));
        Ok(())
    }

    /// Moves the client's clock.
    pub(in crate::checks) async fn advance(&self, session: &ClientSession, by: Duration) -> Result<(), Stop> {
        session.handle.advance(by).await.map_err(|error| self.client_stopped(&error))?;
        session.record_advance(by);
        Ok(())
    }

    /// Checks once that moving the client's clock has an effect, before anything is judged by it.
    ///
    /// # Errors
    /// `Inconclusive` if moving the clock has no effect.
    pub(in crate::checks) async fn time_passes(&self) -> Result<(), Stop> {
        if self.passing != Passing::Moved || self.clock_moves().await? {
            return Ok(());
        }
        Err(Stop::Inconclusive(
            "the client's clock was moved by years, and it still gives out what it kept: `cache.refetch` says more"
                .to_owned(),
        ))
    }

    /// Whether moving the client's clock has an effect, for checks that do not depend on it.
    pub(in crate::checks) async fn clock_moves_at_all(&self) -> Result<bool, Stop> {
        if self.passing == Passing::Moved { self.clock_moves().await } else { Ok(true) }
    }

    /// Whether a cached balance is ever requested again if the clock is moved far enough.
    async fn clock_moves(&self) -> Result<bool, Stop> {
        let found = self.subject.clock_moves.get_or_try_init(|| async {
            let session = self.open(self.credits(1)).await?;
            self.check(&session).await?;
            self.advance(&session, Duration::from_hours(4 * 365 * 24)).await?;
            Ok::<_, Stop>(!self.check(&session).await?.received.is_empty())
        });
        found.await.copied()
    }

    /// Whether all sessions of the client share one clock, so that moving one moves all.
    ///
    /// # Errors
    /// If the client gave no result that can be judged.
    pub async fn has_one_clock(&self) -> Result<bool, Stop> {
        if self.passing != Passing::Moved {
            return Ok(false);
        }
        let (one, other) = (self.open(self.credits(1)).await?, self.open(self.credits(1)).await?);
        let (wait, waits) = (self.open(self.credits(1)).await?, self.open(self.credits(1)).await?);
        let mut limited = Reply::new(429, "text/plain", "come back later");
        limited.set_header("retry-after", "60");
        waits.endpoint.respond_once(limited);
        // Both a cached balance and a delay by `Retry-After` show how time passes.
        for session in [&one, &other, &wait] {
            self.check(session).await?;
        }
        // A client may wait within the call for as long as it is told to; then this session shows nothing.
        let waited = self.observe(&waits, Function::Check, Patience::until(Duration::from_secs(1))).await?;
        let waits = waited.ended().map(|_| &waits);
        let mut silent = Vec::new();
        for session in [Some(&other), waits].into_iter().flatten() {
            if self.check(session).await?.received.is_empty() {
                silent.push(session);
            }
        }
        self.advance(&one, Duration::from_hours(4 * 365 * 24)).await?;
        for session in silent {
            if !self.check(session).await?.received.is_empty() {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
