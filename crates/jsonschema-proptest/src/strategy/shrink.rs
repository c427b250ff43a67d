//! Internal shrinking: a shorter or smaller choice sequence generates a simpler value of the same schema.

use std::fmt;
use std::sync::Arc;

use proptest::strategy::ValueTree;

use crate::strategy::draw::Draw;

/// A generator driven by a choice sequence.
pub(crate) trait FromChoices: fmt::Debug {
    type Value: Clone + fmt::Debug;

    /// Generates a value. Returns `None` if the choices lead to no valid value.
    fn generate(&self, draw: &mut Draw) -> Option<Self::Value>;

    /// Returns whether the simpler value may replace the first one. A breaking value must break the same keyword in the same
    /// place. The test is not run here.
    fn is_comparable(&self, first: &Self::Value, simpler: &Self::Value) -> bool;
}

/// The maximum number of shrinking attempts.
const BUDGET: u32 = 4_000;

/// A value, and the simpler values that it shrinks to.
#[derive(Debug)]
pub(crate) struct ShrinkTree<S: FromChoices> {
    source: Arc<S>,
    seed: u64,
    /// The simplest value with which the test is known to fail.
    best: S::Value,
    /// A simpler value that is to be tested, and its choices.
    current: Option<(S::Value, Vec<u64>)>,
    /// `None` before the first step.
    search: Option<Search>,
}

/// The search for a simpler choice sequence.
#[derive(Debug)]
struct Search {
    /// The simplest sequence so far.
    choices: Vec<u64>,
    pass: Pass,
    /// The position of the pass in the sequence.
    at: usize,
    /// The number of choices that are deleted or set to zero at once.
    size: usize,
    /// The lower bound in the binary search for the smallest choice.
    low: u64,
    /// Whether any of the passes has found a simpler sequence. If so, they are repeated.
    has_progress: bool,
    /// The number of attempts that are left.
    budget: u32,
}

/// One way to simplify a sequence. The passes follow each other in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pass {
    /// The empty sequence, which stands for zeros only.
    AllZero,
    /// Deletes runs of choices: long ones first.
    Delete,
    /// Sets runs of choices to zero: long ones first.
    ZeroBlocks,
    /// Searches for the smallest value of each choice.
    LowerChoices,
    Done,
}

impl<S: FromChoices> ShrinkTree<S> {
    pub(crate) fn new(source: Arc<S>, seed: u64, value: S::Value) -> Self {
        Self { source, seed, best: value, current: None, search: None }
    }

    /// Advances to the next simpler value. Returns false if there is none.
    fn advance(&mut self) -> bool {
        if self.search.is_none() {
            let mut draw = Draw::recording(self.seed);
            if self.source.generate(&mut draw).is_some() {
                self.search = Some(Search::new(draw.into_choices()));
            }
        }
        let Some(search) = &mut self.search else {
            return false;
        };
        while let Some(candidate) = search.next() {
            let mut draw = Draw::replaying(candidate);
            let generated = self.source.generate(&mut draw);
            let used = draw.into_choices();
            if is_simpler(&used, &search.choices)
                && let Some(value) = generated
                && self.source.is_comparable(&self.best, &value)
            {
                self.current = Some((value, used));
                return true;
            }
            search.rejected();
        }
        false
    }
}

impl<S: FromChoices> ValueTree for ShrinkTree<S> {
    type Value = S::Value;

    fn current(&self) -> S::Value {
        self.current.as_ref().map_or_else(|| self.best.clone(), |(value, _)| value.clone())
    }

    fn simplify(&mut self) -> bool {
        if let Some((value, choices)) = self.current.take() {
            self.best = value;
            if let Some(search) = &mut self.search {
                search.accepted(choices);
            }
        }
        self.advance()
    }

    fn complicate(&mut self) -> bool {
        if self.current.take().is_none() {
            return false;
        }
        if let Some(search) = &mut self.search {
            search.rejected();
        }
        self.advance()
    }
}

impl Search {
    fn new(choices: Vec<u64>) -> Self {
        Self { choices, pass: Pass::AllZero, at: 0, size: 0, low: 0, has_progress: false, budget: BUDGET }
    }

    /// Returns the next sequence to try.
    fn next(&mut self) -> Option<Vec<u64>> {
        self.budget = self.budget.checked_sub(1)?;
        loop {
            let len = self.choices.len();
            match self.pass {
                Pass::AllZero => return Some(Vec::new()),
                Pass::Delete | Pass::ZeroBlocks => {
                    if self.size == 0 {
                        self.enter(if self.pass == Pass::Delete { Pass::ZeroBlocks } else { Pass::LowerChoices });
                        continue;
                    }
                    if self.at >= len {
                        self.size /= 2;
                        self.at = 0;
                        continue;
                    }
                    let end = (self.at + self.size).min(len);
                    let mut simpler = self.choices.clone();
                    if self.pass == Pass::Delete {
                        simpler.drain(self.at..end);
                    } else if simpler[self.at..end].iter().all(|choice| *choice == 0) {
                        self.at = end;
                        continue;
                    } else {
                        simpler[self.at..end].fill(0);
                    }
                    return Some(simpler);
                }
                Pass::LowerChoices => {
                    let Some(choice) = self.choices.get(self.at) else {
                        self.enter(if self.has_progress { Pass::Delete } else { Pass::Done });
                        self.has_progress = false;
                        continue;
                    };
                    if self.low >= *choice {
                        self.at += 1;
                        self.low = 0;
                        continue;
                    }
                    let middle = self.low + (*choice - self.low) / 2;
                    let mut simpler = self.choices.clone();
                    simpler[self.at] = middle;
                    return Some(simpler);
                }
                Pass::Done => return None,
            }
        }
    }

    fn enter(&mut self, pass: Pass) {
        self.pass = pass;
        self.at = 0;
        self.low = 0;
        self.size = match pass {
            Pass::Delete | Pass::ZeroBlocks => (self.choices.len() / 2).max(1),
            _ => 0,
        };
    }

    fn accepted(&mut self, choices: Vec<u64>) {
        self.has_progress = true;
        self.choices = choices;
        if self.pass == Pass::AllZero {
            self.enter(Pass::Done);
        }
    }

    fn rejected(&mut self) {
        match self.pass {
            Pass::AllZero => self.enter(Pass::Delete),
            Pass::Delete | Pass::ZeroBlocks => self.at += self.size.max(1),
            Pass::LowerChoices => {
                let choice = self.choices.get(self.at).copied().unwrap_or(0);
                self.low += (choice - self.low.min(choice)) / 2 + 1;
            }
            Pass::Done => {}
        }
    }
}

/// Compares by length first, then in lexicographic order (shortlex).
fn is_simpler(one: &[u64], other: &[u64]) -> bool {
    (one.len(), one) < (other.len(), other)
}
