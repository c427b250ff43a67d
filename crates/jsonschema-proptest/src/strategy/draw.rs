//! The choice sequence behind a generated value.
//!
//! All randomness of a value comes from a sequence of bounded choices, which is recorded. Shrinking edits the sequence and
//! generates the value again (internal shrinking, as in Hypothesis), so that shrunk values satisfy the schema by
//! construction.

/// Returned if a value cannot be completed. The caller tries again.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reject;

/// The number of nodes after which only the smallest values are generated.
const NODE_BUDGET: i32 = 120;

/// A source of bounded choices. Zero is the simplest choice, so a sequence is simplified by making it shorter and its
/// choices smaller. Every sequence generates a value of the same schema.
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

    /// Creates a random source that records its choices.
    pub(crate) fn recording(seed: u64) -> Self {
        Self::with(seed, Mode::Recording(Vec::new()))
    }

    /// Replays choices, clamped to the bounds that are asked for. When they run out, all further choices are zero.
    pub(crate) fn replaying(choices: Vec<u64>) -> Self {
        let used = Vec::with_capacity(choices.len());
        Self::with(0, Mode::Replaying { choices, used })
    }

    fn with(seed: u64, mode: Mode) -> Self {
        Self { state: seed, mode, budget: NODE_BUDGET }
    }

    /// Returns the choices that were made.
    pub(crate) fn into_choices(self) -> Vec<u64> {
        match self.mode {
            Mode::Random => Vec::new(),
            Mode::Recording(choices) => choices,
            Mode::Replaying { used, .. } => used,
        }
    }

    /// Resets the node budget for another attempt.
    pub(crate) fn reset_budget(&mut self) {
        self.budget = NODE_BUDGET;
    }

    /// Counts one node.
    pub(crate) fn count_node(&mut self) {
        self.budget = self.budget.saturating_sub(1);
    }

    /// Returns whether more than the smallest value may be generated.
    pub(crate) fn has_budget(&self) -> bool {
        self.budget > 0
    }

    /// Returns a number below `bound`, or zero.
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

    /// Returns an index into a list of `len` elements.
    pub(crate) fn index(&mut self, len: usize) -> usize {
        usize::try_from(self.below(len as u64)).unwrap_or(0)
    }

    pub(crate) fn pick<'a, T>(&mut self, of: &'a [T]) -> Option<&'a T> {
        of.get(self.index(of.len()))
    }

    /// Returns true with a probability of 1/`n`. False is the simpler choice.
    pub(crate) fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == n - 1
    }

    /// Returns a number in an inclusive range.
    pub(crate) fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high.saturating_sub(low).saturating_add(1))
    }
}

/// One step of splitmix64, which is fast, and good enough for test data.
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

/// Returns the seed of the `n`-th value of a series.
pub(crate) fn nth_seed(seed: u64, n: u64) -> u64 {
    let mut state = seed ^ n.wrapping_mul(0xd6e8_feb8_6659_fd93);
    next(&mut state)
}
