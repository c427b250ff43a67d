//! Goals into nodes: every goal is expanded once, and its clauses become shapes.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::Value;

use super::array::{ArrayPlan, Slots, Want};
use super::clause::{Clause, Contained, equal};
use super::compile::Compiler;
use super::constraint::{Atom, Constraint, opposite};
use super::decimal::Decimal;
use super::error::GenerateError;
use super::number::NumberPlan;
use super::plan::{IMPOSSIBLE, Kind, MAX_COST, MAX_DEPTH, Node, NodeId, Plan, Shape, spell};
use super::text::{NoText, TextPlan};
use super::types::TypeSet;

/// How many goals are followed.
const MAX_NODES: usize = 6_000;
/// How many positions of an array have items of their own.
const MAX_POSITIONS: usize = 8_000;

/// A plan in the making.
pub(super) struct Builder<'a> {
    pub(super) compiler: Compiler<'a>,
    goals: HashMap<Vec<Atom>, NodeId>,
    order: Vec<Vec<Atom>>,
    plan: Plan,
    /// Whether the validator has to have the last word.
    pub(super) inexact: bool,
    too_large: Option<(String, String)>,
}

impl<'a> Builder<'a> {
    pub(super) fn new(compiler: Compiler<'a>) -> Self {
        Self {
            compiler,
            goals: HashMap::new(),
            order: Vec::new(),
            plan: Plan::default(),
            inexact: false,
            too_large: None,
        }
    }

    /// The node for a goal, to be filled later.
    pub(super) fn node(&mut self, mut goal: Vec<Atom>) -> NodeId {
        goal.retain(|atom| {
            // What accepts everything need not be asked for.
            !matches!(atom, Atom::Schema(_, true)) || !self.compiler.demands(*atom).is_empty()
        });
        goal.sort_unstable();
        goal.dedup();
        if let Some(node) = self.goals.get(&goal) {
            return *node;
        }
        let node = self.order.len();
        self.goals.insert(goal.clone(), node);
        self.order.push(goal);
        node
    }

    /// Fills all nodes and settles the plan.
    pub(super) fn finish(&mut self) -> Plan {
        let mut at = 0;
        while at < self.order.len() {
            let goal = self.order[at].clone();
            let mut node = Node::open();
            if at < MAX_NODES {
                let kinds = self.kinds(&goal);
                node.shapes.extend(kinds.into_iter().map(|kind| Shape {
                    kind,
                    cost: IMPOSSIBLE,
                    depth: 0,
                }));
            } else {
                self.compiler
                    .left_out("a very large number of combinations");
            }
            self.plan.nodes.push(node);
            at += 1;
        }
        self.plan.settle();
        std::mem::take(&mut self.plan)
    }

    /// Why a goal cannot be met, or that it can.
    pub(super) fn verdict(&self, plan: &Plan, node: NodeId) -> Result<(), GenerateError> {
        if let Some(error) = &self.compiler.error {
            return Err(error.clone());
        }
        let at = || self.compiler.place_of(&self.order[node]);
        let root = &plan.nodes[node];
        if root.cost == IMPOSSIBLE {
            if let Some((at, reason)) = &self.too_large {
                return Err(GenerateError::TooLarge {
                    at: at.clone(),
                    reason: reason.clone(),
                });
            }
            if let Some(what) = &self.compiler.left_out {
                return Err(GenerateError::Starved {
                    at: at(),
                    tries: 0,
                    reason: format!("{what} is beyond the search"),
                });
            }
            return Err(GenerateError::Unsatisfiable {
                at: self.culprit(plan, node),
            });
        }
        let reason = if root.cost > MAX_COST {
            format!("at least {} parts, where {MAX_COST} is the most", root.cost)
        } else if root.depth > MAX_DEPTH {
            format!("nested {} deep, where {MAX_DEPTH} is the most", root.depth)
        } else {
            return Ok(());
        };
        Err(GenerateError::TooLarge { at: at(), reason })
    }

    /// The deepest place that is impossible by itself.
    fn culprit(&self, plan: &Plan, node: NodeId) -> String {
        let mut at = node;
        let mut place = self.compiler.place_of(&self.order[node]);
        let mut seen = vec![node];
        loop {
            let inner = plan
                .blockers
                .get(&at)
                .into_iter()
                .flatten()
                .copied()
                .find(|inner| !plan.is_possible(*inner) && !seen.contains(inner));
            let Some(inner) = inner else { return place };
            let deeper = self.compiler.place_of(&self.order[inner]);
            if !deeper.is_empty() {
                place = deeper;
            }
            seen.push(inner);
            at = inner;
        }
    }

