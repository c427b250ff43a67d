//! The generator for objects.

use std::sync::Arc;

use crate::constraint::value_set::ValueSet;
use crate::graph::property_selection::PropertySelection;
use crate::graph::{Graph, IMPOSSIBLE, MAX_COST, NodeId, check_excluded};
use crate::strategy::draw::{Draw, Reject};

/// A property whose name occurs in the schema.
#[derive(Debug)]
pub(crate) struct Property {
    /// The name as JSON text, with the colon.
    pub(crate) key: Box<str>,
    pub(crate) node: NodeId,
    pub(crate) required: bool,
    /// Whether the property may exist.
    pub(crate) allowed: bool,
    /// The positions of the properties that must exist if this one does.
    pub(crate) requires: Vec<usize>,
}

/// Properties whose names do not occur in the schema.
#[derive(Debug)]
pub(crate) struct UnlistedProperty {
    /// The node that generates the names.
    pub(crate) names: NodeId,
    pub(crate) value: NodeId,
    /// Names that are known to be permitted, as JSON texts.
    pub(crate) example_names: Vec<Box<str>>,
}

/// One way to satisfy a constraint that a property exists.
#[derive(Debug)]
pub(crate) enum Candidate {
    Listed(usize, NodeId),
    Unlisted(UnlistedProperty),
}

/// Generates objects that satisfy the constraints of one clause.
#[derive(Debug)]
pub(crate) struct ObjectGenerator {
    pub(crate) properties: Vec<Property>,
    pub(crate) unlisted: Vec<UnlistedProperty>,
    /// For each constraint that a property exists, the ways to satisfy it.
    pub(crate) demanded: Vec<Vec<Candidate>>,
    pub(crate) min: u64,
    pub(crate) max: Option<u64>,
    pub(crate) excluded: Arc<ValueSet>,
}

/// The number of attempts to generate a name that differs from all others.
const MAX_ATTEMPTS: u32 = 60;

/// The minimum size of an object, added up.
struct SizeSum<'p> {
    graph: &'p Graph,
    cost: u64,
    depth: u32,
    count: u64,
}

impl SizeSum<'_> {
    fn add(&mut self, node: NodeId, more: u64) {
        let node = &self.graph.nodes[node];
        self.cost = self.cost.saturating_add(node.cost).saturating_add(more);
        self.depth = self.depth.max(node.depth);
        self.count += 1;
    }
}

impl UnlistedProperty {
    pub(crate) fn fits_depth(&self, graph: &Graph, depth_left: u32) -> bool {
        graph.is_possible(self.names) && graph.fits_depth(self.value, depth_left)
    }
}

impl ObjectGenerator {
    /// Creates a generator that generates no object.
    pub(crate) fn impossible() -> Self {
        Self {
            properties: Vec::new(),
            unlisted: Vec::new(),
            demanded: vec![Vec::new()],
            min: 0,
            max: None,
            excluded: Arc::default(),
        }
    }

