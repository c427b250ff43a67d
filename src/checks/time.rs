//! Time for a client under test: the age of a response, and the ages at which it may be served.

use std::time::Duration;

use super::client_session::Call;
use super::verdict::TimeBasis;
use crate::client::Capabilities;
use crate::contract::{CacheKind, CacheRule};

/// The TTL for a client whose clock cannot be moved, but whose TTL can be set.
pub(super) const SCALED: Duration = Duration::from_millis(600);

/// How time passes for a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Passing {
    /// The clock is moved.
    Moved,
    /// A short TTL is set, and the check waits.
    Scaled,
    /// The check waits for the documented TTL.
    Waited,
}

/// The TTL of a cache.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ttl {
    /// A younger response must be served from the cache; zero if that is not promised.
    pub(super) least: Duration,
    /// An older response must not be served; `None` if no maximum is promised.
    pub(super) longest: Option<Duration>,
    passing: Passing,
}

/// Bounds for the age of a response when it was served from the cache.
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

    /// Bounds for the age that the response of the first call had during the second. A clock that is moved may or may not count the
    /// real time as well.
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

    /// An age at which a response must be served from the cache.
    pub(super) fn young(&self) -> Duration {
        match self.passing {
            Passing::Scaled => self.least / 2,
            Passing::Moved | Passing::Waited => self.least.saturating_sub(Duration::from_secs(1)),
        }
    }

    /// An age at which it must not.
    pub(super) fn old(&self) -> Option<Duration> {
        let longest = self.longest?;
        Some(match self.passing {
            Passing::Scaled => longest * 5 / 4,
            Passing::Moved | Passing::Waited => longest + Duration::from_secs(1),
        })
    }

    /// Whether a response must be served from the cache at every age within these bounds.
    pub(super) fn demands_hit(&self, age: Age) -> bool {
        let margin = if self.passing == Passing::Moved { Duration::ZERO } else { self.least / 10 };
        age.most + margin < self.least
    }

    /// Whether a response must not be served from the cache at any age within these bounds.
    pub(super) fn demands_miss(&self, age: Age) -> bool {
        let margin = if self.passing == Passing::Moved { Duration::ZERO } else { Duration::from_millis(30) };
        self.longest.is_some_and(|longest| age.least > longest + margin)
    }
}
