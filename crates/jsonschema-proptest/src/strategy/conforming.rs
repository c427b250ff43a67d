//! Values that a schema accepts.

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

/// How many candidates are thrown away for one value.
pub(crate) const MAX_REJECTS: u64 = 100;

/// What makes conforming values.
#[derive(Debug)]
pub(crate) struct ConformingSource {
    pub(crate) graph: Graph,
    pub(crate) root: NodeId,
    pub(crate) validator: Arc<Validator>,
    /// Whether the plan alone does not guarantee validity.
    pub(crate) needs_validation: bool,
    /// How many bytes most values take.
    pub(crate) typical_bytes: usize,
}

impl ConformingSource {
    /// One candidate, not yet validated.
    pub(crate) fn candidate(&self, draw: &mut Draw) -> Option<Sample> {
        draw.reset_budget();
        let mut text = String::with_capacity(self.typical_bytes);
        self.graph.draw_root(self.root, draw, &mut text).ok()?;
        Some(Sample::new(text))
    }

    pub(crate) fn accepts(&self, sample: &Sample) -> bool {
        serde_json::from_str::<Value>(sample.text()).is_ok_and(|value| self.validator.is_valid(&value))
    }

    /// A value and the seed that makes it, near a seed.
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

    fn is_same_failure(&self, _: &Sample, _: &Sample) -> bool {
        true
    }
}

/// A proptest strategy for values that a schema accepts. Everything it makes validates, and so does
/// everything it shrinks to.
#[derive(Debug, Clone)]
pub struct ConformingValues(pub(crate) Arc<ConformingSource>);

impl Strategy for ConformingValues {
    type Tree = ConformingTree;
    type Value = Sample;

    fn new_tree(&self, runner: &mut TestRunner) -> NewTree<Self> {
        let Some((seed, sample)) = self.0.find(runner.rng().next_u64()) else {
            return Err(format!("{MAX_REJECTS} candidates in a row were no value of the schema").into());
        };
        Ok(ConformingTree(ShrinkTree::new(Arc::clone(&self.0), seed, sample)))
    }
}

/// A conforming value and the simpler ones to be had from it.
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
