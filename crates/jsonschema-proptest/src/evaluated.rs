//! Which properties and items count as evaluated, for the `unevaluated…` keywords.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::clause::{Clause, Onward, Others};
use crate::compile::Compiler;
use crate::constraint::{Atom, Constraint, NameClass, SchemaId};
use crate::document::Dialect;
use crate::pattern::Pattern;
use crate::types::TypeSet;

/// What some schemas have evaluated together.
#[derive(Debug, Default)]
struct Coverage {
    names: Vec<String>,
    patterns: Vec<Arc<Pattern>>,
    every_property: bool,
    prefix: usize,
    every_item: bool,
    contained: Vec<Atom>,
}

impl Coverage {
    fn add(&mut self, rule: &Constraint, contains_counts: bool) {
        match rule {
            Constraint::Property(name, _) => self.names.push(name.to_string()),
            Constraint::Matching(pattern, _, _) => self.patterns.push(Arc::clone(pattern)),
            Constraint::Others { .. } | Constraint::UnevaluatedProperties(_) => {
                self.every_property = true;
            }
            Constraint::Item(index, _) => self.prefix = self.prefix.max(index + 1),
            Constraint::Items(..) | Constraint::UnevaluatedItems(_) => self.every_item = true,
            Constraint::Contains { item, .. } if contains_counts => self.contained.push(*item),
            _ => {}
        }
    }
}

/// A demand on what a schema and those it applied have not evaluated.
#[derive(Clone, Debug)]
pub(crate) struct Pending {
    pub(crate) of: Atom,
    pub(crate) rule: Constraint,
}

impl Compiler<'_> {
    fn contains_counts(&self) -> bool {
        self.document.dialect == Dialect::Draft202012
    }

    /// Settles an `unevaluated…` rule, now that it is known which schemas apply.
    pub(crate) fn settle_unevaluated(&mut self, clause: &mut Clause, pending: &Pending, applied: &[(Atom, Atom)]) {
        let mut coverage = Coverage::default();
        let counts = self.contains_counts();
        let mut reached = BTreeSet::from([pending.of]);
        let mut open = vec![pending.of];
        while let Some(atom) = open.pop() {
            for rule in self.demands(atom).iter() {
                let itself =
                    atom == pending.of && std::mem::discriminant(rule) == std::mem::discriminant(&pending.rule);
                if !itself {
                    coverage.add(rule, counts);
                }
            }
            for (parent, child) in applied {
                if *parent == atom && reached.insert(*child) {
                    open.push(*child);
                }
            }
        }
        match &pending.rule {
            Constraint::UnevaluatedProperties(value) if !coverage.every_property => {
                clause.members.others.push(Others {
                    names: coverage.names,
                    patterns: coverage.patterns,
                    value: *value,
                });
            }
            Constraint::UnevaluatedItems(item) if !coverage.every_item => {
                clause.items.onward.push(Onward { from: coverage.prefix, item: *item, unless: coverage.contained });
            }
            _ => {}
        }
    }

    /// What a schema could evaluate at most, whichever branches hold.
    fn widest_coverage(&mut self, schema: SchemaId, but: usize) -> Coverage {
        let mut coverage = Coverage::default();
        let counts = self.contains_counts();
        let mut reached = BTreeSet::from([schema]);
        let mut open = vec![(schema, Some(but))];
        while let Some((schema, but)) = open.pop() {
            let rules = self.rules(schema);
            for (position, rule) in rules.iter().enumerate() {
                if Some(position) != but {
                    coverage.add(rule, counts);
                }
                let mut nested = vec![rule];
                while let Some(rule) = nested.pop() {
                    match rule {
                        Constraint::Is(Atom::Schema(inner, true)) if reached.insert(*inner) => {
                            open.push((*inner, None));
                        }
                        Constraint::Any(ways) => nested.extend(ways.iter().flatten()),
                        _ => {}
                    }
                }
            }
        }
        coverage
    }

    fn all_but(&mut self, schema: SchemaId, position: usize) -> Vec<Constraint> {
        let rules = self.rules(schema);
        let others = rules.iter().enumerate();
        others.filter(|(other, _)| *other != position).map(|(_, rule)| rule.clone()).collect()
    }

    /// A property that nothing can have evaluated, with an unwanted value.
    pub(crate) fn unevaluated_property(
        &mut self,
        schema: SchemaId,
        position: usize,
        unwanted: Atom,
    ) -> Vec<Vec<Constraint>> {
        let mut coverage = self.widest_coverage(schema, position);
        let mut way = self.all_but(schema, position);
        if coverage.every_property {
            // It depends on the branches that hold; the validator decides.
            coverage = Coverage::default();
            way.push(Constraint::Opaque);
        }
        way.push(Constraint::Types(TypeSet::OBJECT));
        way.push(Constraint::Some(
            Box::new(NameClass { not_named: coverage.names, not_like: coverage.patterns, ..NameClass::default() }),
            Some(unwanted),
        ));
        vec![way]
    }

    /// As [`Compiler::unevaluated_property`], for items.
    pub(crate) fn unevaluated_item(
        &mut self,
        schema: SchemaId,
        position: usize,
        unwanted: Atom,
    ) -> Option<Vec<Vec<Constraint>>> {
        let mut coverage = self.widest_coverage(schema, position);
        let mut way = self.all_but(schema, position);
        if coverage.every_item {
            coverage = Coverage::default();
            way.push(Constraint::Opaque);
        }
        let mut demands = vec![Constraint::Is(unwanted)];
        for contained in &coverage.contained {
            demands.push(Constraint::Is(crate::constraint::opposite(*contained)?));
        }
        let item = self.extra(demands);
        way.push(Constraint::Types(TypeSet::ARRAY));
        way.push(Constraint::Contains { item, from: coverage.prefix, min: 1, max: None });
        Some(vec![way])
    }
}
