//! What a cache that must keep answers may hold: every possibility that fits what was seen so far.

use super::{BalanceRange, BalanceValues};

/// The possible contents of one tenant's place in a cache that keeps answers.
#[derive(Debug, Clone)]
pub(super) struct CacheModel {
    /// An answer is kept at least for this long.
    shortest_ms: u64,
    /// An answer is kept no longer than this.
    longest_ms: u64,
    possible: Vec<Content>,
}

/// A moment: what the subject's clock was moved by, and the real time on top, which that clock may count or not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct VirtualInstant {
    pub moved_ms: u64,
    pub real_ms: u64,
}

/// How the store is now.
#[derive(Debug, Clone, Copy)]
pub(super) struct Store {
    pub truth: BalanceRange,
    pub down: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Content {
    Nothing,
    Answer(BalanceRange, VirtualInstant),
    /// Whether failures are kept is said nowhere.
    Failure(VirtualInstant),
}

/// What a cache of this kind allows to be answered.
#[derive(Debug, Default)]
pub(super) struct Possible {
    pub spans: Vec<BalanceRange>,
    pub failure: bool,
    /// Some answer is possible only because it was kept.
    pub kept: bool,
    /// A fresh answer is possible.
    pub fresh: bool,
}

impl CacheModel {
    pub(super) fn new(shortest_ms: u64, longest_ms: u64) -> Self {
        Self { shortest_ms, longest_ms, possible: vec![Content::Nothing] }
    }

    /// Something dropped the answer for sure, and may have put the balance of the moment in its place.
    pub(super) fn dropped(&mut self, truth: BalanceRange, now: VirtualInstant) {
        self.possible = vec![Content::Nothing, Content::Answer(truth, now)];
    }

    /// Nothing is kept for sure.
    pub(super) fn emptied(&mut self) {
        self.possible = vec![Content::Nothing];
    }

    /// A fresh answer came, and may have been kept.
    pub(super) fn filled(&mut self, balance: BalanceValues, now: VirtualInstant) {
        let answer = Content::Answer(BalanceRange::exactly(balance), now);
        self.possible = if self.shortest_ms > 0 { vec![answer] } else { vec![Content::Nothing, answer] };
    }

    /// Whether an answer is kept, whatever else is not known, that must be given.
    pub(super) fn must_serve(&self, now: VirtualInstant) -> bool {
        let must = |content: &Content| matches!(content, Content::Answer(_, at) if self.must_last(*at, now));
        self.possible.iter().all(must)
    }

    /// Whether an answer was given that may be kept; it stays so, and is what is kept.
    pub(super) fn served(&mut self, tells: &impl Fn(&BalanceValues) -> bool, now: VirtualInstant) -> bool {
        let told = |content: &Content| match content {
            Content::Answer(span, at) if self.may_last(*at, now) => span.known().is_some_and(|balance| tells(&balance)),
            _ => false,
        };
        let fitting: Vec<Content> = self.possible.iter().copied().filter(told).collect();
        let served = !fitting.is_empty();
        self.narrow(fitting);
        served
    }

    /// Something may have dropped the answer, or have put the balance of the moment in its place.
    pub(super) fn maybe_dropped(&mut self, truth: BalanceRange, now: VirtualInstant) {
        self.add(Content::Nothing);
        self.add(Content::Answer(truth, now));
    }

    pub(super) fn now(&self, store: Store, now: VirtualInstant) -> Possible {
        let mut out = Possible::default();
        for content in &self.possible {
            let mut fresh = true;
            match content {
                Content::Answer(span, at) if self.may_last(*at, now) => {
                    out.spans.push(*span);
                    out.kept = true;
                    // While the store is down, asking it all the same is as right as giving what was kept.
                    fresh = store.down || !self.must_last(*at, now);
                }
                Content::Failure(at) if self.may_last(*at, now) => (out.failure, out.kept) = (true, true),
                _ => {}
            }
            out.fresh |= fresh;
        }
        if out.fresh && store.down {
            out.failure = true;
        } else if out.fresh {
            out.spans.push(store.truth);
        }
        out
    }

    /// Keeps to the possibilities that fit an answer. One that fits none leaves them as they are.
    pub(super) fn answered(&mut self, balance: BalanceValues, store: Store, now: VirtualInstant) {
        let mut fitting = Vec::new();
        let exactly = BalanceRange::exactly(balance);
        for content in &self.possible {
            let mut fresh = !store.down;
            if let Content::Answer(span, at) = content
                && self.may_last(*at, now)
            {
                if span.permits(&balance) {
                    fitting.push(Content::Answer(exactly, *at));
                }
                fresh &= !self.must_last(*at, now);
            }
            if fresh && store.truth.permits(&balance) {
                fitting.push(Content::Answer(exactly, now));
            }
        }
        self.narrow(fitting);
    }

    /// The same for the answer to a failing store.
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
        now.moved_ms - at.moved_ms < self.longest_ms.saturating_add(margin_ms(self.longest_ms))
    }

    fn must_last(&self, at: VirtualInstant, now: VirtualInstant) -> bool {
        let age_ms = (now.moved_ms - at.moved_ms) + (now.real_ms - at.real_ms);
        age_ms.saturating_add(margin_ms(self.shortest_ms)) < self.shortest_ms
    }
}

/// How close to the end of a TTL nothing is judged: clocks tick in seconds, and requests take their time.
pub(super) fn margin_ms(ttl_ms: u64) -> u64 {
    (ttl_ms / 4).min(1000)
}
