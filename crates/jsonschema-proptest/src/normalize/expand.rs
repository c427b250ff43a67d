//! Expands a goal (a conjunction of atoms) into disjunctive normal form (a list of clauses).

use std::collections::BTreeSet;

use crate::constraint::clause::Clause;
use crate::constraint::types::TypeSet;
use crate::constraint::value_set::ValueSet;
use crate::constraint::{Atom, Constraint, SchemaId, negate};
use crate::normalize::compiler::Compiler;
use crate::normalize::unevaluated::PendingUnevaluated;

/// The maximum number of partial clauses that are followed at the same time, as in a beam search.
const MAX_BEAM: usize = 64;
/// The minimum number of partial clauses that are followed at the same time.
const MIN_BEAM: usize = 2;
/// The work per step beyond which the beam is narrowed.
const BEAM_WORK: usize = 300_000;
/// The work that one goal may take.
const GOAL_BUDGET: usize = 600_000;
/// The maximum number of branches of a single disjunction.
const MAX_BRANCHES: usize = 4_096;

/// A clause with disjunctions that are not resolved yet.
#[derive(Clone)]
struct PartialClause {
    clause: Clause,
    /// The constraints that are not added yet, with the atoms that they come from.
    todo: Vec<(Option<Atom>, Constraint)>,
    /// The disjunctions that are not resolved yet, with the atoms that they come from.
    choices: Vec<(Option<Atom>, Vec<Vec<Constraint>>)>,
    applied_atoms: BTreeSet<Atom>,
    /// Pairs of an atom and an atom that it applies.
    applied: Vec<(Atom, Atom)>,
    pending: Vec<PendingUnevaluated>,
}

