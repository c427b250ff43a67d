//! The strategy for values that conform to a schema.

use std::sync::Arc;

use jsonschema::Validator;
use proptest::prelude::Rng as _;
use proptest::strategy::{NewTree, Strategy};
use proptest::test_runner::TestRunner;
use serde_json::Value;

use crate::graph::{Graph, NodeId};
use crate::sample::Sample;
use crate::strategy::draw::{Draw, nth_seed};
use crate::strategy::shrink::{FromChoices, ShrinkTree};

/// The number of candidates in a row that may be rejected for one value.
pub(crate) const MAX_REJECTS: u64 = 100;

/// Generates conforming values from choices.
#[derive(Debug)]
pub(crate) struct ConformingSource {
    pub(crate) graph: Graph,
    pub(crate) root: NodeId,
    pub(crate) validator: Arc<Validator>,
    /// Whether the graph alone does not guarantee that values are valid.
    pub(crate) needs_validation: bool,
    /// The bytes to reserve for the text of a value.
    pub(crate) typical_bytes: usize,
}

impl ConformingSource {
    /// Generates one candidate without validating it.
    pub(crate) fn candidate(&self, draw: &mut Draw) -> Option<Sample> {
        draw.reset_budget();
        let mut text = String::with_capacity(self.typical_bytes);
        self.graph.draw_root(self.root, draw, &mut text).ok()?;
        Some(Sample::new(text))
    }

    pub(crate) fn accepts(&self, sample: &Sample) -> bool {
        serde_json::from_str::<Value>(sample.text()).is_ok_and(|value| self.validator.is_valid(&value))
    }

    /// Generates a value, and returns it with the derived seed that led to it.
    pub(crate) fn find(&self, seed: u64) -> Option<(u64, Sample)> {
        (0..MAX_REJECTS).find_map(|attempt| {
            let seed = nth_seed(seed, attempt);
            Some((seed, self.generate(&mut Draw::seeded(seed))?))
        })
    }
}

impl FromChoices for ConformingSource {
    type Value = Sample;

    fn generate(&self, draw: &mut Draw) -> Option<Sample> {
        self.candidate(draw).filter(|sample| !self.needs_validation || self.accepts(sample))
    }

    fn is_comparable(&self, _: &Sample, _: &Sample) -> bool {
        true
    }
}

/// A strategy for values that conform to a schema. Every value is valid, and shrinks to valid values only.
///
/// Created by [`Generator::conforming`](crate::Generator::conforming).
#[derive(Clone, Debug)]
pub struct ConformingValues(pub(crate) Arc<ConformingSource>);

impl Strategy for ConformingValues {
    type Tree = ConformingTree;
    type Value = Sample;

    fn new_tree(&self, runner: &mut TestRunner) -> NewTree<Self> {
        let Some((seed, sample)) = self.0.find(runner.rng().next_u64()) else {
            return Err(format!("{MAX_REJECTS} candidates in a row were not valid").into());
        };
        Ok(ConformingTree(ShrinkTree::new(Arc::clone(&self.0), seed, sample)))
    }
}

/// A conforming value, and the simpler values that it shrinks to.
#[derive(Debug)]
pub struct ConformingTree(ShrinkTree<ConformingSource>);

impl proptest::strategy::ValueTree for ConformingTree {
    type Value = Sample;

    fn current(&self) -> Sample {
        self.0.current()
    }

    fn simplify(&mut self) -> bool {
        self.0.simplify()
    }

    fn complicate(&mut self) -> bool {
        self.0.complicate()
    }
}
