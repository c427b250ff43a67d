//! Regular expressions as a nondeterministic machine over characters.

use regex_syntax::hir::{Class, Hir, HirKind, Look};

/// More states than this are not worth it; the pattern is only matched then.
const MAX_STATES: usize = 6_000;

/// Inclusive ranges of scalar values, sorted.
pub(crate) type Ranges = Vec<(u32, u32)>;

#[derive(Debug)]
pub(crate) enum Step {
    /// Reads one character of a set.
    Char { set: usize, next: usize },
    /// Goes on at each of these.
    Fork(Vec<usize>),
    /// Goes on if the position is right.
    Look(Look, usize),
    /// The expression with this number was found.
    Found(usize),
}

/// All expressions together, each searched for from the start on.
#[derive(Debug, Default)]
pub(crate) struct Machine {
    pub(crate) steps: Vec<Step>,
    pub(crate) sets: Vec<Ranges>,
    pub(crate) starts: Vec<usize>,
    pub(crate) has_looks: bool,
    /// Word boundaries are only understood for ASCII.
    pub(crate) ascii_only: bool,
}

impl Machine {
    /// Builds the machine; `None` if it would be too large or needs more than it can do.
    pub(crate) fn build<'h>(expressions: impl Iterator<Item = &'h Hir>) -> Option<Self> {
        let mut machine = Self::default();
        let any = machine.set(vec![(0, 0xD7FF), (0xE000, 0x0010_FFFF)]);
        for (number, hir) in expressions.enumerate() {
            let found = machine.push(Step::Found(number))?;
            let body = machine.add(hir, found)?;
            // Search: anything may come before it. What comes after does not matter.
            let start = machine.push(Step::Fork(Vec::new()))?;
            let skip = machine.push(Step::Char { set: any, next: start })?;
            machine.steps[start] = Step::Fork(vec![body, skip]);
            machine.starts.push(start);
        }
        Some(machine)
    }

    fn push(&mut self, step: Step) -> Option<usize> {
        if self.steps.len() >= MAX_STATES {
            return None;
        }
        self.steps.push(step);
        Some(self.steps.len() - 1)
    }

    fn set(&mut self, ranges: Ranges) -> usize {
        if let Some(known) = self.sets.iter().position(|set| *set == ranges) {
            return known;
        }
        self.sets.push(ranges);
        self.sets.len() - 1
    }

    /// Adds an expression that goes on at `next`, and says where it starts.
    fn add(&mut self, hir: &Hir, next: usize) -> Option<usize> {
        match hir.kind() {
            HirKind::Empty => Some(next),
            HirKind::Literal(literal) => {
                let text = std::str::from_utf8(&literal.0).ok()?;
                let mut next = next;
                for char in text.chars().rev() {
                    let set = self.set(vec![(u32::from(char), u32::from(char))]);
                    next = self.push(Step::Char { set, next })?;
                }
                Some(next)
            }
            HirKind::Class(Class::Unicode(class)) => {
                let ranges = class.iter().map(|range| (u32::from(range.start()), u32::from(range.end())));
                let set = self.set(ranges.collect());
                self.push(Step::Char { set, next })
            }
            HirKind::Class(Class::Bytes(class)) => {
                if !class.is_ascii() {
                    return None;
                }
                let ranges = class.iter().map(|range| (u32::from(range.start()), u32::from(range.end())));
                let set = self.set(ranges.collect());
                self.push(Step::Char { set, next })
            }
            HirKind::Look(look) => {
                self.has_looks = true;
                match look {
                    Look::Start | Look::End | Look::StartLF | Look::EndLF => {}
                    Look::WordAscii | Look::WordAsciiNegate | Look::WordUnicode | Look::WordUnicodeNegate => {
                        self.ascii_only = true;
                    }
                    _ => return None,
                }
                self.push(Step::Look(*look, next))
            }
            HirKind::Capture(capture) => self.add(&capture.sub, next),
            HirKind::Concat(subs) => {
                let mut next = next;
                for sub in subs.iter().rev() {
                    next = self.add(sub, next)?;
                }
                Some(next)
            }
            HirKind::Alternation(subs) => {
                let ways = subs.iter().map(|sub| self.add(sub, next));
                let ways = ways.collect::<Option<Vec<_>>>()?;
                self.push(Step::Fork(ways))
            }
            HirKind::Repetition(repetition) => {
                let mut next = next;
                match repetition.max {
                    None => {
                        let again = self.push(Step::Fork(Vec::new()))?;
                        let body = self.add(&repetition.sub, again)?;
                        self.steps[again] = Step::Fork(vec![next, body]);
                        next = again;
                    }
                    Some(max) => {
                        let after = next;
                        for _ in repetition.min..max {
                            let body = self.add(&repetition.sub, next)?;
                            next = self.push(Step::Fork(vec![after, body]))?;
                        }
                    }
                }
                for _ in 0..repetition.min {
                    let before = self.steps.len();
                    next = self.add(&repetition.sub, next)?;
                    if self.steps.len() == before {
                        // Repeating nothing is nothing.
                        break;
                    }
                }
                Some(next)
            }
        }
    }
}
