//! The generator graph: a regular tree grammar whose nodes are choices between alternatives.

pub(crate) mod array;
pub(crate) mod array_builder;
pub(crate) mod builder;
pub(crate) mod object;
pub(crate) mod object_builder;
pub(crate) mod property_selection;
pub(crate) mod similar_names;

use std::collections::HashMap;

use serde_json::Value;

use crate::constraint::value_set::ValueSet;
use crate::graph::array::ArrayGenerator;
use crate::graph::object::ObjectGenerator;
use crate::number::NumberGenerator;
use crate::strategy::draw::{Draw, Reject};
use crate::string::{StringGenerator, push_json};

pub(crate) type NodeId = usize;

/// The minimum size of a node that generates no value.
pub(crate) const IMPOSSIBLE: u64 = u64::MAX;
/// The maximum for the minimum size of a value, in nodes.
pub(crate) const MAX_COST: u64 = 50_000;
/// The maximum nesting of values. Many JSON parsers have a limit of 128.
pub(crate) const MAX_DEPTH: u32 = 100;
/// The nesting that values may have beyond their minimum depth.
const EXTRA_DEPTH: u32 = 6;

/// Generates values of one type that satisfy one clause.
#[derive(Debug)]
pub(crate) enum ValueGenerator {
    /// JSON texts of complete values.
    Constants(Vec<Box<str>>),
    Number(NumberGenerator),
    Text(StringGenerator),
    Array(Box<ArrayGenerator>),
    Object(Box<ObjectGenerator>),
}

impl ValueGenerator {
    /// Returns the nodes that every value needs.
    fn required_nodes(&self) -> Vec<NodeId> {
        match self {
            Self::Constants(_) | Self::Number(_) | Self::Text(_) => Vec::new(),
            Self::Array(array) => array.required_nodes(),
            Self::Object(object) => object.required_nodes(),
        }
    }
}

#[derive(Debug)]
pub(crate) struct Alternative {
    pub(crate) generator: ValueGenerator,
    /// The size of the smallest value.
    pub(crate) cost: u64,
    /// The depth of the smallest value.
    pub(crate) depth: u32,
}

/// A choice between alternatives.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) alternatives: Vec<Alternative>,
    pub(crate) cost: u64,
    pub(crate) depth: u32,
    cheapest: usize,
}

impl Node {
    pub(crate) fn unfilled() -> Self {
        Self { alternatives: Vec::new(), cost: IMPOSSIBLE, depth: 0, cheapest: 0 }
    }
}

/// The graph.
#[derive(Debug, Default)]
pub(crate) struct Graph {
    pub(crate) nodes: Vec<Node>,
    /// For each impossible node, the nodes that its values would need.
    pub(crate) blocked_by: HashMap<NodeId, Vec<NodeId>>,
}

impl Graph {
    /// Computes the smallest value of every node as a least fixed point. Nodes that only infinite values would satisfy
    /// remain impossible.
    pub(crate) fn compute_min_sizes(&mut self) {
        loop {
            let mut changed = false;
            for id in (0..self.nodes.len()).rev() {
                for position in 0..self.nodes[id].alternatives.len() {
                    let (cost, depth) = self.min_size(&self.nodes[id].alternatives[position].generator);
                    let node = &mut self.nodes[id];
                    let alternative = &mut node.alternatives[position];
                    if cost < alternative.cost {
                        alternative.cost = cost;
                        alternative.depth = depth;
                        changed = true;
                    }
                    if cost < node.cost {
                        node.cost = cost;
                        node.depth = depth;
                        node.cheapest = position;
                    }
                }
            }
            if !changed {
                break;
            }
        }
        for (id, node) in self.nodes.iter_mut().enumerate() {
            if node.cost == IMPOSSIBLE {
                let needed = node.alternatives.iter().flat_map(|alternative| alternative.generator.required_nodes());
                self.blocked_by.insert(id, needed.collect());
            }
            let cheapest = node.alternatives.get(node.cheapest).map(|alternative| alternative.cost);
            node.alternatives.retain(|alternative| alternative.cost != IMPOSSIBLE);
            node.cheapest =
                node.alternatives.iter().position(|alternative| Some(alternative.cost) == cheapest).unwrap_or(0);
        }
    }

