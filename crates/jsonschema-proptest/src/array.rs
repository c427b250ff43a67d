//! Arrays: items by position, a number of them of a kind, all different or not.

use serde_json::Value;

use crate::clause::equal;
use crate::draw::{Draw, Reject};
use crate::plan::{IMPOSSIBLE, MAX_COST, NodeId, Plan, check_excluded};

/// The nodes for positions: some of their own, then one for all others.
#[derive(Debug)]
pub(crate) struct Slots {
    pub(crate) first: Vec<NodeId>,
    pub(crate) rest: NodeId,
}

impl Slots {
    fn at(&self, position: usize) -> NodeId {
        self.first.get(position).copied().unwrap_or(self.rest)
    }
}

/// A number of items that are of a kind.
#[derive(Debug)]
pub(crate) struct Want {
    pub(crate) from: usize,
    pub(crate) min: u64,
    pub(crate) max: Option<u64>,
    pub(crate) slots: Slots,
}

/// How arrays of one kind are made.
#[derive(Debug)]
pub(crate) struct ArrayPlan {
    pub(crate) min: u64,
    pub(crate) max: Option<u64>,
    pub(crate) unique: bool,
    pub(crate) repeated: bool,
    /// For items that are not wanted for anything.
    pub(crate) plain: Slots,
    pub(crate) wants: Vec<Want>,
    pub(crate) not: Vec<Value>,
}

/// How often an item is tried that has to differ from all others.
const TRIES: u32 = 40;

impl ArrayPlan {
    /// Size and depth of the smallest.
    pub(crate) fn price(&self, plan: &Plan) -> (u64, u32) {
        let least = self.least();
        if least > MAX_COST || least > self.most(plan) {
            return (IMPOSSIBLE, 0);
        }
        // What is wanted may only be possible further on, so a few more lengths are tried.
        let slack = self.plain.first.len() as u64 + 1;
        let most = self.max.map_or(least + slack, |max| max.min(least + slack));
        for length in least..=most {
            let Some(roles) = self.roles(plan, length, u32::MAX, None) else {
                if self.wants.is_empty() {
                    break;
                }
                continue;
            };
            let mut cost: u64 = 1;
            let mut depth = 0;
            for node in roles {
                cost = cost.saturating_add(plan.nodes[node].cost);
                depth = depth.max(plan.nodes[node].depth);
            }
            return (cost, depth.saturating_add(1));
        }
        (IMPOSSIBLE, 0)
    }

    /// The nodes that none can do without.
    pub(crate) fn needs(&self) -> Vec<NodeId> {
        let certain = usize::try_from(self.min).unwrap_or(usize::MAX);
        let first = self.plain.first.iter().take(certain).copied();
        let rest = (certain > self.plain.first.len()).then_some(self.plain.rest);
        first.chain(rest).collect()
    }

    /// The fewest items.
    pub(crate) fn least(&self) -> u64 {
        let wanted: u64 = self.wants.iter().fold(0, |sum, want| sum.saturating_add(want.min));
        self.min.max(wanted)
    }

    /// How many items there can be: not more than there are different ones, if they have to be.
    fn most(&self, plan: &Plan) -> u64 {
        let most = self.max.unwrap_or(u64::MAX);
        if self.unique && self.plain.first.is_empty() && self.wants.is_empty() {
            most.min(plan.variety(self.plain.rest))
        } else {
            most
        }
    }

    /// Which node makes which item. Without a source of choices, the first that will do.
    fn roles(&self, plan: &Plan, length: u64, levels: u32, mut draw: Option<&mut Draw>) -> Option<Vec<NodeId>> {
        let length = usize::try_from(length).ok()?;
        let mut roles: Vec<Option<NodeId>> = vec![None; length];
        let mut taken = vec![0; self.wants.len()];
        for (number, want) in self.wants.iter().enumerate() {
            let free = |position: &usize| roles[*position].is_none() && plan.fits(want.slots.at(*position), levels);
            let mut open: Vec<usize> = (want.from..length).filter(free).collect();
            let mut count = want.min;
            if let Some(draw) = draw.as_deref_mut() {
                let more = want.max.is_none_or(|max| max > count);
                count += u64::from(more && draw.one_in(4));
                if !open.is_empty() {
                    let start = draw.index(open.len());
                    open.rotate_left(start);
                }
            }
            // Places where nothing else is possible come first.
            open.sort_by_key(|position| plan.fits(self.plain.at(*position), levels));
            if (open.len() as u64) < want.min {
                return None;
            }
            for position in open.into_iter().take(usize::try_from(count).unwrap_or(usize::MAX)) {
                roles[position] = Some(want.slots.at(position));
                taken[number] += 1;
            }
        }
        let mut nodes = Vec::with_capacity(length);
        for (position, role) in roles.into_iter().enumerate() {
            let usual = self.plain.at(position);
            let node = if let Some(role) = role {
                role
            } else if plan.fits(usual, levels) {
                usual
            } else {
                let spare = self.wants.iter().enumerate().find(|(number, want)| {
                    position >= want.from
                        && want.max.is_none_or(|max| max > taken[*number])
                        && plan.fits(want.slots.at(position), levels)
                });
                let (number, want) = spare?;
                taken[number] += 1;
                want.slots.at(position)
            };
            nodes.push(node);
        }
        Some(nodes)
    }

