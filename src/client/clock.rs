//! The clock of a client: the system's coarse monotonic clock, or one that is set by hand.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

/// The clock of a client.
///
/// Clones of a manual clock share one time.
///
/// ```
/// use std::time::Duration;
///
/// use ringtrue::client::Clock;
///
/// let clock = Clock::manual();
/// assert!(clock.advance(Duration::from_millis(5)));
/// assert_eq!(clock.now(), 5_000_000);
/// assert!(!Clock::default().advance(Duration::from_millis(5)));
/// ```
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub enum Clock {
    /// The system's coarse monotonic clock. Its resolution is a few milliseconds, which suffices for TTLs, and it is
    /// several times cheaper to read than the exact one.
    #[default]
    Coarse,
    /// A clock that only [`Clock::advance`] moves.
    Manual(Arc<ManualClock>),
}

/// The shared state of a manual [`Clock`].
#[derive(Debug)]
pub struct ManualClock {
    nanos: AtomicU64,
    /// The calendar time at 0.
    epoch: SystemTime,
}

impl Clock {
    /// Creates a clock at 0 that only [`Clock::advance`] moves.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "calendar time is this file's to read")]
    pub fn manual() -> Self {
        // Calendar time is used only for a `Retry-After` date in a response without `Date`.
        Self::Manual(Arc::new(ManualClock { nanos: AtomicU64::new(0), epoch: SystemTime::now() }))
    }

    /// The time in nanoseconds since an arbitrary point.
    #[inline]
    #[must_use]
    pub fn now(&self) -> u64 {
        match self {
            Self::Coarse => coarse(),
            Self::Manual(clock) => clock.nanos.load(Ordering::Acquire),
        }
    }

    /// The calendar time.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "calendar time is this file's to read")]
    pub(super) fn wall(&self) -> SystemTime {
        match self {
            Self::Coarse => SystemTime::now(),
            Self::Manual(clock) => clock.epoch + Duration::from_nanos(clock.nanos.load(Ordering::Acquire)),
        }
    }

    /// Moves a manual clock forward. Returns false, without effect, for the system's clock.
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

/// A duration in nanoseconds, at most `u64::MAX` (584 years).
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
