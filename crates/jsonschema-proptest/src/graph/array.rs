//! The generator for arrays.

use std::sync::Arc;

use serde_json::Value;

use crate::constraint::value_set::{DistinctValues, ValueSet};
use crate::graph::{Graph, IMPOSSIBLE, MAX_COST, NodeId, check_excluded};
use crate::strategy::draw::{Draw, Reject};

/// The nodes for the items: one for each position of a prefix, and one for all further positions.
#[derive(Debug)]
pub(crate) struct ItemNodes {
    pub(crate) prefix: Vec<NodeId>,
    pub(crate) rest: NodeId,
}

impl ItemNodes {
    fn at(&self, position: usize) -> NodeId {
        self.prefix.get(position).copied().unwrap_or(self.rest)
    }
}

/// The nodes for the items that satisfy one `contains`, and the limits of their number.
#[derive(Debug)]
pub(crate) struct ContainsNodes {
    /// The first position that counts.
    pub(crate) from: usize,
    pub(crate) min: u64,
    pub(crate) max: Option<u64>,
    pub(crate) nodes: ItemNodes,
}

/// Generates arrays that satisfy the constraints of one clause.
#[derive(Debug)]
pub(crate) struct ArrayGenerator {
    pub(crate) min: u64,
    pub(crate) max: Option<u64>,
    pub(crate) unique: bool,
    pub(crate) has_duplicates: bool,
    /// The nodes for items that count towards no `contains`.
    pub(crate) items: ItemNodes,
    pub(crate) contains: Vec<ContainsNodes>,
    pub(crate) excluded: Arc<ValueSet>,
}

/// The number of attempts to generate an item that differs from all others.
const MAX_ATTEMPTS: u32 = 40;

impl ArrayGenerator {
    /// Returns the size and the depth of the smallest array.
    pub(crate) fn min_size(&self, graph: &Graph) -> (u64, u32) {
        let min_len = self.min_len();
        if min_len > MAX_COST || min_len > self.max_len(graph) {
            return (IMPOSSIBLE, 0);
        }
        // A `contains` may be satisfiable at later positions only, so a few larger lengths are tried as well.
        let slack = self.items.prefix.len() as u64 + 1;
        let max_len = self.max.map_or(min_len + slack, |max| max.min(min_len + slack));
        for length in min_len..=max_len {
            let Some(assigned) = self.assign_nodes(graph, length, u32::MAX, None) else {
                if self.contains.is_empty() {
                    break;
                }
                continue;
            };
            let mut cost: u64 = 1;
            let mut depth = 0;
            for node in assigned {
                cost = cost.saturating_add(graph.nodes[node].cost);
                depth = depth.max(graph.nodes[node].depth);
            }
            return (cost, depth.saturating_add(1));
        }
        (IMPOSSIBLE, 0)
    }

    /// Returns the nodes that every array needs.
    pub(crate) fn required_nodes(&self) -> Vec<NodeId> {
        let certain = usize::try_from(self.min).unwrap_or(usize::MAX);
        let prefix = self.items.prefix.iter().take(certain).copied();
        let rest = (certain > self.items.prefix.len()).then_some(self.items.rest);
        prefix.chain(rest).collect()
    }

    /// Returns the minimum number of items.
    pub(crate) fn min_len(&self) -> u64 {
        let contained: u64 = self.contains.iter().fold(0, |sum, rule| sum.saturating_add(rule.min));
        self.min.max(contained)
    }

    /// Returns the maximum number of items. Unique items are limited by the number of distinct values.
    fn max_len(&self, graph: &Graph) -> u64 {
        let max_len = self.max.unwrap_or(u64::MAX);
        if self.unique && self.items.prefix.is_empty() && self.contains.is_empty() {
            max_len.min(graph.max_distinct(self.items.rest))
        } else {
            max_len
        }
    }

    /// Assigns a node to each position. Without a source of choices, the first suitable assignment is returned.
    fn assign_nodes(
        &self,
        graph: &Graph,
        length: u64,
        depth_left: u32,
        mut draw: Option<&mut Draw>,
    ) -> Option<Vec<NodeId>> {
        let length = usize::try_from(length).ok()?;
        let mut assigned: Vec<Option<NodeId>> = vec![None; length];
        let mut counts = vec![0; self.contains.len()];
        for (number, rule) in self.contains.iter().enumerate() {
            let free = |position: &usize| {
                assigned[*position].is_none() && graph.fits_depth(rule.nodes.at(*position), depth_left)
            };
            let mut open: Vec<usize> = (rule.from..length).filter(free).collect();
            let mut count = rule.min;
            if let Some(draw) = draw.as_deref_mut() {
                let more = rule.max.is_none_or(|max| max > count);
                count += u64::from(more && draw.one_in(4));
                if !open.is_empty() {
                    let start = draw.index(open.len());
                    open.rotate_left(start);
                }
            }
            // Positions at which no other item is possible come first.
            open.sort_by_key(|position| graph.fits_depth(self.items.at(*position), depth_left));
            if (open.len() as u64) < rule.min {
                return None;
            }
            for position in open.into_iter().take(usize::try_from(count).unwrap_or(usize::MAX)) {
                assigned[position] = Some(rule.nodes.at(position));
                counts[number] += 1;
            }
        }
        let mut nodes = Vec::with_capacity(length);
        for (position, assigned_node) in assigned.into_iter().enumerate() {
            let usual = self.items.at(position);
            let node = if let Some(assigned_node) = assigned_node {
                assigned_node
            } else if graph.fits_depth(usual, depth_left) {
                usual
            } else {
                let spare = self.contains.iter().enumerate().find(|(number, rule)| {
                    position >= rule.from
                        && rule.max.is_none_or(|max| max > counts[*number])
                        && graph.fits_depth(rule.nodes.at(position), depth_left)
                });
                let (number, rule) = spare?;
                counts[number] += 1;
                rule.nodes.at(position)
            };
            nodes.push(node);
        }
        Some(nodes)
    }