    fn kinds(&mut self, goal: &[Atom]) -> Vec<Kind> {
        if let Some(listed) = self.listed(goal) {
            return vec![listed];
        }
        let clauses = self.compiler.expand(goal);
        let mut kinds = Vec::new();
        let mut listed: Vec<Value> = Vec::new();
        let mut simple = Vec::new();
        let mut seen = std::collections::HashSet::new();
        for clause in clauses {
            let Some(values) = &clause.values else {
                self.inexact |= clause.opaque;
                self.clause_kinds(goal, &clause, &mut kinds);
                continue;
            };
            for value in values {
                if !seen.insert(value.to_string()) {
                    continue;
                }
                self.inexact |= clause.opaque;
                if value.is_array() || value.is_object() {
                    listed.push(value.clone());
                } else if clause.admits_simple(value) {
                    simple.push(spell(value));
                }
            }
        }
        if !simple.is_empty() {
            kinds.insert(0, Kind::Listed(simple));
        }
        if !listed.is_empty() {
            kinds.insert(0, self.admitted(goal, &listed));
        }
        kinds
    }

    /// A goal that lists its values needs no expansion: they are judged one by one.
    fn listed(&mut self, goal: &[Atom]) -> Option<Kind> {
        for atom in goal {
            if matches!(atom, Atom::Schema(_, false)) {
                continue;
            }
            let demands = self.compiler.demands(*atom);
            for demand in demands.iter() {
                if let Constraint::Values(values) = demand {
                    return Some(self.admitted(goal, values));
                }
            }
        }
        None
    }

    fn admitted(&mut self, goal: &[Atom], values: &[Value]) -> Kind {
        let mut texts = Vec::new();
        for value in values {
            match self.compiler.admits(goal, value) {
                Some(true) => texts.push(spell(value)),
                Some(false) => {}
                None => {
                    self.inexact = true;
                    texts.push(spell(value));
                }
            }
        }
        Kind::Listed(texts)
    }

    fn clause_kinds(&mut self, goal: &[Atom], clause: &Clause, kinds: &mut Vec<Kind>) {
        let refused = |value: &Value| {
            let mut lists = clause.not_values.iter();
            lists.any(|list| list.iter().any(|other| equal(value, other)))
        };
        let mut simple = Vec::new();
        if clause.types.meets(TypeSet::NULL) {
            simple.push(Value::Null);
        }
        if clause.types.meets(TypeSet::BOOLEAN) {
            simple.extend([Value::Bool(false), Value::Bool(true)]);
        }
        simple.retain(|value| !refused(value));
        if !simple.is_empty() {
            kinds.push(Kind::Listed(simple.iter().map(spell).collect()));
        }
        let not = || clause.not_values.iter().flat_map(|list| list.iter());
        if clause.types.meets(TypeSet::NUMBER) {
            let numbers = not().filter_map(|value| Decimal::of(value.as_number()?));
            let plain = self.compiler.plain_integers();
            match NumberPlan::build(&clause.numbers, clause.types, numbers.collect(), plain) {
                Ok(number) => kinds.push(Kind::Number(number)),
                Err(true) => {}
                Err(false) => self
                    .compiler
                    .left_out("numbers of extreme size or precision"),
            }
        }
        if clause.types.meets(TypeSet::STRING) {
            let strings = not().filter_map(|value| value.as_str().map(str::to_owned));
            match TextPlan::build(&clause.texts, strings.collect()) {
                Ok(text) => kinds.push(Kind::Text(text)),
                Err(NoText::Impossible) => {}
                Err(NoText::Starved(what)) => self.compiler.left_out(&what),
                Err(NoText::TooLong) => self.note_size(goal, "strings of such a length"),
            }
        }
        if clause.types.meets(TypeSet::ARRAY) {
            self.arrays(goal, clause, kinds);
        }
        if clause.types.meets(TypeSet::OBJECT) {
            let object = self.object(clause);
            if object.min > MAX_COST {
                self.note_size(goal, "objects of so many properties");
            }
            kinds.push(Kind::Object(Box::new(object)));
        }
    }

    fn note_size(&mut self, goal: &[Atom], what: &str) {
        let at = self.compiler.place_of(goal);
        self.too_large.get_or_insert((at, what.to_owned()));
    }

    fn arrays(&mut self, goal: &[Atom], clause: &Clause, kinds: &mut Vec<Kind>) {
        let items = &clause.items;
        let not: Vec<Value> = clause
            .not_values
            .iter()
            .flat_map(|list| list.iter().filter(|value| value.is_array()).cloned())
            .collect();
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
        self.compiler
            .left_out("items that meet several demands in part");
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
            wants: vec![Want {
                from,
                min,
                max,
                slots,
            }],
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
            let as_what: Vec<Atom> = role
                .map(|contained| contained.item)
                .into_iter()
                .chain(also.iter().copied())
                .collect();
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

    /// An atom for names with some demands.
    pub(super) fn name_goal(&mut self, mut demands: Vec<Constraint>, known: &[Arc<str>]) -> Atom {
        demands.push(Constraint::Types(TypeSet::STRING));
        let known = known
            .iter()
            .map(|name| Value::String(name.to_string()))
            .collect::<Vec<_>>();
        if !known.is_empty() {
            demands.push(Constraint::NotValues(Arc::new(known)));
        }
        self.compiler.extra(demands)
    }
}
