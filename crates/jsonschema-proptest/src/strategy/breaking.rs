//! Values that a schema refuses for exactly one reason.

use std::sync::Arc;

use jsonschema::Validator;
use proptest::prelude::Rng as _;
use proptest::strategy::{NewTree, Strategy};
use proptest::test_runner::TestRunner;
use serde_json::Value;

use crate::constraint::Atom;
use crate::error::GenerateError;
use crate::graph::builder::GraphBuilder;
use crate::graph::{Graph, NodeId};
use crate::normalize::compiler::Compiler;
use crate::normalize::mutation;
use crate::sample::Sample;
use crate::strategy::draw::{Draw, nth_seed};
use crate::strategy::shrink::{FromChoices, ShrinkTree};
use crate::strategy::violation::single_violation;

/// How many candidates are thrown away for one value.
const MAX_REJECTS: u64 = 200;
/// How many candidates a target is given to prove that it can be hit.
const PROBES: u64 = 24;

/// A value that fails one keyword at one place, and conforms everywhere else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breaking {
    /// The value.
    pub sample: Sample,
    /// The keyword that it fails. A subschema `false` has none; the keyword that holds it stands for
    /// it, and `false` for a whole schema that is false.
    pub breaks: String,
    /// The part of the value that fails it, as a JSON pointer.
    pub at: String,
}

/// What makes breaking values.
#[derive(Debug)]
pub(crate) struct BreakingSource {
    graph: Graph,
    targets: Vec<NodeId>,
    validator: Arc<Validator>,
}

impl BreakingSource {
    pub(crate) fn compile(schema: &Value, validator: Arc<Validator>) -> Result<Self, GenerateError> {
        let mut compiler = Compiler::new(schema)?;
        let Atom::Schema(root, _) = compiler.root() else {
            return Err(unbreakable("it has no root"));
        };
        let found = mutation::mutations_of(&mut compiler, root);
        if let Some(error) = compiler.error.take() {
            return Err(error);
        }
        if found.is_empty() {
            return Err(unbreakable("it accepts every value"));
        }
        let mut builder = GraphBuilder::new(compiler);
        let nodes: Vec<NodeId> = found.into_iter().map(|atom| builder.node_for(vec![atom])).collect();
        let graph = builder.build();
        if let Some(error) = builder.compiler.error.take() {
            return Err(error);
        }
        let mut source = Self { graph, targets: nodes, validator };
        let possible = source.targets.iter().filter(|target| source.graph.is_possible(**target)).count();
        let candidate: Vec<NodeId> =
            source.targets.iter().copied().filter(|target| source.is_reachable(*target)).collect();
        source.targets = candidate;
        if !source.targets.is_empty() {
            return Ok(source);
        }
        Err(match builder.compiler.omission {
            _ if possible > 0 => unbreakable("every value that was tried fails several keywords at once, or none,"),
            Some(what) => GenerateError::NotFound {
                at: String::new(),
                tries: 0,
                reason: format!("{what} is beyond the search for breaking values"),
            },
            None => unbreakable("no value fails one keyword alone"),
        })
    }

    fn is_reachable(&self, target: NodeId) -> bool {
        self.graph.is_possible(target)
            && (0..PROBES).any(|seed| self.candidate(target, &mut Draw::seeded(seed)).is_some())
    }

    fn candidate(&self, target: NodeId, draw: &mut Draw) -> Option<Breaking> {
        draw.reset_budget();
        let mut text = String::with_capacity(48);
        self.graph.draw_root(target, draw, &mut text).ok()?;
        let sample = Sample::new(text);
        let value: Value = serde_json::from_str(sample.text()).ok()?;
        let violation = single_violation(&self.validator, &value)?;
        Some(Breaking { sample, breaks: violation.keyword, at: violation.at })
    }
}

fn unbreakable(reason: &str) -> GenerateError {
    GenerateError::Unbreakable { at: String::new(), reason: reason.to_owned() }
}

/// A breaker that breaks anything, or one thing only.
#[derive(Debug, Clone)]
pub(crate) struct TargetedSource {
    source: Arc<BreakingSource>,
    target: Option<NodeId>,
}

impl TargetedSource {
    /// A value and the seed that makes it, near a seed.
    fn find(&self, seed: u64) -> Option<(u64, Breaking)> {
        (0..MAX_REJECTS).find_map(|attempt| {
            let seed = nth_seed(seed, attempt);
            Some((seed, self.generate(&mut Draw::seeded(seed))?))
        })
    }
}

impl FromChoices for TargetedSource {
    type Value = Breaking;

    fn generate(&self, draw: &mut Draw) -> Option<Breaking> {
        let target = match self.target {
            Some(target) => target,
            None => *draw.pick(&self.source.targets)?,
        };
        self.source.candidate(target, draw)
    }

    fn is_same_failure(&self, first: &Breaking, simpler: &Breaking) -> bool {
        first.breaks == simpler.breaks && first.at == simpler.at
    }
}

/// A proptest strategy for values that a schema refuses for one reason each. Shrinking keeps the
/// reason: the same keyword at the same place.
#[derive(Debug, Clone)]
pub struct BreakingValues(TargetedSource);

impl BreakingValues {
    pub(crate) fn of(source: BreakingSource) -> Self {
        Self(TargetedSource { source: Arc::new(source), target: None })
    }

    /// Returns the number of ways in which the schema can be broken: one for each rule, in each part of the schema, that a
    /// value can violate alone.
    #[must_use]
    pub fn target_count(&self) -> usize {
        self.0.source.targets.len()
    }

    /// Restricts the values to one way of breaking the schema. Returns `None` if `target` is not below
    /// [`BreakingValues::target_count`].
    #[must_use]
    pub fn with_target(&self, target: usize) -> Option<Self> {
        let target = *self.0.source.targets.get(target)?;
        Some(Self(TargetedSource { source: Arc::clone(&self.0.source), target: Some(target) }))
    }

    /// The `n`-th value of the series that a seed stands for.
    ///
    /// # Errors
    ///
    /// If too many candidates in a row had to be thrown away.
    pub fn nth(&self, seed: u64, n: u64) -> Result<Breaking, GenerateError> {
        let found = self.0.find(nth_seed(seed, n));
        found.map(|(_, breaking)| breaking).ok_or_else(|| GenerateError::NotFound {
            at: String::new(),
            tries: u32::try_from(MAX_REJECTS).unwrap_or(u32::MAX),
            reason: "its keywords seldom fail alone".to_owned(),
        })
    }
}

impl Strategy for BreakingValues {
    type Tree = BreakingTree;
    type Value = Breaking;

    fn new_tree(&self, runner: &mut TestRunner) -> NewTree<Self> {
        let Some((seed, breaking)) = self.0.find(runner.rng().next_u64()) else {
            return Err(format!("{MAX_REJECTS} candidates in a row broke several keywords or none").into());
        };
        Ok(BreakingTree(ShrinkTree::new(Arc::new(self.0.clone()), seed, breaking)))
    }
}

/// A breaking value and the simpler ones to be had from it.
#[derive(Debug)]
pub struct BreakingTree(ShrinkTree<TargetedSource>);

impl proptest::strategy::ValueTree for BreakingTree {
    type Value = Breaking;

    fn current(&self) -> Breaking {
        self.0.current()
    }

    fn simplify(&mut self) -> bool {
        self.0.simplify()
    }

    fn complicate(&mut self) -> bool {
        self.0.complicate()
    }
}
