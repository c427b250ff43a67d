//! A cached balance, packed into 32 bytes.

use std::fmt;

use rust_decimal::Decimal;

use super::balance::{Balance, Source};

const PRESENT: u32 = 1;
const ALLOWED_KNOWN: u32 = 1 << 1;
const ALLOWED: u32 = 1 << 2;
const NEGATIVE: u32 = 1 << 31;
const SCALE_SHIFT: u32 = 16;

/// A cached balance: 32 bytes, `Copy`, decoded by its accessors.
///
/// Contains two decimals of 96 bits, each with scale and sign. Their presence and the flag are stored in bits that no
/// scale uses.
///
/// ```
/// # fn example(client: &ringtrue::client::ReferenceClient) {
/// if let Some(hit) = client.check_cached() {
///     println!("{:?} credits left, allowed: {:?}", hit.remaining(), hit.allowed());
/// }
/// # }
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Hit {
    words: [u64; 4],
}

impl Hit {
    pub(super) fn pack(balance: &Balance) -> Self {
        let [r0, r1] = pack(balance.remaining, 0);
        let flag = match balance.allowed {
            None => 0,
            Some(false) => ALLOWED_KNOWN,
            Some(true) => ALLOWED_KNOWN | ALLOWED,
        };
        let [t0, t1] = pack(balance.total, flag);
        Self { words: [r0, r1, t0, t1] }
    }

    #[inline]
    pub(super) fn from_words(words: [u64; 4]) -> Self {
        Self { words }
    }

    pub(super) fn words(self) -> [u64; 4] {
        self.words
    }

    /// The remaining amount, in credits.
    #[inline]
    #[must_use]
    pub fn remaining(&self) -> Option<Decimal> {
        unpack(self.words[0], self.words[1])
    }

    /// The total amount granted, in credits.
    #[inline]
    #[must_use]
    pub fn total(&self) -> Option<Decimal> {
        unpack(self.words[2], self.words[3])
    }

    /// Whether use is allowed.
    #[inline]
    #[must_use]
    pub fn allowed(&self) -> Option<bool> {
        let bits = high(self.words[3]);
        (bits & ALLOWED_KNOWN != 0).then_some(bits & ALLOWED != 0)
    }

    /// Converts to a [`Balance`] whose source is [`Source::Cache`].
    #[must_use]
    pub fn balance(&self) -> Balance {
        Balance {
            remaining: self.remaining(),
            total: self.total(),
            allowed: self.allowed(),
            source: Some(Source::Cache),
        }
    }
}

impl fmt::Debug for Hit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hit")
            .field("remaining", &self.remaining())
            .field("total", &self.total())
            .field("allowed", &self.allowed())
            .finish()
    }
}

fn pack(amount: Option<Decimal>, flag: u32) -> [u64; 2] {
    let Some(amount) = amount else { return [0, u64::from(flag) << 32] };
    let parts = amount.unpack();
    let sign = if parts.negative { NEGATIVE } else { 0 };
    let flags = PRESENT | flag | sign | (parts.scale << SCALE_SHIFT);
    [u64::from(parts.lo) | (u64::from(parts.mid) << 32), u64::from(parts.hi) | (u64::from(flags) << 32)]
}

#[inline]
fn unpack(first: u64, second: u64) -> Option<Decimal> {
    let flags = high(second);
    (flags & PRESENT != 0).then(|| {
        Decimal::from_parts(low(first), high(first), low(second), flags & NEGATIVE != 0, (flags >> SCALE_SHIFT) & 0xff)
    })
}

#[inline]
#[expect(clippy::cast_possible_truncation, reason = "the upper half is taken by `high`")]
fn low(word: u64) -> u32 {
    word as u32
}

#[inline]
fn high(word: u64) -> u32 {
    (word >> 32) as u32
}
