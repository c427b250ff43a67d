//! Goals into disjunctive normal form: a goal is a list of atoms, its expansion a list of clauses.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::clause::{Clause, equal};
use crate::compile::Compiler;
use crate::constraint::{Atom, Constraint, SchemaId, opposite};
use crate::evaluated::Pending;
use crate::types::TypeSet;

/// How many clauses are kept while branches are multiplied.
const BEAM: usize = 64;
/// How much work a goal's choices may take before fewer clauses are followed.
const BEAM_WORK: usize = 300_000;
const NARROWEST: usize = 2;
/// How much work one goal may take.
const ALLOWANCE: usize = 600_000;
/// How many branches a single disjunction may have.
const BRANCHES: usize = 4_096;

/// A clause in the making.
#[derive(Clone)]
struct Partial {
    clause: Clause,
    todo: Vec<(Option<Atom>, Constraint)>,
    choices: Vec<(Option<Atom>, Vec<Vec<Constraint>>)>,
    seen: BTreeSet<Atom>,
    applied: Vec<(Atom, Atom)>,
    pending: Vec<Pending>,
}

impl Compiler<'_> {
    /// All ways to meet a goal.
    pub(crate) fn expand(&mut self, goal: &[Atom]) -> Vec<Clause> {
        self.allowance = ALLOWANCE;
        let start = Partial {
            clause: Clause::anything(),
            todo: goal.iter().rev().map(|atom| (None, Constraint::Is(*atom))).collect(),
            choices: Vec::new(),
            seen: BTreeSet::new(),
            applied: Vec::new(),
            pending: Vec::new(),
        };
        let mut level = vec![start];
        let mut finished = Vec::new();
        while !level.is_empty() {
            let mut open = Vec::new();
            for mut partial in level {
                if !self.settle(&mut partial) {
                    continue;
                }
                if partial.choices.is_empty() {
                    finished.push(partial);
                } else {
                    open.push(partial);
                }
            }
            level = self.branch(open, finished.len());
        }
        if finished.len() > BRANCHES {
            self.left_out("some of very many alternatives");
            finished.truncate(BRANCHES);
        }
        let clauses = finished.into_iter().filter_map(|partial| self.finish(partial));
        clauses.collect()
    }

    /// Takes one choice in each partial clause.
    fn branch(&mut self, open: Vec<Partial>, finished: usize) -> Vec<Partial> {
        let alone = open.len() == 1;
        let beam = open.first().map_or(BEAM, beam);
        let mut next = Vec::new();
        for mut partial in open {
            let fewest = partial.choices.iter().enumerate().min_by_key(|(_, (_, ways))| ways.len());
            let Some((chosen, _)) = fewest else { continue };
            let (parent, mut ways) = partial.choices.swap_remove(chosen);
            let limit = if alone && beam == BEAM { BRANCHES } else { BEAM };
            if ways.len() > limit {
                self.left_out("some of very many alternatives");
                ways = thin(ways, limit);
            }
            for way in ways {
                // Copying is what costs most, and the more there is the more it costs.
                if !self.try_more(20 + partial.seen.len()) {
                    break;
                }
                let mut branch = partial.clone();
                branch.todo.extend(way.into_iter().rev().map(|constraint| (parent, constraint)));
                next.push(branch);
            }
        }
        let limit = if alone && beam == BEAM { BRANCHES } else { beam.max((BRANCHES / 16).saturating_sub(finished)) };
        let limit = if beam < BEAM { beam } else { limit };
        if next.len() > limit {
            self.left_out("some of very many alternatives");
            next = thin(next, limit.max(1));
        }
        next
    }

    /// Counts work on alternatives; false once there was too much of it.
    fn try_more(&mut self, work: usize) -> bool {
        if self.budget < work || self.allowance < work {
            self.left_out("alternatives beyond the work that is allowed");
            return false;
        }
        self.budget -= work;
        self.allowance -= work;
        true
    }

    /// Applies everything that needs no choice. False if nothing can meet it.
    fn settle(&mut self, partial: &mut Partial) -> bool {
        loop {
            while let Some((parent, constraint)) = partial.todo.pop() {
                self.apply(partial, parent, constraint);
                if partial.clause.is_dead() {
                    return false;
                }
            }
            let choices = std::mem::take(&mut partial.choices);
            for (parent, ways) in choices {
                if !self.try_more(ways.len()) {
                    return false;
                }
                let met = ways.iter().any(|way| way.iter().all(|constraint| self.implied(partial, constraint)));
                // Evaluation is what a branch is taken for even if it asks for nothing new.
                if met && !self.has_unevaluated {
                    continue;
                }
                let mut left: Vec<_> =
                    ways.into_iter().filter(|way| !way.iter().any(|rule| self.excluded(partial, rule))).collect();
                match left.len() {
                    0 => return false,
                    1 => {
                        let way = left.pop().unwrap_or_default();
                        partial.todo.extend(way.into_iter().rev().map(|rule| (parent, rule)));
                    }
                    _ => partial.choices.push((parent, left)),
                }
            }
            if partial.todo.is_empty() {
                return true;
            }
        }
    }

    fn apply(&mut self, partial: &mut Partial, parent: Option<Atom>, constraint: Constraint) {
        match constraint {
            Constraint::Is(atom) => {
                if let Some(parent) = parent
                    && !matches!(atom, Atom::Schema(_, false))
                {
                    partial.applied.push((parent, atom));
                }
                if opposite(atom).is_some_and(|other| partial.seen.contains(&other)) {
                    partial.clause.types = TypeSet::NONE;
                } else if partial.seen.insert(atom) {
                    let demands = self.demands(atom);
                    partial.todo.extend(demands.iter().rev().map(|rule| (Some(atom), rule.clone())));
                }
            }
            Constraint::Any(ways) => partial.choices.push((parent, ways)),
            rule @ (Constraint::UnevaluatedItems(_) | Constraint::UnevaluatedProperties(_)) => {
                partial.pending.extend(parent.map(|of| Pending { of, rule }));
            }
            other => partial.clause.add(&other),
        }
    }

    fn finish(&mut self, partial: Partial) -> Option<Clause> {
        let mut clause = partial.clause;
        for pending in &partial.pending {
            self.settle_unevaluated(&mut clause, pending, &partial.applied);
        }
        (!clause.is_dead()).then_some(clause)
    }

    /// Whether a partial clause already implies a demand, as far as that is easily seen.
    fn implied(&mut self, partial: &Partial, constraint: &Constraint) -> bool {
        match constraint {
            Constraint::Is(atom) => {
                partial.seen.contains(atom)
                    || matches!(atom, Atom::Schema(schema, true)
                        if self.rules(*schema).iter().all(|rule| partial.clause.implies(rule)))
            }
            Constraint::Property(name, Atom::Schema(unwanted, false)) => {
                let atoms = partial.clause.members.named.get(name).into_iter().flatten();
                atoms.copied().any(|atom| match atom {
                    Atom::Schema(schema, true) => self.disjoint(schema, *unwanted),
                    _ => false,
                })
            }
            other => partial.clause.implies(other),
        }
    }

    /// Whether a partial clause already rules a demand out, as far as that is easily seen.
    fn excluded(&mut self, partial: &Partial, constraint: &Constraint) -> bool {
        match constraint {
            Constraint::Is(atom) => {
                opposite(*atom).is_some_and(|other| partial.seen.contains(&other))
                    || matches!(atom, Atom::Schema(schema, true)
                        if !self.outline(*schema).0.meets(partial.clause.types))
            }
            other => partial.clause.contradicts(other),
        }
    }

    /// The types and the values that a schema's own keywords leave.
    fn outline(&mut self, schema: SchemaId) -> (TypeSet, Option<std::sync::Arc<Vec<Value>>>) {
        let mut types = TypeSet::ALL;
        let mut values = None;
        for rule in self.rules(schema).iter() {
            match rule {
                Constraint::Never => types = TypeSet::NONE,
                Constraint::Types(named) => types = types.and(*named),
                Constraint::Values(listed) => values = Some(std::sync::Arc::clone(listed)),
                _ => {}
            }
        }
        if let Some(values) = &values {
            let listed = values.iter().map(TypeSet::of);
            types = types.and(listed.fold(TypeSet::NONE, TypeSet::or));
        }
        (types, values)
    }

    fn disjoint(&mut self, one: SchemaId, other: SchemaId) -> bool {
        let (types, values) = self.outline(one);
        let (other_types, other_values) = self.outline(other);
        if !types.meets(other_types) {
            return true;
        }
        match (values, other_values) {
            (Some(values), Some(other_values)) => {
                !values.iter().any(|value| other_values.iter().any(|other| equal(value, other)))
            }
            _ => false,
        }
    }
}

/// How many clauses can be followed side by side, with so many choices still to be taken.
fn beam(partial: &Partial) -> usize {
    let choices = partial.choices.len();
    let ways = partial.choices.iter().map(|(_, ways)| ways.len()).sum::<usize>();
    // Every choice is looked at again at every step, and every branch is a copy.
    let each = ways * (choices / 2 + 40 + partial.seen.len());
    (BEAM_WORK / each.max(1)).clamp(NARROWEST, BEAM)
}

/// Keeps `limit` of a list, evenly spread.
fn thin<T>(list: Vec<T>, limit: usize) -> Vec<T> {
    let stride = list.len().div_ceil(limit.max(1)).max(1);
    list.into_iter().step_by(stride).collect()
}
