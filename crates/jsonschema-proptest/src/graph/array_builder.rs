//! Builds the generators for arrays from a clause.

use std::sync::Arc;

use crate::constraint::by_type::ContainsRule;
use crate::constraint::clause::Clause;
use crate::constraint::value_set::ValueSet;
use crate::constraint::{Atom, negate};
use crate::graph::array::{ArrayGenerator, ContainsNodes, ItemNodes};
use crate::graph::builder::GraphBuilder;
use crate::graph::{MAX_COST, ValueGenerator};

/// The maximum number of positions with nodes of their own.
const MAX_POSITIONS: usize = 8_000;

impl GraphBuilder<'_> {
    /// Adds the generators for arrays of a clause: one with separate items for each `contains` and, if several
    /// demand items, one whose items satisfy all of them at once.
    pub(crate) fn array_generators(&mut self, goal: &[Atom], clause: &Clause, generators: &mut Vec<ValueGenerator>) {
        let array = &clause.array;
        let excluded = clause.not_values.iter().flat_map(|list| list.iter().filter(|value| value.is_array()).cloned());
        let excluded: Arc<ValueSet> = Arc::new(excluded.collect());
        let rules: Vec<&ContainsRule> =
            array.contains.iter().filter(|rule| rule.min > 0 || rule.max.is_some_and(|max| max > 0)).collect();
        let uncounted = self.item_nodes(clause, &[]);
        let with_separate_items = ArrayGenerator {
            min: array.min,
            max: array.max,
            unique: array.unique,
            has_duplicates: array.has_duplicates,
            contains: rules
                .iter()
                .map(|rule| ContainsNodes {
                    from: rule.from,
                    min: rule.min,
                    max: rule.max,
                    nodes: self.item_nodes(clause, &[rule.item]),
                })
                .collect(),
            items: uncounted,
            excluded: excluded.clone(),
        };
        if with_separate_items.min_len() > MAX_COST {
            self.note_too_large(goal, "arrays of so many items");
        }
        generators.push(ValueGenerator::Array(Box::new(with_separate_items)));
        let demanding: Vec<_> = rules.iter().filter(|rule| rule.min > 0).collect();
        if demanding.len() < 2 {
            return;
        }
        // Items that satisfy all `contains` at once, for arrays without room for separate ones.
        self.compiler.note_omission("items that satisfy only some of several `contains`");
        let (mut from, mut min, mut max) = (0, 0, None::<u64>);
        let mut atoms = Vec::new();
        for rule in demanding {
            from = from.max(rule.from);
            min = min.max(rule.min);
            max = match (max, rule.max) {
                (Some(left), Some(right)) => Some(left.min(right)),
                (left, right) => left.or(right),
            };
            atoms.push(rule.item);
        }
        let uncounted = self.item_nodes(clause, &[]);
        let nodes = self.item_nodes(clause, &atoms);
        generators.push(ValueGenerator::Array(Box::new(ArrayGenerator {
            min: array.min,
            max: array.max,
            unique: array.unique,
            has_duplicates: array.has_duplicates,
            items: uncounted,
            contains: vec![ContainsNodes { from, min, max, nodes }],
            excluded,
        })));
    }

    /// Returns the nodes by position, for items that satisfy these atoms of `contains`, and no other `contains` that has a
    /// maximum.
    fn item_nodes(&mut self, clause: &Clause, contained: &[Atom]) -> ItemNodes {
        let array = &clause.array;
        let ends = array.at.keys().map(|index| index + 1);
        let starts = array.items_from.iter().map(|onward| onward.from);
        let positions = ends.chain(starts).max().unwrap_or(0);
        if positions > MAX_POSITIONS {
            self.compiler.note_omission("a very long prefix");
        }
        // Beyond the limits, all positions share one node.
        let allowed = self.compiler.use_graph_budget(positions.min(MAX_POSITIONS) * 8);
        self.needs_validation |= positions > MAX_POSITIONS || !allowed;
        let positions = if allowed { positions.min(MAX_POSITIONS) } else { 0 };
        let mut nodes = Vec::with_capacity(positions + 1);
        for position in 0..=positions {
            let mut goal: Vec<Atom> = Vec::new();
            if position < positions
                && let Some(atoms) = array.at.get(&position)
            {
                goal.extend(atoms);
            }
            for onward in &array.items_from {
                let excused = onward.unless.iter().any(|atom| contained.contains(atom));
                if onward.from <= position && !excused {
                    goal.push(onward.item);
                }
            }
            goal.extend(contained);
            for other in &array.contains {
                if other.max.is_none() || contained.contains(&other.item) {
                    continue;
                }
                match negate(other.item) {
                    Some(negated) => goal.push(negated),
                    None => self.needs_validation = true,
                }
            }
            nodes.push(self.node_for(goal));
        }
        let rest = nodes.pop().unwrap_or(0);
        ItemNodes { prefix: nodes, rest }
    }
}
