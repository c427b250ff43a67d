//! The generator for arrays.

use serde_json::Value;

use crate::constraint::clause::json_equal;
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

/// A number of items that must satisfy the schema of a `contains`.
#[derive(Debug)]
pub(crate) struct ContainsQuota {
    pub(crate) from: usize,
    pub(crate) min: u64,
    pub(crate) max: Option<u64>,
    pub(crate) slots: ItemNodes,
}

/// Generates arrays that satisfy the constraints of one clause.
#[derive(Debug)]
pub(crate) struct ArrayGenerator {
    pub(crate) min: u64,
    pub(crate) max: Option<u64>,
    pub(crate) unique: bool,
    pub(crate) has_duplicates: bool,
    /// The nodes for items that do not count towards a quota.
    pub(crate) items: ItemNodes,
    pub(crate) contains: Vec<ContainsQuota>,
    pub(crate) excluded: Vec<Value>,
}

/// The number of attempts to generate an item that differs from all others.
const MAX_ATTEMPTS: u32 = 40;

impl ArrayGenerator {
    /// Size and depth of the smallest.
    pub(crate) fn min_size(&self, graph: &Graph) -> (u64, u32) {
        let min_len = self.min_len();
        if min_len > MAX_COST || min_len > self.max_len(graph) {
            return (IMPOSSIBLE, 0);
        }
        // A quota may only be met at later positions, so a few larger lengths are tried as well.
        let slack = self.items.prefix.len() as u64 + 1;
        let max_len = self.max.map_or(min_len + slack, |max| max.min(min_len + slack));
        for length in min_len..=max_len {
            let Some(assign_nodes) = self.assign_nodes(graph, length, u32::MAX, None) else {
                if self.contains.is_empty() {
                    break;
                }
                continue;
            };
            let mut cost: u64 = 1;
            let mut depth = 0;
            for node in assign_nodes {
                cost = cost.saturating_add(graph.nodes[node].cost);
                depth = depth.max(graph.nodes[node].depth);
            }
            return (cost, depth.saturating_add(1));
        }
        (IMPOSSIBLE, 0)
    }

    /// The nodes that none can do without.
    pub(crate) fn required_nodes(&self) -> Vec<NodeId> {
        let certain = usize::try_from(self.min).unwrap_or(usize::MAX);
        let prefix = self.items.prefix.iter().take(certain).copied();
        let rest = (certain > self.items.prefix.len()).then_some(self.items.rest);
        prefix.chain(rest).collect()
    }

    /// Returns the minimum number of items.
    pub(crate) fn min_len(&self) -> u64 {
        let wanted: u64 = self.contains.iter().fold(0, |sum, quota| sum.saturating_add(quota.min));
        self.min.max(wanted)
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
        let mut assign_nodes: Vec<Option<NodeId>> = vec![None; length];
        let mut counts = vec![0; self.contains.len()];
        for (number, quota) in self.contains.iter().enumerate() {
            let free = |position: &usize| {
                assign_nodes[*position].is_none() && graph.fits_depth(quota.slots.at(*position), depth_left)
            };
            let mut open: Vec<usize> = (quota.from..length).filter(free).collect();
            let mut count = quota.min;
            if let Some(draw) = draw.as_deref_mut() {
                let more = quota.max.is_none_or(|max| max > count);
                count += u64::from(more && draw.one_in(4));
                if !open.is_empty() {
                    let start = draw.index(open.len());
                    open.rotate_left(start);
                }
            }
            // Positions at which no other item is possible come first.
            open.sort_by_key(|position| graph.fits_depth(self.items.at(*position), depth_left));
            if (open.len() as u64) < quota.min {
                return None;
            }
            for position in open.into_iter().take(usize::try_from(count).unwrap_or(usize::MAX)) {
                assign_nodes[position] = Some(quota.slots.at(position));
                counts[number] += 1;
            }
        }
        let mut nodes = Vec::with_capacity(length);
        for (position, role) in assign_nodes.into_iter().enumerate() {
            let usual = self.items.at(position);
            let node = if let Some(role) = role {
                role
            } else if graph.fits_depth(usual, depth_left) {
                usual
            } else {
                let spare = self.contains.iter().enumerate().find(|(number, quota)| {
                    position >= quota.from
                        && quota.max.is_none_or(|max| max > counts[*number])
                        && graph.fits_depth(quota.slots.at(position), depth_left)
                });
                let (number, quota) = spare?;
                counts[number] += 1;
                quota.slots.at(position)
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
            // A longer array may have room for all quotas.
            length += 1;
            let slack = self.items.prefix.len() as u64 + 2;
            if self.max.is_some_and(|max| length > max) || length > desired_len + slack {
                break self.assign_nodes(graph, self.min_len(), depth_left, Some(draw)).ok_or(Reject)?;
            }
        };
        let equal_positions =
            if self.has_duplicates { Some(equal_positions(&nodes, draw).ok_or(Reject)?) } else { None };
        let mut earlier: Vec<Value> = Vec::new();
        let mut spans: Vec<(usize, usize)> = Vec::new();
        out.push('[');
        for (position, node) in nodes.iter().enumerate() {
            let before = out.len();
            if position > 0 {
                out.push(',');
            }
            let start = out.len();
            match equal_positions {
                Some((prefix, second)) if second == position => {
                    let (from, to) = *spans.get(prefix).ok_or(Reject)?;
                    let copy = out[from..to].to_owned();
                    out.push_str(&copy);
                }
                _ if self.unique => {
                    let mut tries = 0;
                    loop {
                        graph.draw(*node, draw, depth_left, out)?;
                        let value: Value = serde_json::from_str(&out[start..]).map_err(|_| Reject)?;
                        if !earlier.iter().any(|other| json_equal(other, &value)) {
                            earlier.push(value);
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

/// Returns two positions that can have equal items.
fn equal_positions(nodes: &[NodeId], draw: &mut Draw) -> Option<(usize, usize)> {
    let start = draw.index(nodes.len());
    (0..nodes.len()).find_map(|offset| {
        let second = (start + offset) % nodes.len();
        let prefix = nodes[..second].iter().rposition(|node| *node == nodes[second])?;
        Some((prefix, second))
    })
}
