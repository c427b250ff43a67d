//! A deterministic finite automaton (DFA) that combines required and forbidden patterns, and generates strings by
//! random walks.
//!
//! Intersection and complement are exact, because the automaton is deterministic. Lengths are counted in characters,
//! because it consumes characters.

use regex_syntax::hir::Hir;

use crate::regex::determinize::Determinizer;
use crate::regex::equivalence_class::EquivalenceClasses;
use crate::regex::nfa::Nfa;
use crate::strategy::draw::{Draw, Reject};

/// The maximum size of the table of reachable lengths, in bits.
const MAX_TABLE: usize = 32_000_000;
/// The maximum length of a generated string.
pub(crate) const MAX_TEXT: u64 = 50_000;
/// The number of lengths explored beyond the shortest string.
const WINDOW: u64 = 48;

/// The result of an intersection.
#[derive(Debug)]
pub(crate) enum Intersection {
    Dfa(Dfa),
    /// No string is in the intersection.
    Empty,
    /// Only strings that exceed the maximum length are in the intersection.
    TooLong,
    /// The automaton is too large, or an expression is not regular.
    Unsupported,
}

/// The automaton. Transitions that lead to no accepting state are not taken.
#[derive(Debug)]
pub(crate) struct Dfa {
    classes: EquivalenceClasses,
    /// For each state its transitions: the number of an equivalence class and the next state.
    states: Vec<Vec<(usize, usize)>>,
    /// `reachable[n]` is the set of states from which an accepting state is reached after exactly `n` characters.
    reachable: Vec<Vec<u64>>,
    /// The lengths of accepted strings, within the explored window.
    lengths: Vec<usize>,
}

impl Dfa {
    /// Intersects expressions and limits of length. Expressions marked false must not match.
    pub(crate) fn build(expressions: &[(&Hir, bool)], min: u64, max: Option<u64>) -> Intersection {
        if expressions.len() > 60 {
            return Intersection::Unsupported;
        }
        let Some(nfa) = Nfa::build(expressions.iter().map(|(hir, _)| *hir)) else {
            return Intersection::Unsupported;
        };
        let Some(classes) = EquivalenceClasses::of(&nfa) else {
            return Intersection::Unsupported;
        };
        let ascii_only = nfa.ascii_only;
        let required = bit_set(expressions, true);
        let forbidden = bit_set(expressions, false);
        let determinizer = Determinizer { nfa: &nfa, classes: &classes, required, forbidden };
        let Some((states, accepting)) = determinizer.determinize() else {
            return Intersection::Unsupported;
        };
        match Self::with_lengths(classes, states, &accepting, min, max) {
            // Without non-ASCII characters, emptiness is not proven.
            Intersection::Empty if ascii_only => Intersection::Unsupported,
            built => built,
        }
    }

    fn with_lengths(
        classes: EquivalenceClasses,
        states: Vec<Vec<(usize, usize)>>,
        accepting: &[bool],
        min: u64,
        max: Option<u64>,
    ) -> Intersection {
        let words = states.len().div_ceil(64);
        let Some(shortest) = shortest(&states, accepting) else {
            return Intersection::Empty;
        };
        if max.is_some_and(|max| max < shortest.max(min)) {
            return Intersection::Empty;
        }
        let window = WINDOW.max(states.len() as u64);
        let max_length = shortest.max(min).saturating_add(window);
        let max_length = max.map_or(max_length, |max| max.min(max_length));
        let max_length = max_length.min(MAX_TEXT);
        let Ok(max_length) = usize::try_from(max_length) else {
            return Intersection::TooLong;
        };
        if min > MAX_TEXT || shortest > MAX_TEXT || (max_length + 1) * words * 64 > MAX_TABLE {
            return Intersection::TooLong;
        }
        let mut reachable = Vec::with_capacity(max_length + 1);
        reachable.push(state_set(words, |state| accepting.get(state) == Some(&true)));
        for length in 1..=max_length {
            let shorter: &Vec<u64> = &reachable[length - 1];
            let longer = state_set(words, |state| {
                states.get(state).is_some_and(|transitions| transitions.iter().any(|(_, to)| has(shorter, *to)))
            });
            reachable.push(longer);
        }
        let min = usize::try_from(min).unwrap_or(usize::MAX);
        let lengths: Vec<usize> = (min..=max_length).filter(|length| has(&reachable[*length], 0)).collect();
        if lengths.is_empty() {
            // By the pumping lemma, a longer string implies a shorter one within the window.
            let pumped = max_length >= min.saturating_add(states.len());
            let explored = max.is_some_and(|max| max <= max_length as u64);
            return if pumped || explored { Intersection::Empty } else { Intersection::TooLong };
        }
        Intersection::Dfa(Self { classes, states, reachable, lengths })
    }

