//! The possible contents of a cache that must store responses: the set of all states that explain the observations.

use super::{BalanceRange, BalanceValues};

/// The possible contents of one tenant's entry in such a cache. Observations remove the states that they contradict.
#[derive(Debug, Clone)]
pub(super) struct CacheModel {
    /// The least time for which a response is cached.
    min_ttl_ms: u64,
    /// The longest time for which a response is cached.
    max_ttl_ms: u64,
    possible: Vec<Content>,
}

/// A point in virtual time: the total by which the subject's clock was moved, and the real time besides, which that clock
/// may or may not count.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct VirtualInstant {
    pub moved_ms: u64,
    pub real_ms: u64,
    /// Moves of the clock beyond those that were asked for on behalf of this tenant. Each may be wrong by the [tolerance](margin_ms).
    pub extra_moves: u64,
}

/// The state of the store behind the balance.
#[derive(Debug, Clone, Copy)]
pub(super) struct Store {
    pub stored: BalanceRange,
    pub down: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Content {
    Nothing,
    Answer(BalanceRange, VirtualInstant),
    /// Contracts do not state whether failures are cached.
    Failure(VirtualInstant),
}

/// The responses that the possible states allow.
#[derive(Debug, Default)]
pub(super) struct Possible {
    pub ranges: Vec<BalanceRange>,
    pub failure: bool,
    /// Some response is possible only because it may be cached.
    pub cached: bool,
    /// A fresh response is possible.
    pub fresh: bool,
}

impl CacheModel {
    pub(super) fn new(min_ttl_ms: u64, max_ttl_ms: u64) -> Self {
        Self { min_ttl_ms, max_ttl_ms, possible: vec![Content::Nothing] }
    }

    /// Records a certain invalidation, which may have stored the current balance.
    pub(super) fn dropped(&mut self, stored: BalanceRange, now: VirtualInstant) {
        self.possible = vec![Content::Nothing, Content::Answer(stored, now)];
    }

    /// Records that the entry is certainly empty.
    pub(super) fn emptied(&mut self) {
        self.possible = vec![Content::Nothing];
    }

    /// Records a fresh response, which may have been cached.
    pub(super) fn filled(&mut self, balance: BalanceValues, now: VirtualInstant) {
        let answer = Content::Answer(BalanceRange::exactly(balance), now);
        self.possible = if self.min_ttl_ms > 0 { vec![answer] } else { vec![Content::Nothing, answer] };
    }

    /// Whether every possible state contains a response that must still be served.
    pub(super) fn must_serve(&self, now: VirtualInstant) -> bool {
        let must = |content: &Content| matches!(content, Content::Answer(_, at) if self.must_last(*at, now));
        self.possible.iter().all(must)
    }

    /// Whether a possible state explains the reported balance; the states that do not are removed.
    pub(super) fn served(&mut self, matches: &impl Fn(&BalanceValues) -> bool, now: VirtualInstant) -> bool {
        let explains = |content: &Content| match content {
            Content::Answer(range, at) if self.may_last(*at, now) => {
                range.known().is_some_and(|balance| matches(&balance))
            }
            _ => false,
        };
        let fitting: Vec<Content> = self.possible.iter().copied().filter(explains).collect();
        let served = !fitting.is_empty();
        self.narrow(fitting);
        served
    }

    /// Records a possible invalidation, which may have stored the current balance.
    pub(super) fn maybe_dropped(&mut self, stored: BalanceRange, now: VirtualInstant) {
        self.add(Content::Nothing);
        self.add(Content::Answer(stored, now));
    }

    pub(super) fn now(&self, store: Store, now: VirtualInstant) -> Possible {
        let mut out = Possible::default();
        for content in &self.possible {
            let mut fresh = true;
            match content {
                Content::Answer(range, at) if self.may_last(*at, now) => {
                    out.ranges.push(*range);
                    out.cached = true;
                    // While the store is down, a request to it is as correct as the cached response.
                    fresh = store.down || !self.must_last(*at, now);
                }
                Content::Failure(at) if self.may_last(*at, now) => (out.failure, out.cached) = (true, true),
                _ => {}
            }
            out.fresh |= fresh;
        }
        if out.fresh && store.down {
            out.failure = true;
        } else if out.fresh {
            out.ranges.push(store.stored);
        }
        out
    }

    /// Removes the states that contradict a response. A response that contradicts all of them changes nothing.
    pub(super) fn answered(&mut self, balance: BalanceValues, store: Store, now: VirtualInstant) {
        let mut fitting = Vec::new();
        let exactly = BalanceRange::exactly(balance);
        for content in &self.possible {
            let mut fresh = !store.down;
            if let Content::Answer(range, at) = content
                && self.may_last(*at, now)
            {
                if range.permits(&balance) {
                    fitting.push(Content::Answer(exactly, *at));
                }
                fresh &= !self.must_last(*at, now);
            }
            if fresh && store.stored.permits(&balance) {
                fitting.push(Content::Answer(exactly, now));
            }
        }
        self.narrow(fitting);
    }

    /// Removes the states that contradict a failure response.
    pub(super) fn failed(&mut self, store: Store, now: VirtualInstant) {
        let mut fitting = Vec::new();
        for content in &self.possible {
            match content {
                Content::Failure(at) if self.may_last(*at, now) => fitting.push(*content),
                Content::Answer(_, at) if store.down && self.may_last(*at, now) => fitting.push(*content),
                _ => {}
            }
        }
        if store.down {
            fitting.extend([Content::Nothing, Content::Failure(now)]);
        }
        self.narrow(fitting);
    }

    fn narrow(&mut self, fitting: Vec<Content>) {
        if !fitting.is_empty() {
            self.possible.clear();
            fitting.into_iter().for_each(|content| self.add(content));
        }
    }

    fn add(&mut self, content: Content) {
        if !self.possible.contains(&content) {
            self.possible.push(content);
        }
    }

    fn may_last(&self, at: VirtualInstant, now: VirtualInstant) -> bool {
        may_last(at, now, self.max_ttl_ms)
    }

    fn must_last(&self, at: VirtualInstant, now: VirtualInstant) -> bool {
        let age_ms = (now.moved_ms - at.moved_ms) + (now.real_ms - at.real_ms);
        age_ms.saturating_add(tolerance_ms(at, now, self.min_ttl_ms)) < self.min_ttl_ms
    }
}

/// Whether a response from that time may still be cached.
pub(super) fn may_last(at: VirtualInstant, now: VirtualInstant, max_ttl_ms: u64) -> bool {
    now.moved_ms - at.moved_ms < max_ttl_ms.saturating_add(tolerance_ms(at, now, max_ttl_ms))
}

fn tolerance_ms(at: VirtualInstant, now: VirtualInstant, ttl_ms: u64) -> u64 {
    margin_ms(ttl_ms).saturating_mul(1 + now.extra_moves - at.extra_moves)
}

/// The tolerance around the end of a TTL: clocks may tick in seconds, and requests take time.
pub(super) fn margin_ms(ttl_ms: u64) -> u64 {
    (ttl_ms / 4).min(1000)
}
