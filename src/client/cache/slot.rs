//! A slot for one cached balance, read without a lock: a seqlock made of plain atomics.
//!
//! A writer makes the sequence number odd, writes, and makes it even again. A reader that sees the same even number before
//! and after it has read the data has a consistent copy; otherwise it retries. A mutex excludes other writers: that of the
//! entry, or that of the index.

use std::sync::atomic::{AtomicU64, Ordering, fence};

use crate::client::hit::Hit;

/// The fill time of an empty slot. It is later than any clock, so that the age is negative.
const EMPTY: u64 = u64::MAX;

/// The number of attempts of a reader that keeps meeting writers. Then it reports a miss, which is always correct.
const MAX_ATTEMPTS: u32 = 8;

#[derive(Debug)]
pub(super) struct BalanceSlot {
    sequence: AtomicU64,
    /// When the balance was filled, in nanoseconds.
    filled: AtomicU64,
    words: [AtomicU64; 4],
}

/// A writer was active during the read.
struct Torn;

/// A consistent copy of a slot.
#[derive(Clone, Copy)]
struct Snapshot {
    filled: u64,
    words: [u64; 4],
}

impl Snapshot {
    /// The balance, if its age at `now` is below `ttl`.
    #[inline(always)]
    #[expect(
        clippy::inline_always,
        reason = "without inlining, the result is returned through memory, which delays the hit"
    )]
    fn fresh(self, now: u64, ttl: u64) -> Option<Hit> {
        // The subtraction fails if the slot is empty, or was filled by a clock ahead of this one.
        (now.checked_sub(self.filled)? < ttl).then(|| Hit::from_words(self.words))
    }
}

impl BalanceSlot {
    pub(super) fn empty() -> Self {
        Self { sequence: AtomicU64::new(0), filled: AtomicU64::new(EMPTY), words: [const { AtomicU64::new(0) }; 4] }
    }

    /// The balance, if its age at `now` is below `ttl`; both in nanoseconds.
    #[inline(always)]
    #[expect(
        clippy::inline_always,
        reason = "without inlining, the result is returned through memory, which delays the hit"
    )]
    pub(super) fn read(&self, now: u64, ttl: u64) -> Option<Hit> {
        for _ in 0..MAX_ATTEMPTS {
            if let Ok(snapshot) = self.snapshot_if(|| true) {
                return snapshot?.fresh(now, ttl);
            }
            std::hint::spin_loop();
        }
        None
    }

    /// As [`BalanceSlot::read`], with one attempt, and only if `owned` holds. `owned` may read what writers change only
    /// together with the slot, such as its key.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "as for `read`")]
    pub(super) fn read_if(&self, owned: impl Fn() -> bool, now: u64, ttl: u64) -> Option<Hit> {
        self.snapshot_if(owned).ok()??.fresh(now, ttl)
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "as for `read`")]
    fn snapshot_if(&self, owned: impl Fn() -> bool) -> Result<Option<Snapshot>, Torn> {
        let before = self.sequence.load(Ordering::Acquire);
        if before & 1 != 0 {
            return Err(Torn);
        }
        if !owned() {
            return Ok(None);
        }
        let snapshot = Snapshot {
            filled: self.filled.load(Ordering::Relaxed),
            words: [
                self.words[0].load(Ordering::Relaxed),
                self.words[1].load(Ordering::Relaxed),
                self.words[2].load(Ordering::Relaxed),
                self.words[3].load(Ordering::Relaxed),
            ],
        };
        fence(Ordering::Acquire);
        if self.sequence.load(Ordering::Relaxed) == before { Ok(Some(snapshot)) } else { Err(Torn) }
    }

    /// When the balance was filled, in nanoseconds; 0 if the slot is empty.
    pub(super) fn filled(&self) -> u64 {
        match self.filled.load(Ordering::Relaxed) {
            EMPTY => 0,
            filled => filled,
        }
    }

    pub(super) fn write(&self, filled: u64, hit: Hit) {
        self.write_section(|slot| {
            slot.filled.store(filled, Ordering::Relaxed);
            for (word, value) in slot.words.iter().zip(hit.words()) {
                word.store(value, Ordering::Relaxed);
            }
        });
    }

    pub(super) fn clear(&self) {
        self.write_section(|slot| slot.filled.store(EMPTY, Ordering::Relaxed));
    }

    /// Sets the fill time, unless the slot is empty.
    pub(super) fn renew(&self, filled: u64) {
        self.write_section(|slot| {
            if slot.filled.load(Ordering::Relaxed) != EMPTY {
                slot.filled.store(filled, Ordering::Relaxed);
            }
        });
    }

    /// Empties the slot and applies `change` in the same critical section of the seqlock.
    pub(super) fn clear_and(&self, change: impl FnOnce()) {
        self.write_section(|slot| {
            slot.filled.store(EMPTY, Ordering::Relaxed);
            change();
        });
    }

    /// Copies another slot, which must have no writer meanwhile.
    pub(super) fn copy_from(&self, from: &Self) {
        self.write_section(|slot| {
            slot.filled.store(from.filled.load(Ordering::Relaxed), Ordering::Relaxed);
            for (word, from) in slot.words.iter().zip(&from.words) {
                word.store(from.load(Ordering::Relaxed), Ordering::Relaxed);
            }
        });
    }

    /// Runs `write` in the critical section of the seqlock.
    fn write_section(&self, write: impl FnOnce(&Self)) {
        let sequence = self.sequence.load(Ordering::Relaxed);
        self.sequence.store(sequence.wrapping_add(1), Ordering::Relaxed);
        fence(Ordering::Release);
        write(self);
        self.sequence.store(sequence.wrapping_add(2), Ordering::Release);
    }
}
