//! The subset construction, which resolves assertions about positions as well.

use std::collections::HashMap;

use regex_syntax::hir::Look;

use crate::regex::equivalence_class::{EquivalenceClass, EquivalenceClasses};
use crate::regex::nfa::{Nfa, State};

/// The maximum number of states of the deterministic automaton.
const MAX_STATES: usize = 3_000;
/// The maximum work: the number of NFA states that are visited over all transitions.
const MAX_WORK: usize = 3_000_000;

/// The character before a position, as far as assertions depend on it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Preceding {
    Start,
    Newline,
    Word,
    Other,
    /// No assertion depends on it.
    Any,
}

/// A state of the deterministic automaton: the states in which the NFA can be.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Subset {
    states: Vec<usize>,
    /// The expressions that have matched. The bit `1 << n` stands for the expression with the number `n`.
    matched: u64,
    preceding: Preceding,
}

/// Builds a deterministic automaton from an NFA.
pub(crate) struct Determinizer<'m> {
    pub(crate) nfa: &'m Nfa,
    pub(crate) classes: &'m EquivalenceClasses,
    /// The expressions that must match, as a bit set.
    pub(crate) required: u64,
    /// The expressions that must not match, as a bit set.
    pub(crate) forbidden: u64,
}

/// For each state its transitions by equivalence class, and whether it accepts.
pub(crate) type States = (Vec<Vec<(usize, usize)>>, Vec<bool>);

impl Determinizer<'_> {
    /// Returns all reachable states. `None` if there are too many.
    pub(crate) fn determinize(&self) -> Option<States> {
        let preceding = if self.nfa.has_assertions { Preceding::Start } else { Preceding::Any };
        let mut start = Subset { states: Vec::new(), matched: 0, preceding };
        for state in &self.nfa.starts {
            self.epsilon_closure(*state, &mut start.states, &mut start.matched);
        }
        self.canonicalize(&mut start);
        let mut numbers = HashMap::from([(start.clone(), 0)]);
        let mut subsets = vec![start];
        let mut states: Vec<Vec<(usize, usize)>> = Vec::new();
        let mut accepting = Vec::new();
        let mut work = 0;
        while states.len() < subsets.len() {
            let subset = subsets[states.len()].clone();
            accepting.push(self.accepts(&subset));
            let mut transitions = Vec::new();
            for (number, class) in self.classes.all().iter().enumerate() {
                work += 1 + subset.states.len();
                if work > MAX_WORK || subsets.len() > MAX_STATES {
                    return None;
                }
                let next = self.step(&subset, class);
                if next.matched & self.forbidden != 0 || self.is_dead(&next) {
                    continue;
                }
                let to = *numbers.entry(next.clone()).or_insert_with(|| {
                    subsets.push(next);
                    subsets.len() - 1
                });
                transitions.push((number, to));
            }
            states.push(transitions);
        }
        Some((states, accepting))
    }

    /// Returns whether a required expression has not matched and has no state left, so that it can no longer match.
    fn is_dead(&self, subset: &Subset) -> bool {
        let open = subset.states.iter().fold(0, |open, state| open | 1_u64 << self.nfa.expression_of(*state));
        self.required & !(subset.matched | open) != 0
    }

    /// Adds all states that are reached without consuming a character. Assertions are resolved later, with the next
    /// character.
    fn epsilon_closure(&self, from: usize, states: &mut Vec<usize>, matched: &mut u64) {
        let mut open = vec![from];
        while let Some(state) = open.pop() {
            match &self.nfa.states[state] {
                State::Match(number) => *matched |= 1 << number,
                State::Split(transitions) => {
                    if !states.contains(&state) {
                        states.push(state);
                        open.extend(transitions);
                    }
                }
                State::Char { .. } | State::Assert(..) => {
                    if !states.contains(&state) {
                        states.push(state);
                    }
                }
            }
        }
    }

    /// Gives equivalent subsets the same form: sorted, without splits and without states of expressions that have
    /// matched.
    fn canonicalize(&self, subset: &mut Subset) {
        let matched = subset.matched;
        subset.states.retain(|state| {
            let has_matched = matched >> self.nfa.expression_of(*state) & 1 == 1;
            !has_matched && !matches!(self.nfa.states[*state], State::Split(_))
        });
        subset.states.sort_unstable();
    }

    /// Returns the subset after resolving all assertions that hold at this position.
    fn resolve_assertions(&self, subset: &Subset, next: Option<&EquivalenceClass>) -> (Vec<usize>, u64) {
        let mut states = subset.states.clone();
        let mut matched = subset.matched;
        let mut at = 0;
        while at < states.len() {
            if let State::Assert(look, onward) = self.nfa.states[states[at]]
                && assertion_holds(look, subset.preceding, next)
            {
                self.epsilon_closure(onward, &mut states, &mut matched);
            }
            at += 1;
        }
        (states, matched)
    }

    fn step(&self, subset: &Subset, class: &EquivalenceClass) -> Subset {
        let (states, matched) = if self.nfa.has_assertions {
            self.resolve_assertions(subset, Some(class))
        } else {
            (subset.states.clone(), subset.matched)
        };
        let preceding = match (self.nfa.has_assertions, class.is_newline, class.is_word) {
            (false, _, _) => Preceding::Any,
            (true, true, _) => Preceding::Newline,
            (true, false, true) => Preceding::Word,
            (true, false, false) => Preceding::Other,
        };
        let mut next = Subset { states: Vec::new(), matched, preceding };
        for state in states {
            if let State::Char { set, next: onward } = self.nfa.states[state]
                && class.in_set(set)
            {
                self.epsilon_closure(onward, &mut next.states, &mut next.matched);
            }
        }
        self.canonicalize(&mut next);
        next
    }

    fn accepts(&self, subset: &Subset) -> bool {
        let (_, matched) = self.resolve_assertions(subset, None);
        matched & self.required == self.required && matched & self.forbidden == 0
    }
}

