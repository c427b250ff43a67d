//! Builds the graph: every goal is expanded once, and its clauses become the alternatives of a node.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::Value;

use crate::constraint::clause::Clause;
use crate::constraint::types::TypeSet;
use crate::constraint::value_set::ValueSet;
use crate::constraint::{Atom, Constraint};
use crate::error::GenerateError;
use crate::graph::{Alternative, Graph, IMPOSSIBLE, MAX_COST, MAX_DEPTH, Node, NodeId, ValueGenerator, json_text};
use crate::normalize::compiler::Compiler;
use crate::number::NumberGenerator;
use crate::number::decimal::Decimal;
use crate::string::{StringError, StringGenerator};

/// The maximum number of goals that are expanded.
const MAX_NODES: usize = 6_000;

/// Builds a graph.
pub(crate) struct GraphBuilder<'a> {
    pub(crate) compiler: Compiler<'a>,
    nodes_by_goal: HashMap<Vec<Atom>, NodeId>,
    goals_in_order: Vec<Vec<Atom>>,
    graph: Graph,
    /// Whether generated values have to be validated.
    pub(crate) needs_validation: bool,
    /// The first schema that asks for values of excessive size: its pointer, and what is too large.
    too_large: Option<(String, String)>,
}

impl<'a> GraphBuilder<'a> {
    pub(crate) fn new(compiler: Compiler<'a>) -> Self {
        Self {
            compiler,
            nodes_by_goal: HashMap::new(),
            goals_in_order: Vec::new(),
            graph: Graph::default(),
            needs_validation: false,
            too_large: None,
        }
    }

    /// Returns the node for a goal. It is filled later.
    pub(crate) fn node_for(&mut self, mut goal: Vec<Atom>) -> NodeId {
        goal.retain(|atom| {
            // Schemas that accept every value are left out.
            !matches!(atom, Atom::Schema(_, true)) || !self.compiler.constraints_of(*atom).is_empty()
        });
        goal.sort_unstable();
        goal.dedup();
        if let Some(node) = self.nodes_by_goal.get(&goal) {
            return *node;
        }
        let node = self.goals_in_order.len();
        self.nodes_by_goal.insert(goal.clone(), node);
        self.goals_in_order.push(goal);
        node
    }

    /// Fills all nodes and computes their minimum sizes.
    pub(crate) fn build(&mut self) -> Graph {
        let mut at = 0;
        while at < self.goals_in_order.len() {
            let goal = self.goals_in_order[at].clone();
            let mut node = Node::unfilled();
            if at < MAX_NODES {
                let generators = self.generators(&goal);
                node.alternatives.extend(generators.into_iter().map(|generator| Alternative {
                    generator,
                    cost: IMPOSSIBLE,
                    depth: 0,
                }));
            } else {
                self.compiler.note_omission("a very large number of combinations");
            }
            self.graph.nodes.push(node);
            at += 1;
        }
        self.graph.compute_min_sizes();
        std::mem::take(&mut self.graph)
    }

    /// Returns an error if the goal of a node cannot be satisfied within the limits.
    pub(crate) fn check_satisfiable(&self, graph: &Graph, node: NodeId) -> Result<(), GenerateError> {
        if let Some(error) = &self.compiler.error {
            return Err(error.clone());
        }
        let pointer = || self.compiler.pointer_of_goal(&self.goals_in_order[node]);
        let root = &graph.nodes[node];
        if root.cost == IMPOSSIBLE {
            if let Some((pointer, reason)) = &self.too_large {
                return Err(GenerateError::too_large(pointer.clone(), reason.clone()));
            }
            if let Some(omission) = &self.compiler.omission {
                return Err(GenerateError::outside_search(pointer(), omission));
            }
            return Err(GenerateError::unsatisfiable(self.deepest_contradiction(graph, node)));
        }
        let reason = if root.cost > MAX_COST {
            format!("at least {} parts, where {MAX_COST} is the most", root.cost)
        } else if root.depth > MAX_DEPTH {
            format!("nested {} deep, where {MAX_DEPTH} is the most", root.depth)
        } else {
            return Ok(());
        };
        Err(GenerateError::too_large(pointer(), reason))
    }

    /// Returns the pointer to the deepest schema that is unsatisfiable by itself.
    fn deepest_contradiction(&self, graph: &Graph, node: NodeId) -> String {
        let mut at = node;
        let mut pointer = self.compiler.pointer_of_goal(&self.goals_in_order[node]);
        let mut seen = vec![node];
        loop {
            let inner = graph
                .blocked_by
                .get(&at)
                .into_iter()
                .flatten()
                .copied()
                .find(|inner| !graph.is_possible(*inner) && !seen.contains(inner));
            let Some(inner) = inner else { return pointer };
            let inner_pointer = self.compiler.pointer_of_goal(&self.goals_in_order[inner]);
            if !inner_pointer.is_empty() {
                pointer = inner_pointer;
            }
            seen.push(inner);
            at = inner;
        }
    }

