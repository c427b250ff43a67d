//! From a nondeterministic machine to a deterministic one, with look-around settled on the way.

use std::collections::HashMap;

use regex_syntax::hir::Look;

use crate::alphabet::{Alphabet, Letter};
use crate::regular::{Machine, Step};

const MAX_STATES: usize = 3_000;
const MAX_WORK: usize = 3_000_000;

/// What came before a position, as far as look-around cares.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Before {
    Start,
    Newline,
    Word,
    Other,
    /// Nobody cares.
    Any,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Subset {
    steps: Vec<usize>,
    found: u64,
    before: Before,
}

/// Builds the deterministic machine.
pub(crate) struct Determinizer<'m> {
    pub(crate) machine: &'m Machine,
    pub(crate) alphabet: &'m Alphabet,
    pub(crate) wanted: u64,
    pub(crate) unwanted: u64,
}

/// For each state where its letters lead, and whether texts may end there.
pub(crate) type States = (Vec<Vec<(usize, usize)>>, Vec<bool>);

impl Determinizer<'_> {
    /// All states that can be reached; `None` if there are too many.
    pub(crate) fn run(&self) -> Option<States> {
        let before = if self.machine.has_looks { Before::Start } else { Before::Any };
        let mut start = Subset { steps: Vec::new(), found: 0, before };
        for step in &self.machine.starts {
            self.close(*step, &mut start.steps, &mut start.found);
        }
        self.settle(&mut start);
        let mut numbers = HashMap::from([(start.clone(), 0)]);
        let mut subsets = vec![start];
        let mut states: Vec<Vec<(usize, usize)>> = Vec::new();
        let mut accepting = Vec::new();
        let mut work = 0;
        while states.len() < subsets.len() {
            let subset = subsets[states.len()].clone();
            accepting.push(self.accepts(&subset));
            let mut ways = Vec::new();
            for (number, letter) in self.alphabet.letters().iter().enumerate() {
                work += 1 + subset.steps.len();
                if work > MAX_WORK || subsets.len() > MAX_STATES {
                    return None;
                }
                let next = self.read(&subset, letter);
                if next.found & self.unwanted != 0 || self.is_lost(&next) {
                    continue;
                }
                let to = *numbers.entry(next.clone()).or_insert_with(|| {
                    subsets.push(next);
                    subsets.len() - 1
                });
                ways.push((number, to));
            }
            states.push(ways);
        }
        Some((states, accepting))
    }

    /// Whether something wanted can no longer be found.
    fn is_lost(&self, subset: &Subset) -> bool {
        subset.steps.is_empty() && subset.found & self.wanted != self.wanted
    }

    /// Adds everything that is reached without reading; look-around waits for what comes next.
    fn close(&self, from: usize, steps: &mut Vec<usize>, found: &mut u64) {
        let mut open = vec![from];
        while let Some(step) = open.pop() {
            match &self.machine.steps[step] {
                Step::Found(number) => *found |= 1 << number,
                Step::Fork(ways) => {
                    if !steps.contains(&step) {
                        steps.push(step);
                        open.extend(ways);
                    }
                }
                Step::Char { .. } | Step::Look(..) => {
                    if !steps.contains(&step) {
                        steps.push(step);
                    }
                }
            }
        }
    }

    /// One form for equal subsets: sorted, without forks and what no longer matters.
    fn settle(&self, subset: &mut Subset) {
        let decided = subset.found;
        let owner = |step: usize| {
            // Each expression's steps lie between its own mark and the next one's.
            self.machine.starts.partition_point(|start| start + 1 < step)
        };
        subset
            .steps
            .retain(|step| !matches!(self.machine.steps[*step], Step::Fork(_)) && decided >> owner(*step) & 1 == 0);
        subset.steps.sort_unstable();
    }

    /// The subset with all look-around settled that holds at this position.
    fn looked(&self, subset: &Subset, next: Option<&Letter>) -> (Vec<usize>, u64) {
        let mut steps = subset.steps.clone();
        let mut found = subset.found;
        let mut at = 0;
        while at < steps.len() {
            if let Step::Look(look, onward) = self.machine.steps[steps[at]]
                && holds(look, subset.before, next)
            {
                self.close(onward, &mut steps, &mut found);
            }
            at += 1;
        }
        (steps, found)
    }

    fn read(&self, subset: &Subset, letter: &Letter) -> Subset {
        let (steps, found) = if self.machine.has_looks {
            self.looked(subset, Some(letter))
        } else {
            (subset.steps.clone(), subset.found)
        };
        let before = match (self.machine.has_looks, letter.newline, letter.word) {
            (false, _, _) => Before::Any,
            (true, true, _) => Before::Newline,
            (true, false, true) => Before::Word,
            (true, false, false) => Before::Other,
        };
        let mut next = Subset { steps: Vec::new(), found, before };
        for step in steps {
            if let Step::Char { set, next: onward } = self.machine.steps[step]
                && letter.in_set(set)
            {
                self.close(onward, &mut next.steps, &mut next.found);
            }
        }
        self.settle(&mut next);
        next
    }

    fn accepts(&self, subset: &Subset) -> bool {
        let (_, found) = self.looked(subset, None);
        found & self.wanted == self.wanted && found & self.unwanted == 0
    }
}

fn holds(look: Look, before: Before, next: Option<&Letter>) -> bool {
    let word_before = before == Before::Word;
    let word_next = next.is_some_and(|letter| letter.word);
    match look {
        Look::Start => before == Before::Start,
        Look::End => next.is_none(),
        Look::StartLF => matches!(before, Before::Start | Before::Newline),
        Look::EndLF => next.is_none_or(|letter| letter.newline),
        Look::WordAscii | Look::WordUnicode => word_before != word_next,
        Look::WordAsciiNegate | Look::WordUnicodeNegate => word_before == word_next,
        _ => false,
    }
}
