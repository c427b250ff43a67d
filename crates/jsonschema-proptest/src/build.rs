//! Goals into nodes: every goal is expanded once, and its clauses become shapes.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::Value;

use crate::clause::{Clause, equal};
use crate::compile::Compiler;
use crate::constraint::{Atom, Constraint};
use crate::decimal::Decimal;
use crate::error::GenerateError;
use crate::number::NumberPlan;
use crate::plan::{IMPOSSIBLE, Kind, MAX_COST, MAX_DEPTH, Node, NodeId, Plan, Shape, spell};
use crate::text::{NoText, TextPlan};
use crate::types::TypeSet;

/// How many goals are followed.
const MAX_NODES: usize = 6_000;
/// A plan in the making.
pub(crate) struct Builder<'a> {
    pub(crate) compiler: Compiler<'a>,
    goals: HashMap<Vec<Atom>, NodeId>,
    order: Vec<Vec<Atom>>,
    plan: Plan,
    /// Whether the validator has to have the last word.
    pub(crate) inexact: bool,
    too_large: Option<(String, String)>,
}

impl<'a> Builder<'a> {
    pub(crate) fn new(compiler: Compiler<'a>) -> Self {
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
    pub(crate) fn node(&mut self, mut goal: Vec<Atom>) -> NodeId {
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
    pub(crate) fn finish(&mut self) -> Plan {
        let mut at = 0;
        while at < self.order.len() {
            let goal = self.order[at].clone();
            let mut node = Node::open();
            if at < MAX_NODES {
                let kinds = self.kinds(&goal);
                node.shapes.extend(kinds.into_iter().map(|kind| Shape { kind, cost: IMPOSSIBLE, depth: 0 }));
            } else {
                self.compiler.left_out("a very large number of combinations");
            }
            self.plan.nodes.push(node);
            at += 1;
        }
        self.plan.settle();
        std::mem::take(&mut self.plan)
    }

    /// Why a goal cannot be met, or that it can.
    pub(crate) fn verdict(&self, plan: &Plan, node: NodeId) -> Result<(), GenerateError> {
        if let Some(error) = &self.compiler.error {
            return Err(error.clone());
        }
        let at = || self.compiler.place_of(&self.order[node]);
        let root = &plan.nodes[node];
        if root.cost == IMPOSSIBLE {
            if let Some((at, reason)) = &self.too_large {
                return Err(GenerateError::TooLarge { at: at.clone(), reason: reason.clone() });
            }
            if let Some(what) = &self.compiler.left_out {
                return Err(GenerateError::Starved {
                    at: at(),
                    tries: 0,
                    reason: format!("{what} is beyond the search"),
                });
            }
            return Err(GenerateError::Unsatisfiable { at: self.culprit(plan, node) });
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
                Err(false) => self.compiler.left_out("numbers of extreme size or precision"),
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

    pub(crate) fn note_size(&mut self, goal: &[Atom], what: &str) {
        let at = self.compiler.place_of(goal);
        self.too_large.get_or_insert((at, what.to_owned()));
    }

    /// An atom for names with some demands.
    pub(crate) fn name_goal(&mut self, mut demands: Vec<Constraint>, known: &[Arc<str>]) -> Atom {
        demands.push(Constraint::Types(TypeSet::STRING));
        let known = known.iter().map(|name| Value::String(name.to_string())).collect::<Vec<_>>();
        if !known.is_empty() {
            demands.push(Constraint::NotValues(Arc::new(known)));
        }
        self.compiler.extra(demands)
    }
}
