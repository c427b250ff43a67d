//! Regular expressions as a nondeterministic finite automaton (NFA) over characters.

use regex_syntax::hir::{Class, Hir, HirKind, Look};

/// The maximum number of states. Larger patterns are matched only, not generated from.
const MAX_STATES: usize = 6_000;

/// Sorted, inclusive ranges of Unicode scalar values.
pub(crate) type Ranges = Vec<(u32, u32)>;

#[derive(Debug)]
pub(crate) enum State {
    /// Consumes one character of a set.
    Char { set: usize, next: usize },
    /// Continues in each of these states, without consuming a character.
    Split(Vec<usize>),
    /// Continues if an assertion about the position holds.
    Assert(Look, usize),
    /// The expression with this number has matched.
    Match(usize),
}

/// An NFA that searches for several expressions at once.
#[derive(Debug, Default)]
pub(crate) struct Nfa {
    pub(crate) states: Vec<State>,
    pub(crate) char_sets: Vec<Ranges>,
    /// The first state of each expression in a run. It has the largest index of the states of its expression.
    pub(crate) starts: Vec<usize>,
    pub(crate) has_assertions: bool,
    /// Whether texts are limited to ASCII, because word boundaries are supported for ASCII only.
    pub(crate) ascii_only: bool,
}

impl Nfa {
    /// Builds the NFA. `None` if it is too large, or an expression is not supported.
    pub(crate) fn build<'h>(expressions: impl Iterator<Item = &'h Hir>) -> Option<Self> {
        let mut nfa = Self::default();
        let any = nfa.set(vec![(0, 0xD7FF), (0xE000, 0x0010_FFFF)]);
        for (number, hir) in expressions.enumerate() {
            let matched = nfa.push_state(State::Match(number))?;
            let body = nfa.add_regex(hir, matched)?;
            // A search: any text may precede the match, unless it must begin at the start. What follows does not matter.
            let mut entries = vec![body];
            if !hir.properties().look_set_prefix().contains(Look::Start) {
                let start = nfa.states.len() + 1;
                entries.push(nfa.push_state(State::Char { set: any, next: start })?);
            }
            let start = nfa.push_state(State::Split(entries))?;
            nfa.starts.push(start);
        }
        Some(nfa)
    }

    /// Returns the number of the expression that a state belongs to.
    pub(crate) fn expression_of(&self, state: usize) -> usize {
        self.starts.partition_point(|start| *start < state)
    }

    fn push_state(&mut self, state: State) -> Option<usize> {
        if self.states.len() >= MAX_STATES {
            return None;
        }
        self.states.push(state);
        Some(self.states.len() - 1)
    }

    fn set(&mut self, ranges: Ranges) -> usize {
        if let Some(known) = self.char_sets.iter().position(|set| *set == ranges) {
            return known;
        }
        self.char_sets.push(ranges);
        self.char_sets.len() - 1
    }

    /// Adds an expression that continues in `next`, and returns its first state.
    fn add_regex(&mut self, hir: &Hir, next: usize) -> Option<usize> {
        match hir.kind() {
            HirKind::Empty => Some(next),
            HirKind::Literal(literal) => {
                let text = std::str::from_utf8(&literal.0).ok()?;
                let mut next = next;
                for char in text.chars().rev() {
                    let set = self.set(vec![(u32::from(char), u32::from(char))]);
                    next = self.push_state(State::Char { set, next })?;
                }
                Some(next)
            }
            HirKind::Class(Class::Unicode(class)) => {
                let ranges = class.iter().map(|range| (u32::from(range.start()), u32::from(range.end())));
                let set = self.set(ranges.collect());
                self.push_state(State::Char { set, next })
            }
            HirKind::Class(Class::Bytes(class)) => {
                if !class.is_ascii() {
                    return None;
                }
                let ranges = class.iter().map(|range| (u32::from(range.start()), u32::from(range.end())));
                let set = self.set(ranges.collect());
                self.push_state(State::Char { set, next })
            }
            HirKind::Look(look) => {
                self.has_assertions = true;
                match look {
                    Look::Start | Look::End | Look::StartLF | Look::EndLF => {}
                    Look::WordAscii | Look::WordAsciiNegate | Look::WordUnicode | Look::WordUnicodeNegate => {
                        self.ascii_only = true;
                    }
                    _ => return None,
                }
                self.push_state(State::Assert(*look, next))
            }
            HirKind::Capture(capture) => self.add_regex(&capture.sub, next),
            HirKind::Concat(subs) => {
                let mut next = next;
                for sub in subs.iter().rev() {
                    next = self.add_regex(sub, next)?;
                }
                Some(next)
            }
            HirKind::Alternation(subs) => {
                let alternatives = subs.iter().map(|sub| self.add_regex(sub, next));
                let alternatives = alternatives.collect::<Option<Vec<_>>>()?;
                self.push_state(State::Split(alternatives))
            }
            HirKind::Repetition(repetition) => {
                let mut next = next;
                match repetition.max {
                    None => {
                        let again = self.push_state(State::Split(Vec::new()))?;
                        let body = self.add_regex(&repetition.sub, again)?;
                        self.states[again] = State::Split(vec![next, body]);
                        next = again;
                    }
                    Some(max) => {
                        let after = next;
                        for _ in repetition.min..max {
                            let body = self.add_regex(&repetition.sub, next)?;
                            next = self.push_state(State::Split(vec![after, body]))?;
                        }
                    }
                }
                for _ in 0..repetition.min {
                    let before = self.states.len();
                    next = self.add_regex(&repetition.sub, next)?;
                    if self.states.len() == before {
                        // The repeated expression is empty.
                        break;
                    }
                }
                Some(next)
            }
        }
    }
}