    pub(crate) fn draw(&self, plan: &Plan, draw: &mut Draw, levels: u32, out: &mut String) -> Result<(), Reject> {
        let start = out.len();
        let levels = levels.saturating_sub(1);
        let length = self.length(plan, draw, levels);
        if self.wants.is_empty() && !self.unique && !self.repeated {
            out.push('[');
            for position in 0..length {
                if position > 0 {
                    out.push(',');
                }
                let position = usize::try_from(position).map_err(|_| Reject)?;
                plan.draw(self.plain.at(position), draw, levels, out)?;
            }
            out.push(']');
        } else {
            self.draw_carefully(plan, draw, (length, levels), out)?;
        }
        check_excluded(&out[start..], &self.not)
    }

    fn length(&self, plan: &Plan, draw: &mut Draw, levels: u32) -> u64 {
        let least = self.least();
        let most = self.most(plan);
        let extra = if draw.has_room() {
            match draw.below(8) {
                0 | 1 => 0,
                2 => 1,
                3 => 2,
                4 | 5 => draw.below(4),
                6 => draw.below(8),
                _ if most.saturating_sub(least) <= 20 => most - least,
                _ => draw.below(12),
            }
        } else {
            0
        };
        let wished = least.saturating_add(extra).min(most);
        if !self.wants.is_empty() {
            return wished;
        }
        // The array ends where no item is possible any more.
        let mut length = least;
        while length < wished && usize::try_from(length).is_ok_and(|at| plan.fits(self.plain.at(at), levels)) {
            length += 1;
        }
        length
    }

    fn draw_carefully(
        &self,
        plan: &Plan,
        draw: &mut Draw,
        (wished, levels): (u64, u32),
        out: &mut String,
    ) -> Result<(), Reject> {
        let mut length = wished;
        let nodes = loop {
            if let Some(nodes) = self.roles(plan, length, levels, Some(draw)) {
                break nodes;
            }
            // Longer ones may have room for what is wanted.
            length += 1;
            let slack = self.plain.first.len() as u64 + 2;
            if self.max.is_some_and(|max| length > max) || length > wished + slack {
                break self.roles(plan, self.least(), levels, Some(draw)).ok_or(Reject)?;
            }
        };
        let twins = if self.repeated { Some(twins(&nodes, draw).ok_or(Reject)?) } else { None };
        let mut earlier: Vec<Value> = Vec::new();
        let mut spans: Vec<(usize, usize)> = Vec::new();
        out.push('[');
        for (position, node) in nodes.iter().enumerate() {
            let before = out.len();
            if position > 0 {
                out.push(',');
            }
            let start = out.len();
            match twins {
                Some((first, second)) if second == position => {
                    let (from, to) = *spans.get(first).ok_or(Reject)?;
                    let copy = out[from..to].to_owned();
                    out.push_str(&copy);
                }
                _ if self.unique => {
                    let mut tries = 0;
                    loop {
                        plan.draw(*node, draw, levels, out)?;
                        let value: Value = serde_json::from_str(&out[start..]).map_err(|_| Reject)?;
                        if !earlier.iter().any(|other| equal(other, &value)) {
                            earlier.push(value);
                            break;
                        }
                        out.truncate(start);
                        tries += 1;
                        if tries == TRIES {
                            break;
                        }
                    }
                    if tries == TRIES {
                        if (position as u64) < self.min || !self.wants.is_empty() {
                            return Err(Reject);
                        }
                        out.truncate(before);
                        break;
                    }
                }
                _ => plan.draw(*node, draw, levels, out)?,
            }
            spans.push((start, out.len()));
        }
        out.push(']');
        Ok(())
    }
}

/// Two positions that can hold the same value.
fn twins(nodes: &[NodeId], draw: &mut Draw) -> Option<(usize, usize)> {
    let start = draw.index(nodes.len());
    (0..nodes.len()).find_map(|offset| {
        let second = (start + offset) % nodes.len();
        let first = nodes[..second].iter().rposition(|node| *node == nodes[second])?;
        Some((first, second))
    })
}
