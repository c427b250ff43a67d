//! From a clause's demands on arrays to plans of their items.

use serde_json::Value;

use crate::array::{ArrayPlan, Slots, Want};
use crate::build::Builder;
use crate::clause::{Clause, Contained};
use crate::constraint::{Atom, opposite};
use crate::plan::{Kind, MAX_COST};

/// How many positions of an array have items of their own.
const MAX_POSITIONS: usize = 8_000;

impl Builder<'_> {
    pub(crate) fn arrays(&mut self, goal: &[Atom], clause: &Clause, kinds: &mut Vec<Kind>) {
        let items = &clause.items;
        let not: Vec<Value> =
            clause.not_values.iter().flat_map(|list| list.iter().filter(|value| value.is_array()).cloned()).collect();
        let wanted: Vec<&Contained> = items
            .contains
            .iter()
            .filter(|contained| contained.min > 0 || contained.max.is_some_and(|max| max > 0))
            .collect();
        let plain = self.slots(clause, None, &[]);
        let apart = ArrayPlan {
            min: items.min,
            max: items.max,
            unique: items.unique,
            repeated: items.repeated,
            wants: wanted
                .iter()
                .map(|contained| Want {
                    from: contained.from,
                    min: contained.min,
                    max: contained.max,
                    slots: self.slots(clause, Some(contained), &[]),
                })
                .collect(),
            plain,
            not: not.clone(),
        };
        if apart.least() > MAX_COST {
            self.note_size(goal, "arrays of so many items");
        }
        let several = wanted.iter().filter(|contained| contained.min > 0).count() > 1;
        kinds.push(Kind::Array(Box::new(apart)));
        if !several {
            return;
        }
        // Items that are several things at once, for where there is no room for one each.
        self.compiler.left_out("items that meet several demands in part");
        let needed = wanted.iter().filter(|contained| contained.min > 0);
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
        let plain = self.slots(clause, None, &[]);
        let slots = self.slots(clause, None, &atoms);
        kinds.push(Kind::Array(Box::new(ArrayPlan {
            min: items.min,
            max: items.max,
            unique: items.unique,
            repeated: items.repeated,
            plain,
            wants: vec![Want { from, min, max, slots }],
            not,
        })));
    }

    /// Nodes by position, for items that are contained as something or as nothing in particular.
    fn slots(&mut self, clause: &Clause, role: Option<&Contained>, also: &[Atom]) -> Slots {
        let items = &clause.items;
        let ends = items.at.keys().map(|index| index + 1);
        let starts = items.onward.iter().map(|onward| onward.from);
        let own = ends.chain(starts).max().unwrap_or(0);
        if own > MAX_POSITIONS {
            self.compiler.left_out("a very long prefix");
        }
        // Beyond that, or beyond the work that is allowed, positions are taken for all alike.
        let allowed = self.compiler.spend(own.min(MAX_POSITIONS) * 8);
        self.inexact |= own > MAX_POSITIONS || !allowed;
        let own = if allowed { own.min(MAX_POSITIONS) } else { 0 };
        let mut nodes = Vec::with_capacity(own + 1);
        for position in 0..=own {
            let mut goal: Vec<Atom> = Vec::new();
            let as_what: Vec<Atom> =
                role.map(|contained| contained.item).into_iter().chain(also.iter().copied()).collect();
            if position < own
                && let Some(atoms) = items.at.get(&position)
            {
                goal.extend(atoms);
            }
            for onward in &items.onward {
                let excused = onward.unless.iter().any(|atom| as_what.contains(atom));
                if onward.from <= position && !excused {
                    goal.push(onward.item);
                }
            }
            goal.extend(&as_what);
            for other in &items.contains {
                if other.max.is_none() || as_what.contains(&other.item) {
                    continue;
                }
                match opposite(other.item) {
                    Some(opposite) => goal.push(opposite),
                    None => self.inexact = true,
                }
            }
            nodes.push(self.node(goal));
        }
        let rest = nodes.pop().unwrap_or(0);
        Slots { first: nodes, rest }
    }
}
