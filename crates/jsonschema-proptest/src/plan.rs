//! A schema ready to be sampled: a graph of nodes, each a choice between shapes.

use std::collections::HashMap;

use serde_json::Value;

use crate::array::ArrayPlan;
use crate::clause::equal;
use crate::draw::{Draw, Reject};
use crate::number::NumberPlan;
use crate::object::ObjectPlan;
use crate::text::{TextPlan, push_json};

pub(crate) type NodeId = usize;

/// What no value can be had for costs this much.
pub(crate) const IMPOSSIBLE: u64 = u64::MAX;
/// The most nodes a smallest value may need.
pub(crate) const MAX_COST: u64 = 50_000;
/// How deep values may be nested. JSON readers tend to give up at 128.
pub(crate) const MAX_DEPTH: u32 = 100;
/// How deep values are nested without need.
const USUAL_DEPTH: u32 = 6;

/// One kind of value.
#[derive(Debug)]
pub(crate) enum Kind {
    /// Texts of whole values.
    Listed(Vec<Box<str>>),
    Number(NumberPlan),
    Text(TextPlan),
    Array(Box<ArrayPlan>),
    Object(Box<ObjectPlan>),
}

impl Kind {
    /// The nodes that no value of it can do without.
    fn needs(&self) -> Vec<NodeId> {
        match self {
            Self::Listed(_) | Self::Number(_) | Self::Text(_) => Vec::new(),
            Self::Array(array) => array.needs(),
            Self::Object(object) => object.needs(),
        }
    }
}

#[derive(Debug)]
pub(crate) struct Shape {
    pub(crate) kind: Kind,
    /// The size of the smallest value of it.
    pub(crate) cost: u64,
    /// How deep that one is nested.
    pub(crate) depth: u32,
}

/// A choice between shapes.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) shapes: Vec<Shape>,
    pub(crate) cost: u64,
    pub(crate) depth: u32,
    cheapest: usize,
}

impl Node {
    pub(crate) fn open() -> Self {
        Self { shapes: Vec::new(), cost: IMPOSSIBLE, depth: 0, cheapest: 0 }
    }
}

/// The graph. Node zero is not special.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    pub(crate) nodes: Vec<Node>,
    /// For impossible nodes the ones they need.
    pub(crate) blockers: HashMap<NodeId, Vec<NodeId>>,
}

impl Plan {
    /// Finds the smallest value of every node: the least fixed point, so that what only infinite
    /// values would satisfy stays impossible.
    pub(crate) fn settle(&mut self) {
        loop {
            let mut changed = false;
            for id in (0..self.nodes.len()).rev() {
                for position in 0..self.nodes[id].shapes.len() {
                    let (cost, depth) = self.price(&self.nodes[id].shapes[position].kind);
                    let node = &mut self.nodes[id];
                    let shape = &mut node.shapes[position];
                    if cost < shape.cost {
                        shape.cost = cost;
                        shape.depth = depth;
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
                let needed = node.shapes.iter().flat_map(|shape| shape.kind.needs());
                self.blockers.insert(id, needed.collect());
            }
            let cheapest = node.shapes.get(node.cheapest).map(|shape| shape.cost);
            node.shapes.retain(|shape| shape.cost != IMPOSSIBLE);
            node.cheapest = node.shapes.iter().position(|shape| Some(shape.cost) == cheapest).unwrap_or(0);
        }
    }

    /// Size and depth of the smallest value, as far as is known.
    fn price(&self, kind: &Kind) -> (u64, u32) {
        match kind {
            Kind::Listed(values) if values.is_empty() => (IMPOSSIBLE, 0),
            Kind::Listed(_) | Kind::Number(_) => (1, 0),
            Kind::Text(text) => (1 + text.shortest() / 64, 0),
            Kind::Array(array) => array.price(self),
            Kind::Object(object) => object.price(self),
        }
    }

    /// How many values a node has at most, as far as that is easily seen.
    pub(crate) fn variety(&self, node: NodeId) -> u64 {
        let shapes = self.nodes[node].shapes.iter();
        let counts = shapes.filter(|shape| shape.cost != IMPOSSIBLE).map(|shape| match &shape.kind {
            Kind::Listed(values) => Some(values.len() as u64),
            Kind::Number(number) => number.few(),
            _ => None,
        });
        counts.fold(0, |sum, count| sum.saturating_add(count.unwrap_or(u64::MAX)))
    }

    pub(crate) fn is_possible(&self, node: NodeId) -> bool {
        self.nodes[node].cost != IMPOSSIBLE
    }

    /// Whether a node can be used with so many levels left.
    pub(crate) fn fits(&self, node: NodeId, levels: u32) -> bool {
        self.is_possible(node) && self.nodes[node].depth <= levels
    }

    /// Writes a whole value.
    pub(crate) fn draw_root(&self, node: NodeId, draw: &mut Draw, out: &mut String) -> Result<(), Reject> {
        let levels = (self.nodes[node].depth + USUAL_DEPTH).min(MAX_DEPTH);
        self.draw(node, draw, levels, out)
    }

    /// Writes a value, nested at most `levels` deep.
    pub(crate) fn draw(&self, node: NodeId, draw: &mut Draw, levels: u32, out: &mut String) -> Result<(), Reject> {
        draw.spend();
        let node = &self.nodes[node];
        let mut shape = node.shapes.get(node.cheapest).ok_or(Reject)?;
        if node.shapes.len() > 1 && draw.has_room() {
            let chosen = draw.pick(&node.shapes).ok_or(Reject)?;
            if chosen.depth <= levels {
                shape = chosen;
            }
        }
        match &shape.kind {
            Kind::Listed(values) => out.push_str(draw.pick(values).ok_or(Reject)?),
            Kind::Number(number) => number.draw(draw, out)?,
            Kind::Text(text) => text.draw(draw, out)?,
            Kind::Array(array) => array.draw(self, draw, levels, out)?,
            Kind::Object(object) => object.draw(self, draw, levels, out)?,
        }
        Ok(())
    }
}

/// Refuses a value that is listed as excluded.
pub(crate) fn check_excluded(text: &str, excluded: &[Value]) -> Result<(), Reject> {
    if excluded.is_empty() {
        return Ok(());
    }
    let value: Value = serde_json::from_str(text).map_err(|_| Reject)?;
    if excluded.iter().any(|other| equal(other, &value)) {
        return Err(Reject);
    }
    Ok(())
}

/// The text of a value that a schema lists.
pub(crate) fn spell(value: &Value) -> Box<str> {
    match value {
        Value::String(text) => {
            let mut out = String::new();
            push_json(&mut out, text);
            out.into_boxed_str()
        }
        other => other.to_string().into_boxed_str(),
    }
}