fn assertion_holds(look: Look, preceding: Preceding, next: Option<&EquivalenceClass>) -> bool {
    let word_before = preceding == Preceding::Word;
    let word_next = next.is_some_and(|class| class.is_word);
    match look {
        Look::Start => preceding == Preceding::Start,
        Look::End => next.is_none(),
        Look::StartLF => matches!(preceding, Preceding::Start | Preceding::Newline),
        Look::EndLF => next.is_none_or(|class| class.is_newline),
        Look::WordAscii | Look::WordUnicode => word_before != word_next,
        Look::WordAsciiNegate | Look::WordUnicodeNegate => word_before == word_next,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::Determinizer;
    use crate::regex::equivalence_class::EquivalenceClasses;
    use crate::regex::nfa::Nfa;

    /// Returns the number of states in which required expressions can be searched.
    fn state_count(required: &[&str]) -> usize {
        let hirs: Vec<_> = required.iter().map(|source| regex_syntax::parse(source).unwrap()).collect();
        let nfa = Nfa::build(hirs.iter()).unwrap();
        let classes = EquivalenceClasses::of(&nfa).unwrap();
        let all = (1 << required.len()) - 1;
        let determinizer = Determinizer { nfa: &nfa, classes: &classes, required: all, forbidden: 0 };
        determinizer.determinize().unwrap().0.len()
    }

    #[test]
    fn state_from_which_an_expression_can_no_longer_match_is_not_explored() {
        // Before each letter, and at the end.
        assert_eq!(state_count(&["^abc$"]), 4);
        assert_eq!(state_count(&["^[a-c]{3}$", "^[b-d]{3}$"]), 4);
        assert_eq!(state_count(&["(?:^a|^b)c$"]), 3);
    }

    #[test]
    fn expression_that_may_match_anywhere_stays_open() {
        // Nothing, a, ab and a match.
        assert_eq!(state_count(&["abc"]), 4);
    }
}
