//! The selection of the properties that an object has.

use crate::graph::object::{Candidate, ObjectGenerator, UnlistedProperty};
use crate::graph::{Graph, NodeId};
use crate::strategy::draw::{Draw, Reject};

/// The properties selected for one object.
pub(crate) struct PropertySelection<'p> {
    /// For each listed property, whether it is selected.
    pub(crate) present: Vec<bool>,
    /// The listed properties, by position, whose values must come from another node than usual.
    pub(crate) nodes: Vec<(usize, NodeId)>,
    pub(crate) unlisted: Vec<&'p UnlistedProperty>,
}

impl PropertySelection<'_> {
    fn count(&self) -> u64 {
        let known = self.present.iter().filter(|present| **present).count();
        (known + self.unlisted.len()) as u64
    }
}

impl ObjectGenerator {
    /// Selects the required properties and some of the optional ones.
    pub(crate) fn select<'p>(
        &'p self,
        graph: &Graph,
        draw: &mut Draw,
        depth_left: u32,
    ) -> Result<PropertySelection<'p>, Reject> {
        let mut selection = PropertySelection {
            present: self.properties.iter().map(|property| property.required).collect(),
            nodes: Vec::new(),
            unlisted: Vec::new(),
        };
        for candidates in &self.demanded {
            let possible: Vec<&Candidate> = candidates
                .iter()
                .filter(|candidate| match candidate {
                    Candidate::Listed(_, node) => graph.fits_depth(*node, depth_left),
                    Candidate::Unlisted(unlisted) => unlisted.fits_depth(graph, depth_left),
                })
                .collect();
            match draw.pick(&possible).ok_or(Reject)? {
                Candidate::Listed(position, node) => {
                    let known = selection.nodes.iter().find(|(known, _)| known == position);
                    if known.is_some_and(|(_, other)| other != node) {
                        return Err(Reject);
                    }
                    selection.present[*position] = true;
                    selection.nodes.push((*position, *node));
                }
                Candidate::Unlisted(unlisted) => selection.unlisted.push(unlisted),
            }
        }
        let optional = self.properties.iter().any(|property| !property.required);
        if optional && draw.has_budget() {
            let mode = draw.below(8);
            for (position, property) in self.properties.iter().enumerate() {
                let wanted = match mode {
                    0 => false,
                    1 | 2 => true,
                    _ => draw.below(2) == 1,
                };
                if wanted && property.allowed && graph.fits_depth(property.node, depth_left) {
                    selection.present[position] = true;
                }
            }
        }
        let extra = if self.unlisted.is_empty() || !draw.has_budget() { 0 } else { draw.below(8).saturating_sub(5) };
        for _ in 0..extra {
            self.add_unlisted(graph, draw, depth_left, &mut selection);
        }
        Ok(selection)
    }

    /// Adds an unlisted property. Returns false if none is possible.
    fn add_unlisted<'p>(
        &'p self,
        graph: &Graph,
        draw: &mut Draw,
        depth_left: u32,
        selection: &mut PropertySelection<'p>,
    ) -> bool {
        let possible = |unlisted: &&UnlistedProperty| unlisted.fits_depth(graph, depth_left);
        let count = self.unlisted.iter().filter(possible).count();
        let chosen = draw.index(count);
        let unlisted = self.unlisted.iter().filter(possible).nth(chosen);
        selection.unlisted.extend(unlisted);
        unlisted.is_some()
    }

    /// Adds the properties that selected properties require, and brings their number within the limits.
    pub(crate) fn adjust_count<'p>(
        &'p self,
        graph: &Graph,
        draw: &mut Draw,
        depth_left: u32,
        selection: &mut PropertySelection<'p>,
    ) -> Result<(), Reject> {
        self.add_required(graph, depth_left, selection)?;
        if let Some(max) = self.max {
            let demanded = self.demanded.len();
            while selection.count() > max && selection.unlisted.len() > demanded {
                selection.unlisted.pop();
            }
            let mut position = selection.present.len();
            while selection.count() > max && position > 0 {
                position -= 1;
                let is_removable =
                    !self.properties[position].required && !selection.nodes.iter().any(|(known, _)| *known == position);
                if is_removable && selection.present[position] {
                    selection.present[position] = false;
                    // The properties that require it are removed as well.
                    self.drop_unmet(selection);
                }
            }
        }
        while selection.count() < self.min {
            let missing = (0..self.properties.len()).filter(|position| {
                let property = &self.properties[*position];
                !selection.present[*position] && property.allowed && graph.fits_depth(property.node, depth_left)
            });
            let missing: Vec<usize> = missing.collect();
            if missing.is_empty() {
                if !self.add_unlisted(graph, draw, depth_left, selection) {
                    return Err(Reject);
                }
                continue;
            }
            let position = *draw.pick(&missing).ok_or(Reject)?;
            let before = selection.count();
            selection.present[position] = true;
            self.add_required(graph, depth_left, selection)?;
            if selection.count() <= before && !self.add_unlisted(graph, draw, depth_left, selection) {
                return Err(Reject);
            }
        }
        if self.max.is_some_and(|max| selection.count() > max) {
            return Err(Reject);
        }
        Ok(())
    }

    /// Adds the properties that selected properties require. An optional property that requires an impossible one is removed.
    fn add_required(
        &self,
        graph: &Graph,
        depth_left: u32,
        selection: &mut PropertySelection<'_>,
    ) -> Result<(), Reject> {
        let mut changed = true;
        while changed {
            changed = false;
            for position in 0..self.properties.len() {
                if !selection.present[position] {
                    continue;
                }
                for required in &self.properties[position].requires {
                    if selection.present[*required] {
                        continue;
                    }
                    let property = &self.properties[*required];
                    if property.allowed && graph.fits_depth(property.node, depth_left) {
                        selection.present[*required] = true;
                    } else if self.properties[position].required
                        || selection.nodes.iter().any(|(known, _)| *known == position)
                    {
                        return Err(Reject);
                    } else {
                        // A property that it requires is impossible, so it is removed, and is not added again.
                        selection.present[position] = false;
                        self.drop_unmet(selection);
                        return self.check_requires(selection);
                    }
                    changed = true;
                }
            }
        }
        Ok(())
    }

    /// Removes optional properties of which a required property is missing.
    fn drop_unmet(&self, selection: &mut PropertySelection<'_>) {
        let mut changed = true;
        while changed {
            changed = false;
            for position in 0..self.properties.len() {
                let unmet = selection.present[position]
                    && self.properties[position].requires.iter().any(|required| !selection.present[*required]);
                if unmet && !self.properties[position].required {
                    selection.present[position] = false;
                    changed = true;
                }
            }
        }
    }

    /// Rejects a selection in which a required property is missing.
    fn check_requires(&self, selection: &PropertySelection<'_>) -> Result<(), Reject> {
        let unmet = self.properties.iter().enumerate().any(|(position, property)| {
            selection.present[position] && property.requires.iter().any(|required| !selection.present[*required])
        });
        if unmet { Err(Reject) } else { Ok(()) }
    }
}
