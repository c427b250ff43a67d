//! The strategy for values that break exactly one keyword of a schema.

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

/// The number of candidates in a row that may be rejected for one value.
const MAX_REJECTS: u64 = 200;
/// The number of candidates after which a target counts as unreachable.
const PROBES: u64 = 24;

/// A value that breaks one keyword in one place, and conforms everywhere else.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Breaking {
    /// The value.
    pub sample: Sample,
    /// The keyword. A subschema that is `false` has no keyword: the keyword that contains it is reported, or `false` if the
    /// whole schema is `false`.
    pub breaks: String,
    /// The part of the value that breaks the keyword, as a JSON pointer.
    pub at: String,
}

/// The graph of all breaking values. A target is a node that generates the values that break one keyword in one place.
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
            return Err(GenerateError::unbreakable("it has no root"));
        };
        let mutations = mutation::mutations_of(&mut compiler, root);
        if let Some(error) = compiler.error.take() {
            return Err(error);
        }
        if mutations.is_empty() {
            return Err(GenerateError::unbreakable("it accepts every value"));
        }
        let mut builder = GraphBuilder::new(compiler);
        let targets = mutations.into_iter().map(|atom| builder.node_for(vec![atom])).collect();
        let graph = builder.build();
        if let Some(error) = builder.compiler.error.take() {
            return Err(error);
        }
        let mut source = Self { graph, targets, validator };
        let possible = source.targets.iter().filter(|target| source.graph.is_possible(**target)).count();
        let reachable = source.targets.iter().copied().filter(|target| source.is_reachable(*target));
        source.targets = reachable.collect();
        if !source.targets.is_empty() {
            return Ok(source);
        }
        Err(match builder.compiler.omission {
            _ if possible > 0 => {
                GenerateError::unbreakable("every value that was tried breaks several keywords or none")
            }
            Some(omission) => GenerateError::outside_search(String::new(), &omission).for_breaking_value(),
            None => GenerateError::unbreakable("no value breaks one keyword alone"),
        })
    }

    fn is_reachable(&self, target: NodeId) -> bool {
        let mut seeds = 0..PROBES;
        self.graph.is_possible(target) && seeds.any(|seed| self.candidate(target, &mut Draw::seeded(seed)).is_some())
    }

    /// Generates one candidate. Returns `None` if it does not break exactly one keyword.
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

/// A source of breaking values for all targets, or for one.
#[derive(Clone, Debug)]
pub(crate) struct TargetedSource {
    source: Arc<BreakingSource>,
    target: Option<NodeId>,
}

impl TargetedSource {
    /// Generates a value, and returns it with the derived seed that led to it.
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

    fn is_comparable(&self, first: &Breaking, simpler: &Breaking) -> bool {
        first.breaks == simpler.breaks && first.at == simpler.at
    }
}

/// A strategy for values that break exactly one keyword. A value shrinks only to values that break the same keyword in the
/// same place.
///
/// Created by [`Generator::breaking`](crate::Generator::breaking).
#[derive(Clone, Debug)]
pub struct BreakingValues(TargetedSource);

impl BreakingValues {
    pub(crate) fn new(source: BreakingSource) -> Self {
        Self(TargetedSource { source: Arc::new(source), target: None })
    }

    /// Returns the number of targets. A target is one way to break one keyword in one part of the schema.
    ///
    /// ```
    /// use jsonschema_proptest::Generator;
    /// use serde_json::json;
    ///
    /// let breaking = Generator::compile(&json!({ "type": "integer", "minimum": 0, "maximum": 9 }))?.breaking()?;
    /// assert!(breaking.target_count() >= 3);
    /// # Ok::<(), jsonschema_proptest::GenerateError>(())
    /// ```
    #[must_use]
    pub fn target_count(&self) -> usize {
        self.0.source.targets.len()
    }

    /// Restricts the values to one target. Returns `None` if `target` is not below [`BreakingValues::target_count`].
    ///
    /// A few test cases can cover all targets in this way, which random choice does not guarantee.
    ///
    /// ```
    /// use std::collections::BTreeSet;
    ///
    /// use jsonschema_proptest::Generator;
    /// use serde_json::json;
    ///
    /// let breaking = Generator::compile(&json!({ "type": "integer", "minimum": 0, "maximum": 9 }))?.breaking()?;
    /// let mut keywords = BTreeSet::new();
    /// for target in 0..breaking.target_count() {
    ///     let values = breaking.with_target(target).unwrap();
    ///     keywords.insert(values.nth(42, 0)?.breaks);
    /// }
    /// assert_eq!(keywords, BTreeSet::from(["maximum", "minimum", "type"].map(String::from)));
    /// # Ok::<(), jsonschema_proptest::GenerateError>(())
    /// ```
    #[must_use]
    pub fn with_target(&self, target: usize) -> Option<Self> {
        let target = *self.0.source.targets.get(target)?;
        Some(Self(TargetedSource { source: Arc::clone(&self.0.source), target: Some(target) }))
    }

    /// Returns the `n`-th value of the series that belongs to a seed.
    ///
    /// ```
    /// use jsonschema_proptest::Generator;
    /// use serde_json::json;
    ///
    /// let breaking = Generator::compile(&json!({ "enum": ["a", "b"] }))?.breaking()?;
    /// assert_eq!(breaking.nth(42, 7)?.breaks, "enum");
    /// # Ok::<(), jsonschema_proptest::GenerateError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Returns an error if too many candidates in a row are rejected.
    pub fn nth(&self, seed: u64, n: u64) -> Result<Breaking, GenerateError> {
        let found = self.0.find(nth_seed(seed, n));
        let rejects = u32::try_from(MAX_REJECTS).unwrap_or(u32::MAX);
        let reason = "its keywords are seldom broken one at a time";
        let error = || GenerateError::too_many_rejects(String::new(), rejects, reason).for_breaking_value();
        found.map(|(_, breaking)| breaking).ok_or_else(error)
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

/// A breaking value, and the simpler values that it shrinks to.
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
