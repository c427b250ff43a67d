//! Where randomness comes from: a seed, or a recorded list of choices.

/// Raised when a value under construction cannot be completed; the caller tries again.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reject;

/// How many nodes a value may have before only the smallest continuations are taken.
const NODE_BUDGET: i32 = 120;

/// A source of bounded choices. Zero is always the simplest choice, so a list of choices shrinks by
/// getting shorter and smaller, and every list at all makes a value of the same schema.
#[derive(Debug)]
pub(crate) struct Draw {
    state: u64,
    mode: Mode,
    budget: i32,
}

#[derive(Debug)]
enum Mode {
    Random,
    Recording(Vec<u64>),
    Replaying { choices: Vec<u64>, used: Vec<u64> },
}

impl Draw {
    pub(crate) fn seeded(seed: u64) -> Self {
        Self::with(seed, Mode::Random)
    }

    /// As [`Draw::seeded`], and keeps what was chosen.
    pub(crate) fn recording(seed: u64) -> Self {
        Self::with(seed, Mode::Recording(Vec::new()))
    }

    /// Repeats `choices`, clamped to what is asked for; zeros when they run out.
    pub(crate) fn replaying(choices: Vec<u64>) -> Self {
        let used = Vec::with_capacity(choices.len());
        Self::with(0, Mode::Replaying { choices, used })
    }

    fn with(seed: u64, mode: Mode) -> Self {
        Self { state: seed, mode, budget: NODE_BUDGET }
    }

    /// The choices that were really made.
    pub(crate) fn into_choices(self) -> Vec<u64> {
        match self.mode {
            Mode::Random => Vec::new(),
            Mode::Recording(choices) => choices,
            Mode::Replaying { used, .. } => used,
        }
    }

    /// Forgets the size of what was made so far, for another try.
    pub(crate) fn reset_budget(&mut self) {
        self.budget = NODE_BUDGET;
    }

    /// Counts one more node.
    pub(crate) fn count_node(&mut self) {
        self.budget = self.budget.saturating_sub(1);
    }

    /// Whether there is room for more than the smallest value.
    pub(crate) fn has_budget(&self) -> bool {
        self.budget > 0
    }

    /// A number below `bound` (or zero).
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        if bound <= 1 {
            return 0;
        }
        match &mut self.mode {
            Mode::Random => scale(next(&mut self.state), bound),
            Mode::Recording(choices) => {
                let choice = scale(next(&mut self.state), bound);
                choices.push(choice);
                choice
            }
            Mode::Replaying { choices, used } => {
                let choice = choices.get(used.len()).map_or(0, |choice| (*choice).min(bound - 1));
                used.push(choice);
                choice
            }
        }
    }

    /// An index into something of `len` elements.
    pub(crate) fn index(&mut self, len: usize) -> usize {
        usize::try_from(self.below(len as u64)).unwrap_or(0)
    }

    pub(crate) fn pick<'a, T>(&mut self, of: &'a [T]) -> Option<&'a T> {
        of.get(self.index(of.len()))
    }

    /// True once in `n`; false is the simpler one.
    pub(crate) fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == n - 1
    }

    /// A number between the two, both included.
    pub(crate) fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high.saturating_sub(low).saturating_add(1))
    }
}

/// One step of splitmix64: fast, and good enough to choose test data with.
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

fn scale(random: u64, bound: u64) -> u64 {
    let product = u128::from(random) * u128::from(bound);
    u64::try_from(product >> 64).unwrap_or(0)
}

/// The seed of the `n`-th of a series of values.
pub(crate) fn nth_seed(seed: u64, n: u64) -> u64 {
    let mut state = seed ^ n.wrapping_mul(0xd6e8_feb8_6659_fd93);
    next(&mut state)
}
