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

    /// Returns whether a simpler value shows the same failure as the first one.
    fn is_same_failure(&self, first: &Self::Value, simpler: &Self::Value) -> bool;
}

/// The maximum number of shrinking attempts.
const BUDGET: u32 = 4_000;

/// A value, and the simpler values that it shrinks to.
#[derive(Debug)]
pub(crate) struct ShrinkTree<M: FromChoices> {
    source: Arc<M>,
    seed: u64,
    best: M::Value,
    current: Option<(M::Value, Vec<u64>)>,
    search: Option<Search>,
}

#[derive(Debug)]
struct Search {
    choices: Vec<u64>,
    pass: Pass,
    /// The position of the pass in the sequence.
    at: usize,
    size: usize,
    /// The lower bound in the binary search for the smallest choice.
    low: u64,
    progress: bool,
    budget: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pass {
    AllZero,
    Delete,
    ZeroBlocks,
    LowerChoices,
    Done,
}

impl<M: FromChoices> ShrinkTree<M> {
    pub(crate) fn new(source: Arc<M>, seed: u64, value: M::Value) -> Self {
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
                && self.source.is_same_failure(&self.best, &value)
            {
                self.current = Some((value, used));
                return true;
            }
            search.rejected();
        }
        false
    }
}

impl<M: FromChoices> ValueTree for ShrinkTree<M> {
    type Value = M::Value;

    fn current(&self) -> M::Value {
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
        Self { choices, pass: Pass::AllZero, at: 0, size: 0, low: 0, progress: false, budget: BUDGET }
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
                    let mut list = self.choices.clone();
                    if self.pass == Pass::Delete {
                        list.drain(self.at..end);
                    } else if list[self.at..end].iter().all(|choice| *choice == 0) {
                        self.at = end;
                        continue;
                    } else {
                        list[self.at..end].fill(0);
                    }
                    return Some(list);
                }
                Pass::LowerChoices => {
                    let Some(choice) = self.choices.get(self.at) else {
                        self.enter(if self.progress { Pass::Delete } else { Pass::Done });
                        self.progress = false;
                        continue;
                    };
                    if self.low >= *choice {
                        self.at += 1;
                        self.low = 0;
                        continue;
                    }
                    let middle = self.low + (*choice - self.low) / 2;
                    let mut list = self.choices.clone();
                    list[self.at] = middle;
                    return Some(list);
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
        self.progress = true;
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

fn is_simpler(one: &[u64], other: &[u64]) -> bool {
    (one.len(), one) < (other.len(), other)
}