impl Compiler<'_> {
    /// Returns the clauses of a goal.
    pub(crate) fn expand(&mut self, goal: &[Atom]) -> Vec<Clause> {
        self.goal_budget = GOAL_BUDGET;
        let start = PartialClause {
            clause: Clause::anything(),
            todo: goal.iter().rev().map(|atom| (None, Constraint::Apply(*atom))).collect(),
            choices: Vec::new(),
            applied_atoms: BTreeSet::new(),
            applied: Vec::new(),
            pending: Vec::new(),
        };
        let mut level = vec![start];
        let mut finished = Vec::new();
        while !level.is_empty() {
            let mut open = Vec::new();
            for mut partial in level {
                if !self.propagate(&mut partial) {
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
        if finished.len() > MAX_BRANCHES {
            self.note_omission("some of very many alternatives");
            finished.truncate(MAX_BRANCHES);
        }
        let clauses = finished.into_iter().filter_map(|partial| self.finish(partial));
        clauses.collect()
    }

    /// Resolves one disjunction in each partial clause.
    fn branch(&mut self, open: Vec<PartialClause>, finished: usize) -> Vec<PartialClause> {
        let alone = open.len() == 1;
        let beam = open.first().map_or(MAX_BEAM, beam);
        let mut next = Vec::new();
        for mut partial in open {
            let fewest = partial.choices.iter().enumerate().min_by_key(|(_, (_, alternatives))| alternatives.len());
            let Some((chosen, _)) = fewest else { continue };
            let (parent, mut alternatives) = partial.choices.swap_remove(chosen);
            let limit = if alone && beam == MAX_BEAM { MAX_BRANCHES } else { MAX_BEAM };
            if alternatives.len() > limit {
                self.note_omission("some of very many alternatives");
                alternatives = evenly_spaced(alternatives, limit);
            }
            for alternative in alternatives {
                // Copying dominates the cost, and grows with the clause.
                if !self.use_budget(20 + partial.applied_atoms.len()) {
                    break;
                }
                let mut branch = partial.clone();
                branch.todo.extend(alternative.into_iter().rev().map(|constraint| (parent, constraint)));
                next.push(branch);
            }
        }
        let limit = if alone && beam == MAX_BEAM {
            MAX_BRANCHES
        } else {
            beam.max((MAX_BRANCHES / 16).saturating_sub(finished))
        };
        let limit = if beam < MAX_BEAM { beam } else { limit };
        if next.len() > limit {
            self.note_omission("some of very many alternatives");
            next = evenly_spaced(next, limit.max(1));
        }
        next
    }

    /// Counts work on alternatives. Returns false if the budget is used up.
    fn use_budget(&mut self, work: usize) -> bool {
        if self.budget < work || self.goal_budget < work {
            self.note_omission("alternatives beyond the work that is allowed");
            return false;
        }
        self.budget -= work;
        self.goal_budget -= work;
        true
    }

    /// Applies all constraints that involve no choice (unit propagation). Returns false on a contradiction.
    fn propagate(&mut self, partial: &mut PartialClause) -> bool {
        loop {
            while let Some((parent, constraint)) = partial.todo.pop() {
                self.apply(partial, parent, constraint);
                if partial.clause.is_contradictory() {
                    return false;
                }
            }
            let choices = std::mem::take(&mut partial.choices);
            for (parent, alternatives) in choices {
                if !self.use_budget(alternatives.len()) {
                    return false;
                }
                let is_implied = alternatives
                    .iter()
                    .any(|alternative| alternative.iter().all(|constraint| self.is_implied(partial, constraint)));
                // A branch without new constraints still evaluates properties and items.
                if is_implied && !self.has_unevaluated {
                    continue;
                }
                let mut left: Vec<_> = alternatives
                    .into_iter()
                    .filter(|alternative| !alternative.iter().any(|rule| self.is_excluded(partial, rule)))
                    .collect();
                match left.len() {
                    0 => return false,
                    1 => {
                        let alternative = left.pop().unwrap_or_default();
                        partial.todo.extend(alternative.into_iter().rev().map(|rule| (parent, rule)));
                    }
                    _ => partial.choices.push((parent, left)),
                }
            }
            if partial.todo.is_empty() {
                return true;
            }
        }
    }

    fn apply(&mut self, partial: &mut PartialClause, parent: Option<Atom>, constraint: Constraint) {
        match constraint {
            Constraint::Apply(atom) => {
                if let Some(parent) = parent
                    && !matches!(atom, Atom::Schema(_, false))
                {
                    partial.applied.push((parent, atom));
                }
                if negate(atom).is_some_and(|other| partial.applied_atoms.contains(&other)) {
                    partial.clause.types = TypeSet::NONE;
                } else if partial.applied_atoms.insert(atom) {
                    let constraints = self.constraints_of(atom);
                    partial.todo.extend(constraints.iter().rev().map(|rule| (Some(atom), rule.clone())));
                }
            }
            Constraint::AnyOf(alternatives) => partial.choices.push((parent, alternatives)),
            rule @ (Constraint::UnevaluatedItems(_) | Constraint::UnevaluatedProperties(_)) => {
                partial.pending.extend(parent.map(|of| PendingUnevaluated { of, rule }));
            }
            other => partial.clause.add(&other),
        }
    }

    fn finish(&mut self, partial: PartialClause) -> Option<Clause> {
        let mut clause = partial.clause;
        for pending in &partial.pending {
            self.resolve_unevaluated(&mut clause, pending, &partial.applied);
        }
        (!clause.is_contradictory()).then_some(clause)
    }

    /// Returns whether a partial clause is known to imply a constraint.
    fn is_implied(&mut self, partial: &PartialClause, constraint: &Constraint) -> bool {
        match constraint {
            Constraint::Apply(atom) => {
                partial.applied_atoms.contains(atom)
                    || matches!(atom, Atom::Schema(schema, true)
                        if self.rules(*schema).iter().all(|rule| partial.clause.implies(rule)))
            }
            Constraint::Property(name, Atom::Schema(unwanted, false)) => {
                let atoms = partial.clause.object.properties.get(name).into_iter().flatten();
                atoms.copied().any(|atom| match atom {
                    Atom::Schema(schema, true) => self.are_disjoint(schema, *unwanted),
                    _ => false,
                })
            }
            other => partial.clause.implies(other),
        }
    }

    /// Returns whether a partial clause is known to contradict a constraint.
    fn is_excluded(&mut self, partial: &PartialClause, constraint: &Constraint) -> bool {
        match constraint {
            Constraint::Apply(atom) => {
                negate(*atom).is_some_and(|other| partial.applied_atoms.contains(&other))
                    || matches!(atom, Atom::Schema(schema, true)
                        if !self.types_and_values(*schema).0.intersects(partial.clause.types))
            }
            other => partial.clause.contradicts(other),
        }
    }

    /// Returns the types and the values that the keywords of a schema permit.
    fn types_and_values(&mut self, schema: SchemaId) -> (TypeSet, Option<std::sync::Arc<ValueSet>>) {
        let mut types = TypeSet::ALL;
        let mut values = None;
        for rule in self.rules(schema).iter() {
            match rule {
                Constraint::Nothing => types = TypeSet::NONE,
                Constraint::Types(permitted) => types = types.intersection(*permitted),
                Constraint::Enum(listed) => values = Some(std::sync::Arc::clone(listed)),
                _ => {}
            }
        }
        if let Some(values) = &values {
            types = types.intersection(values.types());
        }
        (types, values)
    }

    /// Returns whether two schemas are known to have no value in common.
    fn are_disjoint(&mut self, one: SchemaId, other: SchemaId) -> bool {
        let (types, values) = self.types_and_values(one);
        let (other_types, other_values) = self.types_and_values(other);
        if !types.intersects(other_types) {
            return true;
        }
        match (values, other_values) {
            (Some(values), Some(other_values)) => {
                // The shorter list is searched for in the longer one.
                let (few, many) =
                    if values.len() < other_values.len() { (values, other_values) } else { (other_values, values) };
                !few.iter().any(|value| many.has(value))
            }
            _ => false,
        }
    }
}

/// Returns the width of the beam, given the disjunctions that are left.
fn beam(partial: &PartialClause) -> usize {
    let choices = partial.choices.len();
    let alternatives = partial.choices.iter().map(|(_, alternatives)| alternatives.len()).sum::<usize>();
    // Every disjunction is examined again in every step, and every branch is a copy.
    let work = alternatives * (choices / 2 + 40 + partial.applied_atoms.len());
    (BEAM_WORK / work.max(1)).clamp(MIN_BEAM, MAX_BEAM)
}

/// Returns at most `limit` elements of a list, evenly spaced.
fn evenly_spaced<T>(list: Vec<T>, limit: usize) -> Vec<T> {
    let stride = list.len().div_ceil(limit.max(1)).max(1);
    list.into_iter().step_by(stride).collect()
}