    fn generators(&mut self, goal: &[Atom]) -> Vec<ValueGenerator> {
        if let Some(constants) = self.enumerated(goal) {
            return vec![constants];
        }
        let clauses = self.compiler.expand(goal);
        let mut generators = Vec::new();
        let mut composites: Vec<Value> = Vec::new();
        let mut scalars = Vec::new();
        let mut seen = std::collections::HashSet::new();
        for clause in clauses {
            let Some(values) = &clause.values else {
                self.needs_validation |= clause.opaque;
                self.clause_generators(goal, &clause, &mut generators);
                continue;
            };
            for value in values.iter() {
                if !seen.insert(value.to_string()) {
                    continue;
                }
                self.needs_validation |= clause.opaque;
                if value.is_array() || value.is_object() {
                    composites.push(value.clone());
                } else if clause.accepts_scalar(value) {
                    scalars.push(json_text(value));
                }
            }
        }
        if !scalars.is_empty() {
            generators.insert(0, ValueGenerator::Constants(scalars));
        }
        if !composites.is_empty() {
            generators.insert(0, self.accepted_constants(goal, &composites));
        }
        generators
    }

    /// Returns the generator for a goal with an `enum` or a `const`: each value is evaluated, without expansion.
    fn enumerated(&mut self, goal: &[Atom]) -> Option<ValueGenerator> {
        for atom in goal {
            if matches!(atom, Atom::Schema(_, false)) {
                continue;
            }
            let constraints = self.compiler.constraints_of(*atom);
            for constraint in constraints.iter() {
                if let Constraint::Enum(values) = constraint {
                    return Some(self.accepted_constants(goal, values));
                }
            }
        }
        None
    }

    fn accepted_constants(&mut self, goal: &[Atom], values: &[Value]) -> ValueGenerator {
        let mut texts = Vec::new();
        for value in values {
            match self.compiler.accepts(goal, value) {
                Some(true) => texts.push(json_text(value)),
                Some(false) => {}
                None => {
                    self.needs_validation = true;
                    texts.push(json_text(value));
                }
            }
        }
        ValueGenerator::Constants(texts)
    }

    fn clause_generators(&mut self, goal: &[Atom], clause: &Clause, generators: &mut Vec<ValueGenerator>) {
        let is_excluded = |value: &Value| clause.not_values.iter().any(|list| list.has(value));
        let mut scalars = Vec::new();
        if clause.types.intersects(TypeSet::NULL) {
            scalars.push(Value::Null);
        }
        if clause.types.intersects(TypeSet::BOOLEAN) {
            scalars.extend([Value::Bool(false), Value::Bool(true)]);
        }
        scalars.retain(|value| !is_excluded(value));
        if !scalars.is_empty() {
            generators.push(ValueGenerator::Constants(scalars.iter().map(json_text).collect()));
        }
        let excluded = || clause.not_values.iter().flat_map(|list| list.iter());
        if clause.types.intersects(TypeSet::NUMBER) {
            let numbers = excluded().filter_map(|value| Decimal::of(value.as_number()?));
            let plain = self.compiler.requires_plain_integers();
            match NumberGenerator::build(&clause.number, clause.types, numbers.collect(), plain) {
                Ok(number) => generators.push(ValueGenerator::Number(number)),
                Err(true) => {}
                Err(false) => self.compiler.note_omission("numbers of extreme size or precision"),
            }
        }
        if clause.types.intersects(TypeSet::STRING) {
            let strings = excluded().filter_map(|value| value.as_str().map(str::to_owned));
            match StringGenerator::build(&clause.string, strings.collect()) {
                Ok(text) => generators.push(ValueGenerator::Text(text)),
                Err(StringError::Impossible) => {}
                Err(StringError::NotFound(what)) => self.compiler.note_omission(&what),
                Err(StringError::TooLong) => self.note_too_large(goal, "strings of such a length"),
            }
        }
        if clause.types.intersects(TypeSet::ARRAY) {
            self.array_generators(goal, clause, generators);
        }
        if clause.types.intersects(TypeSet::OBJECT) {
            let object = self.object(clause);
            if object.min > MAX_COST {
                self.note_too_large(goal, "objects of so many properties");
            }
            generators.push(ValueGenerator::Object(Box::new(object)));
        }
    }

    pub(crate) fn note_too_large(&mut self, goal: &[Atom], what: &str) {
        let pointer = self.compiler.pointer_of_goal(goal);
        self.too_large.get_or_insert((pointer, what.to_owned()));
    }

    /// Returns an atom for property names that satisfy constraints and differ from known names.
    pub(crate) fn name_atom(&mut self, mut constraints: Vec<Constraint>, known: &[Arc<str>]) -> Atom {
        constraints.push(Constraint::Types(TypeSet::STRING));
        let known: ValueSet = known.iter().map(|name| Value::String(name.to_string())).collect();
        if !known.is_empty() {
            constraints.push(Constraint::NotEnum(Arc::new(known)));
        }
        self.compiler.synthetic(constraints)
    }
}