    /// Returns the length of the shortest string.
    pub(crate) fn shortest(&self) -> usize {
        self.lengths.first().copied().unwrap_or(0)
    }

    /// Returns all strings if there are at most `limit`.
    pub(crate) fn enumerate(&self, limit: usize) -> Option<Vec<String>> {
        // A short table is limited by a maximum length, not by the window.
        let mut open = vec![(0, self.lengths.clone(), String::new())];
        let mut texts = Vec::new();
        if self.reachable.len() > 24 {
            return None;
        }
        while let Some((state, lengths, text)) = open.pop() {
            if texts.len() + open.len() > limit {
                return None;
            }
            if lengths.contains(&0) {
                texts.push(text.clone());
            }
            for (class, to) in &self.states[state] {
                let rest: Vec<usize> = lengths
                    .iter()
                    .filter(|left| **left > 0 && has(&self.reachable[**left - 1], *to))
                    .map(|left| left - 1)
                    .collect();
                if rest.is_empty() {
                    continue;
                }
                for char in self.classes.get(*class).chars(limit)? {
                    let mut longer = text.clone();
                    longer.push(char);
                    open.push((*to, rest.clone(), longer));
                    if open.len() > limit {
                        return None;
                    }
                }
            }
        }
        Some(texts)
    }

    /// Writes one string.
    pub(crate) fn draw(&self, draw: &mut Draw, out: &mut String) -> Result<(), Reject> {
        let last = self.lengths.len() - 1;
        let near = last.min(12);
        let length = match draw.below(8) {
            0..=1 => 0,
            2..=5 => draw.index(near + 1),
            6 => draw.index(last + 1),
            _ => last,
        };
        let length = if draw.has_budget() { length } else { 0 };
        let mut state = 0;
        for left in (0..*self.lengths.get(length).ok_or(Reject)?).rev() {
            let open = &self.reachable[left];
            let transitions = self.states[state].iter().filter(|(_, to)| has(open, *to));
            let weight = |class: usize| self.classes.get(class).weight;
            let total = transitions.clone().map(|(class, _)| weight(*class)).sum();
            let mut chosen = draw.below(total);
            let mut transitions = transitions;
            let (class, to) = transitions
                .find(|(class, _)| {
                    let found = chosen < weight(*class);
                    chosen = chosen.saturating_sub(weight(*class));
                    found
                })
                .ok_or(Reject)?;
            out.push(self.classes.get(*class).draw(draw));
            state = *to;
        }
        Ok(())
    }
}

/// Returns the expressions that must match (or, if false, must not match), as a bit set.
fn bit_set(expressions: &[(&Hir, bool)], must_match: bool) -> u64 {
    let numbers = expressions.iter().enumerate().filter(|(_, (_, expected))| *expected == must_match);
    numbers.fold(0, |bits, (number, _)| bits | 1 << number)
}

/// Returns whether a set contains a state.
fn has(bits: &[u64], state: usize) -> bool {
    bits.get(state / 64).is_some_and(|word| word >> (state % 64) & 1 == 1)
}

/// Returns the set of the states for which a condition holds.
fn state_set(words: usize, contains: impl Fn(usize) -> bool) -> Vec<u64> {
    let word = |word: usize| (0..64).filter(|bit| contains(word * 64 + bit)).fold(0, |bits, bit| bits | 1_u64 << bit);
    (0..words).map(word).collect()
}

/// Returns the length of the shortest accepted string.
fn shortest(states: &[Vec<(usize, usize)>], accepting: &[bool]) -> Option<u64> {
    let mut seen = vec![false; states.len()];
    let mut level = vec![0];
    let mut length = 0;
    while !level.is_empty() {
        if level.iter().any(|state| accepting.get(*state) == Some(&true)) {
            return Some(length);
        }
        let mut next = Vec::new();
        for state in level {
            for (_, to) in &states[state] {
                if !std::mem::replace(&mut seen[*to], true) {
                    next.push(*to);
                }
            }
        }
        level = next;
        length += 1;
    }
    None
}
