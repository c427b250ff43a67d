//! The client's clock: coarse and cheap, or moved by hand.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

/// Where a client takes the time from.
///
/// A clone of a manual clock is the same clock.
#[derive(Debug, Clone, Default)]
pub enum Clock {
    /// The system's coarse monotonic clock, with steps of a few milliseconds: far below any TTL, and several times
    /// cheaper to read than the exact one.
    #[default]
    Coarse,
    /// Stands still until it is moved.
    Manual(Arc<ManualClock>),
}

/// A clock that stands still until it is moved.
#[derive(Debug)]
pub struct ManualClock {
    nanos: AtomicU64,
    born: SystemTime,
}

impl Clock {
    /// A clock that stands still until [`Clock::advance`] moves it.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "calendar time is this file's to read")]
    pub fn manual() -> Self {
        // Calendar time matters only to a `Retry-After` with a date and no `Date` beside it.
        Self::Manual(Arc::new(ManualClock { nanos: AtomicU64::new(0), born: SystemTime::now() }))
    }

    /// Nanoseconds since an arbitrary point in the past.
    #[inline]
    #[must_use]
    pub fn now(&self) -> u64 {
        match self {
            Self::Coarse => coarse(),
            Self::Manual(clock) => clock.nanos.load(Ordering::Acquire),
        }
    }

    /// Calendar time.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "calendar time is this file's to read")]
    pub fn wall(&self) -> SystemTime {
        match self {
            Self::Coarse => SystemTime::now(),
            Self::Manual(clock) => clock.born + Duration::from_nanos(clock.nanos.load(Ordering::Acquire)),
        }
    }

    /// Moves a manual clock forward; false if this is not one.
    #[must_use]
    pub fn advance(&self, by: Duration) -> bool {
        match self {
            Self::Coarse => false,
            Self::Manual(clock) => {
                clock.nanos.fetch_add(nanos(by), Ordering::AcqRel);
                true
            }
        }
    }
}

/// A duration in nanoseconds, at most 584 years.
pub(super) fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(any(target_os = "linux", target_os = "android"))]
#[inline]
fn coarse() -> u64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::MonotonicCoarse);
    time.tv_sec.cast_unsigned() * 1_000_000_000 + time.tv_nsec.cast_unsigned()
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn coarse() -> u64 {
    static START: std::sync::OnceLock<std::time::Instant> = std::sync::OnceLock::new();
    nanos(START.get_or_init(std::time::Instant::now).elapsed())
}
