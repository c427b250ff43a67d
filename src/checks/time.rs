//! Time as a client under test has it: how old its answer was, and how old it may be.

use std::time::Duration;

use super::client_session::Call;
use super::verdict::TimeBasis;
use crate::client::Capabilities;
use crate::contract::{CacheKind, CacheRule};

/// The TTL that a client is told where its clock cannot be moved and the TTL can be set.
pub(super) const SCALED: Duration = Duration::from_millis(600);

/// How time passes for a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Passing {
    /// Its clock is moved.
    Moved,
    /// A short TTL is set and waited for.
    Scaled,
    /// The promised TTL is waited for.
    Waited,
}

/// How long an answer is kept.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ttl {
    /// Younger answers must be given out again; zero if none must.
    pub(super) least: Duration,
    /// Older ones must not; `None` if no longest time is promised.
    pub(super) longest: Option<Duration>,
    passing: Passing,
}

/// How old an answer was when it was given out again: anything between these.
#[derive(Debug, Clone, Copy)]
pub(super) struct Age {
    least: Duration,
    most: Duration,
}

impl Passing {
    pub(super) fn of(capabilities: Capabilities) -> Self {
        match (capabilities.virtual_clock, capabilities.ttl) {
            (true, _) => Self::Moved,
            (false, true) => Self::Scaled,
            (false, false) => Self::Waited,
        }
    }

    pub(super) fn basis(self) -> TimeBasis {
        match self {
            Self::Moved => TimeBasis::Virtual,
            Self::Scaled => TimeBasis::Scaled,
            Self::Waited => TimeBasis::Real,
        }
    }

    /// How old an answer from the first call was during the second. A clock that is moved may stand still otherwise or
    /// not, so that the real time may count or not.
    pub(super) fn age(self, fill: &Call, read: &Call) -> Age {
        let most = read.span.1.saturating_duration_since(fill.span.0);
        match self {
            Self::Moved => {
                let moved = read.moved.saturating_sub(fill.moved);
                Age { least: moved, most: moved + most }
            }
            Self::Scaled | Self::Waited => Age { least: read.span.0.saturating_duration_since(fill.span.1), most },
        }
    }
}

impl Ttl {
    pub(super) fn of(rule: &CacheRule, passing: Passing) -> Self {
        let millis = |ms: Option<u64>| ms.map(Duration::from_millis);
        let (least, longest) = match passing {
            Passing::Scaled => (Some(SCALED), Some(SCALED)),
            Passing::Moved | Passing::Waited => {
                (millis(rule.min_ttl_ms.or(rule.max_ttl_ms)), millis(rule.max_ttl_ms.or(rule.min_ttl_ms)))
            }
        };
        let least = least.filter(|_| rule.kind == CacheKind::Cached).unwrap_or_default();
        Self { least, longest, passing }
    }

    /// An age at which answers must be given out again.
    pub(super) fn young(&self) -> Duration {
        match self.passing {
            Passing::Scaled => self.least / 2,
            Passing::Moved | Passing::Waited => self.least.saturating_sub(Duration::from_secs(1)),
        }
    }

    /// An age at which they must not.
    pub(super) fn old(&self) -> Option<Duration> {
        let longest = self.longest?;
        Some(match self.passing {
            Passing::Scaled => longest * 5 / 4,
            Passing::Moved | Passing::Waited => longest + Duration::from_secs(1),
        })
    }

    /// Whether an answer of that age must be given out again, whatever the age was exactly.
    pub(super) fn demands_hit(&self, age: Age) -> bool {
        let margin = if self.passing == Passing::Moved { Duration::ZERO } else { self.least / 10 };
        age.most + margin < self.least
    }

    /// Whether an answer of that age must not be given out again, whatever the age was exactly.
    pub(super) fn demands_miss(&self, age: Age) -> bool {
        let margin = if self.passing == Passing::Moved { Duration::ZERO } else { Duration::from_millis(30) };
        self.longest.is_some_and(|longest| age.least > longest + margin)
    }
}