    /// Returns the size and the depth of the smallest value.
    pub(crate) fn min_size(&self, graph: &Graph) -> (u64, u32) {
        if self.min > MAX_COST {
            return (IMPOSSIBLE, 0);
        }
        let mut total = SizeSum { graph, cost: 1, depth: 0, count: 0 };
        let mut spare = Vec::new();
        for (position, property) in self.properties.iter().enumerate() {
            let possible = property.allowed && graph.is_possible(property.node);
            if property.required {
                let is_demanded = self.demanded.iter().any(
                    |candidates| matches!(candidates.as_slice(), [Candidate::Listed(known, _)] if *known == position),
                );
                if !property.allowed || (!possible && !is_demanded) {
                    return (IMPOSSIBLE, 0);
                }
                if !is_demanded {
                    total.add(property.node, 0);
                }
            } else if possible {
                spare.push((graph.nodes[property.node].cost, property.node));
            }
        }
        for candidates in &self.demanded {
            let nodes = candidates.iter().map(|candidate| match candidate {
                Candidate::Listed(_, node) => *node,
                Candidate::Unlisted(unlisted) if graph.is_possible(unlisted.names) => unlisted.value,
                Candidate::Unlisted(unlisted) => unlisted.names,
            });
            let best = nodes.min_by_key(|node| graph.nodes[*node].cost);
            let Some(best) = best.filter(|best| graph.is_possible(*best)) else {
                return (IMPOSSIBLE, 0);
            };
            total.add(best, 1);
        }
        spare.sort_unstable();
        let mut spare = spare.into_iter();
        let unlisted = self
            .unlisted
            .iter()
            .filter(|unlisted| unlisted.fits_depth(graph, u32::MAX))
            .min_by_key(|unlisted| graph.nodes[unlisted.value].cost);
        let mut left = self.min.saturating_sub(total.count);
        while left > 0 {
            match (spare.next(), unlisted) {
                (Some((_, node)), _) => total.add(node, 0),
                (None, Some(unlisted)) => total.add(unlisted.value, 1),
                (None, None) => return (IMPOSSIBLE, 0),
            }
            left -= 1;
        }
        if self.max.is_some_and(|max| max < total.count) && self.demanded.is_empty() {
            return (IMPOSSIBLE, 0);
        }
        (total.cost, total.depth.saturating_add(1))
    }

    /// Returns the nodes that every value needs.
    pub(crate) fn required_nodes(&self) -> Vec<NodeId> {
        let required = self.properties.iter().filter(|property| property.required);
        required.map(|property| property.node).collect()
    }

    pub(crate) fn draw(&self, graph: &Graph, draw: &mut Draw, depth_left: u32, out: &mut String) -> Result<(), Reject> {
        let start = out.len();
        let depth_left = depth_left.saturating_sub(1);
        let mut selection = self.select(graph, draw, depth_left)?;
        self.adjust_count(graph, draw, depth_left, &mut selection)?;
        let backwards = selection.present.len() > 1 && draw.one_in(8);
        out.push('{');
        let count = selection.present.len();
        for step in 0..count {
            let position = if backwards { count - 1 - step } else { step };
            if !selection.present[position] {
                continue;
            }
            let property = &self.properties[position];
            if out.len() != start + 1 {
                out.push(',');
            }
            out.push_str(&property.key);
            let selected = selection.nodes.iter().find(|(known, _)| *known == position);
            let node = selected.map_or(property.node, |(_, node)| *node);
            graph.draw(node, draw, depth_left, out)?;
        }
        self.draw_unlisted(graph, draw, depth_left, &selection, start, out)?;
        out.push('}');
        check_excluded(&out[start..], &self.excluded)
    }

    fn draw_unlisted(
        &self,
        graph: &Graph,
        draw: &mut Draw,
        depth_left: u32,
        selection: &PropertySelection<'_>,
        start: usize,
        out: &mut String,
    ) -> Result<(), Reject> {
        let mut names: Vec<String> = Vec::new();
        let min = usize::try_from(self.min).unwrap_or(usize::MAX);
        for (number, unlisted) in selection.unlisted.iter().enumerate() {
            let mut name = None;
            for _ in 0..MAX_ATTEMPTS {
                let mut text = String::new();
                // Beyond a few names, the examples are likely to be used up.
                let quarters = if names.len() < 6 { 3 } else { 0 };
                if !unlisted.example_names.is_empty() && draw.below(4) < quarters {
                    text.push_str(draw.pick(&unlisted.example_names).ok_or(Reject)?);
                } else {
                    graph.draw(unlisted.names, draw, 0, &mut text)?;
                }
                if !names.contains(&text) {
                    name = Some(text);
                    break;
                }
            }
            let Some(name) = name else {
                let known = selection.present.iter().filter(|present| **present).count();
                if number < self.demanded.len() || known + names.len() < min {
                    return Err(Reject);
                }
                continue;
            };
            if out.len() != start + 1 {
                out.push(',');
            }
            out.push_str(&name);
            out.push(':');
            graph.draw(unlisted.value, draw, depth_left, out)?;
            names.push(name);
        }
        Ok(())
    }
}