    /// Returns the size and the depth of the smallest value that is known so far.
    fn min_size(&self, generator: &ValueGenerator) -> (u64, u32) {
        match generator {
            ValueGenerator::Constants(values) if values.is_empty() => (IMPOSSIBLE, 0),
            ValueGenerator::Constants(_) | ValueGenerator::Number(_) => (1, 0),
            ValueGenerator::Text(text) => (1 + text.shortest() / 64, 0),
            ValueGenerator::Array(array) => array.min_size(self),
            ValueGenerator::Object(object) => object.min_size(self),
        }
    }

    /// Returns an upper bound for the number of distinct values of a node.
    pub(crate) fn max_distinct(&self, node: NodeId) -> u64 {
        let alternatives = self.nodes[node].alternatives.iter();
        let counts = alternatives.filter(|alternative| alternative.cost != IMPOSSIBLE).map(|alternative| {
            match &alternative.generator {
                ValueGenerator::Constants(values) => Some(values.len() as u64),
                ValueGenerator::Number(number) => number.max_count(),
                _ => None,
            }
        });
        counts.fold(0, |sum, count| sum.saturating_add(count.unwrap_or(u64::MAX)))
    }

    pub(crate) fn is_possible(&self, node: NodeId) -> bool {
        self.nodes[node].cost != IMPOSSIBLE
    }

    /// Returns whether the smallest value of a node is within the depth that is left.
    pub(crate) fn fits_depth(&self, node: NodeId, depth_left: u32) -> bool {
        self.is_possible(node) && self.nodes[node].depth <= depth_left
    }

    /// Writes a complete value.
    pub(crate) fn draw_root(&self, node: NodeId, draw: &mut Draw, out: &mut String) -> Result<(), Reject> {
        let depth_left = (self.nodes[node].depth + EXTRA_DEPTH).min(MAX_DEPTH);
        self.draw(node, draw, depth_left, out)
    }

    /// Writes a value, nested at most `depth_left` deep where possible.
    pub(crate) fn draw(&self, node: NodeId, draw: &mut Draw, depth_left: u32, out: &mut String) -> Result<(), Reject> {
        draw.count_node();
        let node = &self.nodes[node];
        let mut alternative = node.alternatives.get(node.cheapest).ok_or(Reject)?;
        if node.alternatives.len() > 1 && draw.has_budget() {
            let chosen = draw.pick(&node.alternatives).ok_or(Reject)?;
            if chosen.depth <= depth_left {
                alternative = chosen;
            }
        }
        match &alternative.generator {
            ValueGenerator::Constants(values) => out.push_str(draw.pick(values).ok_or(Reject)?),
            ValueGenerator::Number(number) => number.draw(draw, out)?,
            ValueGenerator::Text(text) => text.draw(draw, out)?,
            ValueGenerator::Array(array) => array.draw(self, draw, depth_left, out)?,
            ValueGenerator::Object(object) => object.draw(self, draw, depth_left, out)?,
        }
        Ok(())
    }
}

/// Rejects a value that is in a list of excluded values.
pub(crate) fn check_excluded(text: &str, excluded: &ValueSet) -> Result<(), Reject> {
    if excluded.is_empty() {
        return Ok(());
    }
    let value: Value = serde_json::from_str(text).map_err(|_| Reject)?;
    if excluded.has(&value) {
        return Err(Reject);
    }
    Ok(())
}

/// Returns the JSON text of a constant.
pub(crate) fn json_text(value: &Value) -> Box<str> {
    match value {
        Value::String(text) => {
            let mut out = String::new();
            push_json(&mut out, text);
            out.into_boxed_str()
        }
        other => other.to_string().into_boxed_str(),
    }
}
