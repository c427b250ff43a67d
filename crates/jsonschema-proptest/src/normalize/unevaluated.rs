//! The properties and items that count as evaluated, for the `unevaluated…` keywords.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::constraint::by_type::{AdditionalProperties, ItemsFromRule};
use crate::constraint::clause::Clause;
use crate::constraint::types::TypeSet;
use crate::constraint::{Atom, Constraint, NameClass, SchemaId};
use crate::normalize::compiler::Compiler;
use crate::schema::dialect::Dialect;
use crate::string::pattern::Pattern;

/// The properties and items that a set of schemas evaluates.
#[derive(Debug, Default)]
struct Evaluated {
    names: Vec<String>,
    patterns: Vec<Arc<Pattern>>,
    every_property: bool,
    prefix: usize,
    every_item: bool,
    contained: Vec<Atom>,
}

impl Evaluated {
    fn add(&mut self, rule: &Constraint, contains_evaluates: bool) {
        match rule {
            Constraint::Property(name, _) => self.names.push(name.to_string()),
            Constraint::PatternProperty(pattern, _, _) => self.patterns.push(Arc::clone(pattern)),
            Constraint::AdditionalProperties { .. } | Constraint::UnevaluatedProperties(_) => {
                self.every_property = true;
            }
            Constraint::Item(index, _) => self.prefix = self.prefix.max(index + 1),
            Constraint::ItemsFrom(..) | Constraint::UnevaluatedItems(_) => self.every_item = true,
            Constraint::Contains { item, .. } if contains_evaluates => self.contained.push(*item),
            _ => {}
        }
    }
}

/// An `unevaluated…` rule, to be resolved when all applied schemas are known.
#[derive(Clone, Debug)]
pub(crate) struct PendingUnevaluated {
    pub(crate) of: Atom,
    pub(crate) rule: Constraint,
}

impl Compiler<'_> {
    /// Returns whether items that satisfy `contains` count as evaluated.
    fn contains_evaluates(&self) -> bool {
        self.document.dialect == Dialect::Draft202012
    }

    /// Resolves an `unevaluated…` rule. All applied schemas are known by now.
    pub(crate) fn resolve_unevaluated(
        &mut self,
        clause: &mut Clause,
        pending: &PendingUnevaluated,
        applied: &[(Atom, Atom)],
    ) {
        let mut evaluated = Evaluated::default();
        let contains_evaluates = self.contains_evaluates();
        let mut reached = BTreeSet::from([pending.of]);
        let mut open = vec![pending.of];
        while let Some(atom) = open.pop() {
            for rule in self.constraints_of(atom).iter() {
                let is_pending_rule =
                    atom == pending.of && std::mem::discriminant(rule) == std::mem::discriminant(&pending.rule);
                if !is_pending_rule {
                    evaluated.add(rule, contains_evaluates);
                }
            }
            for (parent, child) in applied {
                if *parent == atom && reached.insert(*child) {
                    open.push(*child);
                }
            }
        }
        match &pending.rule {
            Constraint::UnevaluatedProperties(value) if !evaluated.every_property => {
                clause.object.additional.push(AdditionalProperties {
                    names: evaluated.names,
                    patterns: evaluated.patterns,
                    value: *value,
                });
            }
            Constraint::UnevaluatedItems(item) if !evaluated.every_item => {
                clause.array.items_from.push(ItemsFromRule {
                    from: evaluated.prefix,
                    item: *item,
                    unless: evaluated.contained,
                });
            }
            _ => {}
        }
    }

    /// Returns everything that a schema can evaluate, whichever branches apply. One of its rules is left out.
    fn all_evaluated(&mut self, schema: SchemaId, except: usize) -> Evaluated {
        let mut evaluated = Evaluated::default();
        let contains_evaluates = self.contains_evaluates();
        let mut reached = BTreeSet::from([schema]);
        let mut open = vec![(schema, Some(except))];
        while let Some((schema, except)) = open.pop() {
            let rules = self.rules(schema);
            for (position, rule) in rules.iter().enumerate() {
                if Some(position) != except {
                    evaluated.add(rule, contains_evaluates);
                }
                let mut nested = vec![rule];
                while let Some(rule) = nested.pop() {
                    match rule {
                        Constraint::Apply(Atom::Schema(inner, true)) if reached.insert(*inner) => {
                            open.push((*inner, None));
                        }
                        Constraint::AnyOf(alternatives) => nested.extend(alternatives.iter().flatten()),
                        _ => {}
                    }
                }
            }
        }
        evaluated
    }

    fn rules_except(&mut self, schema: SchemaId, position: usize) -> Vec<Constraint> {
        let rules = self.rules(schema);
        let others = rules.iter().enumerate();
        others.filter(|(other, _)| *other != position).map(|(_, rule)| rule.clone()).collect()
    }

    /// Returns the negation of `unevaluatedProperties`: a property that no schema evaluates, with a value that is
    /// invalid.
    pub(crate) fn unevaluated_property(
        &mut self,
        schema: SchemaId,
        position: usize,
        unwanted: Atom,
    ) -> Vec<Vec<Constraint>> {
        let mut evaluated = self.all_evaluated(schema, position);
        let mut alternative = self.rules_except(schema, position);
        if evaluated.every_property {
            // The result depends on the branches that apply, so values have to be validated.
            evaluated = Evaluated::default();
            alternative.push(Constraint::Opaque);
        }
        alternative.push(Constraint::Types(TypeSet::OBJECT));
        alternative.push(Constraint::PropertyExists(
            Box::new(NameClass {
                not_named: evaluated.names,
                not_matching: evaluated.patterns,
                ..NameClass::default()
            }),
            Some(unwanted),
        ));
        vec![alternative]
    }

    /// Returns the negation of `unevaluatedItems`: an item that no schema evaluates, and that is invalid.
    pub(crate) fn unevaluated_item(
        &mut self,
        schema: SchemaId,
        position: usize,
        unwanted: Atom,
    ) -> Option<Vec<Vec<Constraint>>> {
        let mut evaluated = self.all_evaluated(schema, position);
        let mut alternative = self.rules_except(schema, position);
        if evaluated.every_item {
            evaluated = Evaluated::default();
            alternative.push(Constraint::Opaque);
        }
        let mut constraints = vec![Constraint::Apply(unwanted)];
        for contained in &evaluated.contained {
            constraints.push(Constraint::Apply(crate::constraint::negate(*contained)?));
        }
        let item = self.synthetic(constraints);
        alternative.push(Constraint::Types(TypeSet::ARRAY));
        alternative.push(Constraint::Contains { item, from: evaluated.prefix, min: 1, max: None });
        Some(vec![alternative])
    }
}