    pub(crate) fn draw(&self, graph: &Graph, draw: &mut Draw, depth_left: u32, out: &mut String) -> Result<(), Reject> {
        let start = out.len();
        let depth_left = depth_left.saturating_sub(1);
        let length = self.length(graph, draw, depth_left);
        if self.contains.is_empty() && !self.unique && !self.has_duplicates {
            out.push('[');
            for position in 0..length {
                if position > 0 {
                    out.push(',');
                }
                let position = usize::try_from(position).map_err(|_| Reject)?;
                graph.draw(self.items.at(position), draw, depth_left, out)?;
            }
            out.push(']');
        } else {
            self.draw_assigned(graph, draw, (length, depth_left), out)?;
        }
        check_excluded(&out[start..], &self.excluded)
    }

    fn length(&self, graph: &Graph, draw: &mut Draw, depth_left: u32) -> u64 {
        let min_len = self.min_len();
        let max_len = self.max_len(graph);
        let extra = if draw.has_budget() {
            match draw.below(8) {
                0 | 1 => 0,
                2 => 1,
                3 => 2,
                4 | 5 => draw.below(4),
                6 => draw.below(8),
                _ if max_len.saturating_sub(min_len) <= 20 => max_len - min_len,
                _ => draw.below(12),
            }
        } else {
            0
        };
        let desired_len = min_len.saturating_add(extra).min(max_len);
        if !self.contains.is_empty() {
            return desired_len;
        }
        // The array ends at the first position where no item is possible.
        let mut length = min_len;
        while length < desired_len
            && usize::try_from(length).is_ok_and(|at| graph.fits_depth(self.items.at(at), depth_left))
        {
            length += 1;
        }
        length
    }

    fn draw_assigned(
        &self,
        graph: &Graph,
        draw: &mut Draw,
        (desired_len, depth_left): (u64, u32),
        out: &mut String,
    ) -> Result<(), Reject> {
        let mut length = desired_len;
        let nodes = loop {
            if let Some(nodes) = self.assign_nodes(graph, length, depth_left, Some(draw)) {
                break nodes;
            }
            // A longer array may have room for the items of every `contains`.
            length += 1;
            let slack = self.items.prefix.len() as u64 + 2;
            if self.max.is_some_and(|max| length > max) || length > desired_len + slack {
                break self.assign_nodes(graph, self.min_len(), depth_left, Some(draw)).ok_or(Reject)?;
            }
        };
        let duplicate = if self.has_duplicates { Some(equal_positions(&nodes, draw).ok_or(Reject)?) } else { None };
        let mut earlier = DistinctValues::default();
        let mut spans: Vec<(usize, usize)> = Vec::new();
        out.push('[');
        for (position, node) in nodes.iter().enumerate() {
            let before = out.len();
            if position > 0 {
                out.push(',');
            }
            let start = out.len();
            match duplicate {
                Some((first, second)) if second == position => {
                    let (from, to) = *spans.get(first).ok_or(Reject)?;
                    let copy = out[from..to].to_owned();
                    out.push_str(&copy);
                }
                _ if self.unique => {
                    let mut tries = 0;
                    loop {
                        graph.draw(*node, draw, depth_left, out)?;
                        let value: Value = serde_json::from_str(&out[start..]).map_err(|_| Reject)?;
                        if earlier.insert(value) {
                            break;
                        }
                        out.truncate(start);
                        tries += 1;
                        if tries == MAX_ATTEMPTS {
                            break;
                        }
                    }
                    if tries == MAX_ATTEMPTS {
                        if (position as u64) < self.min || !self.contains.is_empty() {
                            return Err(Reject);
                        }
                        out.truncate(before);
                        break;
                    }
                }
                _ => graph.draw(*node, draw, depth_left, out)?,
            }
            spans.push((start, out.len()));
        }
        out.push(']');
        Ok(())
    }
}

/// Returns two positions that can have equal items, the first one first.
fn equal_positions(nodes: &[NodeId], draw: &mut Draw) -> Option<(usize, usize)> {
    let start = draw.index(nodes.len());
    (0..nodes.len()).find_map(|offset| {
        let second = (start + offset) % nodes.len();
        let first = nodes[..second].iter().rposition(|node| *node == nodes[second])?;
        Some((first, second))
    })
}
