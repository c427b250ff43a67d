//! One cached balance that is read without a lock: a sequence lock out of plain atomics.
//!
//! A writer makes the sequence odd, writes, and makes it even again; a reader that saw the same even sequence before
//! and after has read one whole value. Writers exclude each other by a mutex: the entry's, or the shelf's.

use std::sync::atomic::{AtomicU64, Ordering, fence};

use crate::client::hit::Hit;

/// The time at which an empty slot was filled: later than any clock, so that its age does not exist.
const EMPTY: u64 = u64::MAX;

/// A reader that keeps meeting writers gives up after so many tries: for the caller that is a miss, which is always right.
const TRIES: u32 = 8;

#[derive(Debug)]
pub(super) struct Slot {
    sequence: AtomicU64,
    filled: AtomicU64,
    words: [AtomicU64; 4],
}

/// A writer was at it.
struct Torn;

#[derive(Clone, Copy)]
struct Kept {
    filled: u64,
    words: [u64; 4],
}

impl Kept {
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "what a call gives back goes through memory, and comes back late")]
    fn young(self, now: u64, ttl: u64) -> Option<Hit> {
        // A subtraction that does not go means: empty, or filled by a clock ahead of this one.
        (now.checked_sub(self.filled)? < ttl).then(|| Hit::from_words(self.words))
    }
}

impl Slot {
    pub(super) fn empty() -> Self {
        Self { sequence: AtomicU64::new(0), filled: AtomicU64::new(EMPTY), words: [const { AtomicU64::new(0) }; 4] }
    }

    /// The balance, if its age at `now` is below `ttl`; both in nanoseconds.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "what a call gives back goes through memory, and comes back late")]
    pub(super) fn read(&self, now: u64, ttl: u64) -> Option<Hit> {
        for _ in 0..TRIES {
            if let Ok(kept) = self.attempt(|| true) {
                return kept?.young(now, ttl);
            }
            std::hint::spin_loop();
        }
        None
    }

    /// The same if `is` holds of what only ever changes along with the slot, and if no writer is at it.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "as above")]
    pub(super) fn read_if(&self, is: impl Fn() -> bool, now: u64, ttl: u64) -> Option<Hit> {
        self.attempt(is).ok()??.young(now, ttl)
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "as above")]
    fn attempt(&self, is: impl Fn() -> bool) -> Result<Option<Kept>, Torn> {
        let before = self.sequence.load(Ordering::Acquire);
        if before & 1 != 0 {
            return Err(Torn);
        }
        if !is() {
            return Ok(None);
        }
        let kept = Kept {
            filled: self.filled.load(Ordering::Relaxed),
            words: [
                self.words[0].load(Ordering::Relaxed),
                self.words[1].load(Ordering::Relaxed),
                self.words[2].load(Ordering::Relaxed),
                self.words[3].load(Ordering::Relaxed),
            ],
        };
        fence(Ordering::Acquire);
        if self.sequence.load(Ordering::Relaxed) == before { Ok(Some(kept)) } else { Err(Torn) }
    }

    /// When the slot was filled; 0 if it is empty.
    pub(super) fn filled(&self) -> u64 {
        match self.filled.load(Ordering::Relaxed) {
            EMPTY => 0,
            filled => filled,
        }
    }

    pub(super) fn write(&self, filled: u64, hit: Hit) {
        self.change(|slot| {
            slot.filled.store(filled, Ordering::Relaxed);
            for (word, value) in slot.words.iter().zip(hit.words()) {
                word.store(value, Ordering::Relaxed);
            }
        });
    }

    pub(super) fn clear(&self) {
        self.change(|slot| slot.filled.store(EMPTY, Ordering::Relaxed));
    }

    /// Makes a filled slot younger.
    pub(super) fn renew(&self, filled: u64) {
        self.change(|slot| {
            if slot.filled.load(Ordering::Relaxed) != EMPTY {
                slot.filled.store(filled, Ordering::Relaxed);
            }
        });
    }

    /// Empties the slot, and changes along with it what it belongs to.
    pub(super) fn empty_while(&self, change: impl FnOnce()) {
        self.change(|slot| {
            slot.filled.store(EMPTY, Ordering::Relaxed);
            change();
        });
    }

    /// Takes over what another slot holds, which nobody writes meanwhile.
    pub(super) fn copy(&self, from: &Self) {
        self.change(|slot| {
            slot.filled.store(from.filled.load(Ordering::Relaxed), Ordering::Relaxed);
            for (word, from) in slot.words.iter().zip(&from.words) {
                word.store(from.load(Ordering::Relaxed), Ordering::Relaxed);
            }
        });
    }

    fn change(&self, write: impl FnOnce(&Self)) {
        let sequence = self.sequence.load(Ordering::Relaxed);
        self.sequence.store(sequence.wrapping_add(1), Ordering::Relaxed);
        fence(Ordering::Release);
        write(self);
        self.sequence.store(sequence.wrapping_add(2), Ordering::Release);
    }
}
