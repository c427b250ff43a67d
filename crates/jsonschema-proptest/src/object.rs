//! Objects: properties by name, names by pattern, and how many of them.

use serde_json::Value;

use crate::choice::Choice;
use crate::draw::{Draw, Reject};
use crate::plan::{IMPOSSIBLE, MAX_COST, NodeId, Plan, check_excluded};

/// A property that the schema names.
#[derive(Debug)]
pub(crate) struct Member {
    /// The name as JSON, with the colon.
    pub(crate) key: Box<str>,
    pub(crate) node: NodeId,
    pub(crate) required: bool,
    /// Whether it may be there at all.
    pub(crate) allowed: bool,
    /// What has to be there with it, by position.
    pub(crate) brings: Vec<usize>,
}

/// Properties with names that the schema does not list.
#[derive(Debug)]
pub(crate) struct Fresh {
    pub(crate) names: NodeId,
    pub(crate) value: NodeId,
    /// Names that are known to be in, as JSON.
    pub(crate) hints: Vec<Box<str>>,
}

/// One way to have a demanded property.
#[derive(Debug)]
pub(crate) enum Candidate {
    Known(usize, NodeId),
    Fresh(Fresh),
}

/// How objects of one kind are made.
#[derive(Debug)]
pub(crate) struct ObjectPlan {
    pub(crate) members: Vec<Member>,
    pub(crate) fresh: Vec<Fresh>,
    /// For each demanded property the ways to have it.
    pub(crate) demanded: Vec<Vec<Candidate>>,
    pub(crate) min: u64,
    pub(crate) max: Option<u64>,
    pub(crate) not: Vec<Value>,
}

/// How often a name is tried that has to differ from all others.
const TRIES: u32 = 60;

/// The price of an object so far.
struct Total<'p> {
    plan: &'p Plan,
    cost: u64,
    depth: u32,
    count: u64,
}

impl Total<'_> {
    fn add(&mut self, node: NodeId, more: u64) {
        let node = &self.plan.nodes[node];
        self.cost = self.cost.saturating_add(node.cost).saturating_add(more);
        self.depth = self.depth.max(node.depth);
        self.count += 1;
    }
}

impl Fresh {
    pub(crate) fn fits(&self, plan: &Plan, levels: u32) -> bool {
        plan.is_possible(self.names) && plan.fits(self.value, levels)
    }
}

impl ObjectPlan {
    /// A plan that makes nothing.
    pub(crate) fn impossible() -> Self {
        Self { members: Vec::new(), fresh: Vec::new(), demanded: vec![Vec::new()], min: 0, max: None, not: Vec::new() }
    }

    /// Size and depth of the smallest.
    pub(crate) fn price(&self, plan: &Plan) -> (u64, u32) {
        if self.min > MAX_COST {
            return (IMPOSSIBLE, 0);
        }
        let mut total = Total { plan, cost: 1, depth: 0, count: 0 };
        let mut spare = Vec::new();
        for (position, member) in self.members.iter().enumerate() {
            let possible = member.allowed && plan.is_possible(member.node);
            if member.required {
                let replaced = self
                    .demanded
                    .iter()
                    .any(|ways| matches!(ways.as_slice(), [Candidate::Known(known, _)] if *known == position));
                if !member.allowed || (!possible && !replaced) {
                    return (IMPOSSIBLE, 0);
                }
                if !replaced {
                    total.add(member.node, 0);
                }
            } else if possible {
                spare.push((plan.nodes[member.node].cost, member.node));
            }
        }
        for ways in &self.demanded {
            let nodes = ways.iter().map(|way| match way {
                Candidate::Known(_, node) => *node,
                Candidate::Fresh(fresh) if plan.is_possible(fresh.names) => fresh.value,
                Candidate::Fresh(fresh) => fresh.names,
            });
            let best = nodes.min_by_key(|node| plan.nodes[*node].cost);
            let Some(best) = best.filter(|best| plan.is_possible(*best)) else {
                return (IMPOSSIBLE, 0);
            };
            total.add(best, 1);
        }
        spare.sort_unstable();
        let mut spare = spare.into_iter();
        let fresh = self
            .fresh
            .iter()
            .filter(|fresh| fresh.fits(plan, u32::MAX))
            .min_by_key(|fresh| plan.nodes[fresh.value].cost);
        let mut left = self.min.saturating_sub(total.count);
        while left > 0 {
            match (spare.next(), fresh) {
                (Some((_, node)), _) => total.add(node, 0),
                (None, Some(fresh)) => total.add(fresh.value, 1),
                (None, None) => return (IMPOSSIBLE, 0),
            }
            left -= 1;
        }
        if self.max.is_some_and(|max| max < total.count) && self.demanded.is_empty() {
            return (IMPOSSIBLE, 0);
        }
        (total.cost, total.depth.saturating_add(1))
    }

    /// The nodes that none can do without.
    pub(crate) fn needs(&self) -> Vec<NodeId> {
        let required = self.members.iter().filter(|member| member.required);
        required.map(|member| member.node).collect()
    }

    pub(crate) fn draw(&self, plan: &Plan, draw: &mut Draw, levels: u32, out: &mut String) -> Result<(), Reject> {
        let start = out.len();
        let levels = levels.saturating_sub(1);
        let mut choice = self.choose(plan, draw, levels)?;
        self.balance(plan, draw, levels, &mut choice)?;
        let backwards = choice.present.len() > 1 && draw.one_in(8);
        out.push('{');
        let last = choice.present.len();
        for step in 0..last {
            let position = if backwards { last - 1 - step } else { step };
            if !choice.present[position] {
                continue;
            }
            let member = &self.members[position];
            if out.len() != start + 1 {
                out.push(',');
            }
            out.push_str(&member.key);
            let own = choice.nodes.iter().find(|(known, _)| *known == position);
            let node = own.map_or(member.node, |(_, node)| *node);
            plan.draw(node, draw, levels, out)?;
        }
        self.draw_fresh(plan, draw, levels, &choice, start, out)?;
        out.push('}');
        check_excluded(&out[start..], &self.not)
    }

    fn draw_fresh(
        &self,
        plan: &Plan,
        draw: &mut Draw,
        levels: u32,
        choice: &Choice<'_>,
        start: usize,
        out: &mut String,
    ) -> Result<(), Reject> {
        let mut names: Vec<String> = Vec::new();
        let must = usize::try_from(self.min).unwrap_or(usize::MAX);
        for (number, fresh) in choice.fresh.iter().enumerate() {
            let mut name = None;
            for _ in 0..TRIES {
                let mut text = String::new();
                // Hints are soon used up.
                let hinted = if names.len() < 6 { 3 } else { 0 };
                if !fresh.hints.is_empty() && draw.below(4) < hinted {
                    text.push_str(draw.pick(&fresh.hints).ok_or(Reject)?);
                } else {
                    plan.draw(fresh.names, draw, 0, &mut text)?;
                }
                if !names.contains(&text) {
                    name = Some(text);
                    break;
                }
            }
            let Some(name) = name else {
                let known = choice.present.iter().filter(|present| **present).count();
                if number < self.demanded.len() || known + names.len() < must {
                    return Err(Reject);
                }
                continue;
            };
            if out.len() != start + 1 {
                out.push(',');
            }
            out.push_str(&name);
            out.push(':');
            plan.draw(fresh.value, draw, levels, out)?;
            names.push(name);
        }
        Ok(())
    }
}
