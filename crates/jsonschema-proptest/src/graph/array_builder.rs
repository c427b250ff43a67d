//! Builds the generators for arrays from a clause.

use serde_json::Value;

use crate::constraint::by_type::ContainsRule;
use crate::constraint::clause::Clause;
use crate::constraint::{Atom, negate};
use crate::graph::array::{ArrayGenerator, ContainsQuota, ItemNodes};
use crate::graph::builder::GraphBuilder;
use crate::graph::{MAX_COST, ValueGenerator};

/// The maximum number of positions with nodes of their own.
const MAX_POSITIONS: usize = 8_000;

impl GraphBuilder<'_> {
    pub(crate) fn array_generators(&mut self, goal: &[Atom], clause: &Clause, generators: &mut Vec<ValueGenerator>) {
        let array = &clause.array;
        let excluded: Vec<Value> =
            clause.not_values.iter().flat_map(|list| list.iter().filter(|value| value.is_array()).cloned()).collect();
        let quotas: Vec<&ContainsRule> = array
            .contains
            .iter()
            .filter(|contained| contained.min > 0 || contained.max.is_some_and(|max| max > 0))
            .collect();
        let plain = self.item_nodes(clause, None, &[]);
        let separate = ArrayGenerator {
            min: array.min,
            max: array.max,
            unique: array.unique,
            has_duplicates: array.has_duplicates,
            contains: quotas
                .iter()
                .map(|contained| ContainsQuota {
                    from: contained.from,
                    min: contained.min,
                    max: contained.max,
                    slots: self.item_nodes(clause, Some(contained), &[]),
                })
                .collect(),
            items: plain,
            excluded: excluded.clone(),
        };
        if separate.min_len() > MAX_COST {
            self.note_too_large(goal, "arrays of so many items");
        }
        let several = quotas.iter().filter(|contained| contained.min > 0).count() > 1;
        generators.push(ValueGenerator::Array(Box::new(separate)));
        if !several {
            return;
        }
        // Items that satisfy all `contains` at once, for arrays without room for separate ones.
        self.compiler.note_omission("items that meet several demands in part");
        let needed = quotas.iter().filter(|contained| contained.min > 0);
        let (mut from, mut min, mut max) = (0, 0, None::<u64>);
        let mut atoms = Vec::new();
        for contained in needed {
            from = from.max(contained.from);
            min = min.max(contained.min);
            max = match (max, contained.max) {
                (Some(left), Some(right)) => Some(left.min(right)),
                (left, right) => left.or(right),
            };
            atoms.push(contained.item);
        }
        let plain = self.item_nodes(clause, None, &[]);
        let item_nodes = self.item_nodes(clause, None, &atoms);
        generators.push(ValueGenerator::Array(Box::new(ArrayGenerator {
            min: array.min,
            max: array.max,
            unique: array.unique,
            has_duplicates: array.has_duplicates,
            items: plain,
            contains: vec![ContainsQuota { from, min, max, slots: item_nodes }],
            excluded,
        })));
    }

    /// Returns the nodes by position, for items that count towards a quota or towards none.
    fn item_nodes(&mut self, clause: &Clause, counted_as: Option<&ContainsRule>, and_as: &[Atom]) -> ItemNodes {
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
            let counted_atoms: Vec<Atom> =
                counted_as.map(|contained| contained.item).into_iter().chain(and_as.iter().copied()).collect();
            if position < positions
                && let Some(atoms) = array.at.get(&position)
            {
                goal.extend(atoms);
            }
            for onward in &array.items_from {
                let excused = onward.unless.iter().any(|atom| counted_atoms.contains(atom));
                if onward.from <= position && !excused {
                    goal.push(onward.item);
                }
            }
            goal.extend(&counted_atoms);
            for other in &array.contains {
                if other.max.is_none() || counted_atoms.contains(&other.item) {
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
