//! Which properties an object has: those required, some of the others, and what they bring along.

use crate::draw::{Draw, Reject};
use crate::object::{Candidate, Fresh, ObjectPlan};
use crate::plan::{NodeId, Plan};

/// What was decided for one object.
pub(crate) struct Choice<'p> {
    pub(crate) present: Vec<bool>,
    pub(crate) nodes: Vec<(usize, NodeId)>,
    pub(crate) fresh: Vec<&'p Fresh>,
}

impl Choice<'_> {
    fn count(&self) -> u64 {
        let known = self.present.iter().filter(|present| **present).count();
        (known + self.fresh.len()) as u64
    }
}

impl ObjectPlan {
    /// Decides which properties there are.
    pub(crate) fn choose<'p>(&'p self, plan: &Plan, draw: &mut Draw, levels: u32) -> Result<Choice<'p>, Reject> {
        let mut choice = Choice {
            present: self.members.iter().map(|member| member.required).collect(),
            nodes: Vec::new(),
            fresh: Vec::new(),
        };
        for ways in &self.demanded {
            let possible: Vec<&Candidate> = ways
                .iter()
                .filter(|way| match way {
                    Candidate::Known(_, node) => plan.fits(*node, levels),
                    Candidate::Fresh(fresh) => fresh.fits(plan, levels),
                })
                .collect();
            match draw.pick(&possible).ok_or(Reject)? {
                Candidate::Known(position, node) => {
                    let known = choice.nodes.iter().find(|(known, _)| known == position);
                    if known.is_some_and(|(_, other)| other != node) {
                        return Err(Reject);
                    }
                    choice.present[*position] = true;
                    choice.nodes.push((*position, *node));
                }
                Candidate::Fresh(fresh) => choice.fresh.push(fresh),
            }
        }
        let optional = self.members.iter().any(|member| !member.required);
        if optional && draw.has_room() {
            let mode = draw.below(8);
            for (position, member) in self.members.iter().enumerate() {
                let wanted = match mode {
                    0 => false,
                    1 | 2 => true,
                    _ => draw.below(2) == 1,
                };
                if wanted && member.allowed && plan.fits(member.node, levels) {
                    choice.present[position] = true;
                }
            }
        }
        let extra = if self.fresh.is_empty() || !draw.has_room() { 0 } else { draw.below(8).saturating_sub(5) };
        for _ in 0..extra {
            self.add_fresh(plan, draw, levels, &mut choice);
        }
        Ok(choice)
    }

    fn add_fresh<'p>(&'p self, plan: &Plan, draw: &mut Draw, levels: u32, choice: &mut Choice<'p>) -> bool {
        let possible = |fresh: &&Fresh| fresh.fits(plan, levels);
        let count = self.fresh.iter().filter(possible).count();
        let chosen = draw.index(count);
        let fresh = self.fresh.iter().filter(possible).nth(chosen);
        choice.fresh.extend(fresh);
        fresh.is_some()
    }

    /// Brings what depends on what is there, and the number of properties within its limits.
    pub(crate) fn balance<'p>(
        &'p self,
        plan: &Plan,
        draw: &mut Draw,
        levels: u32,
        choice: &mut Choice<'p>,
    ) -> Result<(), Reject> {
        self.bring(plan, levels, choice)?;
        if let Some(max) = self.max {
            let demanded = self.demanded.len();
            while choice.count() > max && choice.fresh.len() > demanded {
                choice.fresh.pop();
            }
            let mut position = choice.present.len();
            while choice.count() > max && position > 0 {
                position -= 1;
                let free =
                    !self.members[position].required && !choice.nodes.iter().any(|(known, _)| *known == position);
                if free && choice.present[position] {
                    choice.present[position] = false;
                    // What it was brought by goes as well.
                    self.drop_lonely(choice);
                }
            }
        }
        while choice.count() < self.min {
            let missing = (0..self.members.len()).filter(|position| {
                let member = &self.members[*position];
                !choice.present[*position] && member.allowed && plan.fits(member.node, levels)
            });
            let missing: Vec<usize> = missing.collect();
            if missing.is_empty() {
                if !self.add_fresh(plan, draw, levels, choice) {
                    return Err(Reject);
                }
                continue;
            }
            let position = *draw.pick(&missing).ok_or(Reject)?;
            let before = choice.count();
            choice.present[position] = true;
            self.bring(plan, levels, choice)?;
            if choice.count() <= before && !self.add_fresh(plan, draw, levels, choice) {
                return Err(Reject);
            }
        }
        if self.max.is_some_and(|max| choice.count() > max) {
            return Err(Reject);
        }
        Ok(())
    }

    fn bring(&self, plan: &Plan, levels: u32, choice: &mut Choice<'_>) -> Result<(), Reject> {
        let mut changed = true;
        while changed {
            changed = false;
            for position in 0..self.members.len() {
                if !choice.present[position] {
                    continue;
                }
                for brought in &self.members[position].brings {
                    if choice.present[*brought] {
                        continue;
                    }
                    let member = &self.members[*brought];
                    if member.allowed && plan.fits(member.node, levels) {
                        choice.present[*brought] = true;
                    } else if self.members[position].required
                        || choice.nodes.iter().any(|(known, _)| *known == position)
                    {
                        return Err(Reject);
                    } else {
                        // Without its company it cannot stay, nor can it come back.
                        choice.present[position] = false;
                        self.drop_lonely(choice);
                        return self.check_company(choice);
                    }
                    changed = true;
                }
            }
        }
        Ok(())
    }

    /// Takes away what lacks its company.
    fn drop_lonely(&self, choice: &mut Choice<'_>) {
        let mut changed = true;
        while changed {
            changed = false;
            for position in 0..self.members.len() {
                let lonely = choice.present[position]
                    && self.members[position].brings.iter().any(|brought| !choice.present[*brought]);
                if lonely && !self.members[position].required {
                    choice.present[position] = false;
                    changed = true;
                }
            }
        }
    }

    fn check_company(&self, choice: &Choice<'_>) -> Result<(), Reject> {
        let lonely = self.members.iter().enumerate().any(|(position, member)| {
            choice.present[position] && member.brings.iter().any(|brought| !choice.present[*brought])
        });
        if lonely { Err(Reject) } else { Ok(()) }
    }
}
