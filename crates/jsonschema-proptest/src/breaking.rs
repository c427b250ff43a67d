//! Values that a schema refuses for exactly one reason.

use std::sync::Arc;

use jsonschema::Validator;
use proptest::prelude::Rng as _;
use proptest::strategy::{NewTree, Strategy};
use proptest::test_runner::TestRunner;
use serde_json::Value;

use crate::build::Builder;
use crate::compile::Compiler;
use crate::constraint::Atom;
use crate::draw::{Draw, nth_seed};
use crate::error::GenerateError;
use crate::label::only_failure;
use crate::plan::{NodeId, Plan};
use crate::sample::Sample;
use crate::shrink::{Make, Tree};
use crate::targets;

/// How many candidates are thrown away for one value.
const TRIES: u64 = 200;
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
pub(crate) struct Breaker {
    plan: Plan,
    targets: Vec<NodeId>,
    validator: Arc<Validator>,
}

impl Breaker {
    pub(crate) fn compile(schema: &Value, validator: Arc<Validator>) -> Result<Self, GenerateError> {
        let mut compiler = Compiler::new(schema)?;
        let Atom::Schema(root, _) = compiler.root() else {
            return Err(unbreakable("it has no root"));
        };
        let found = targets::find(&mut compiler, root);
        if let Some(error) = compiler.error.take() {
            return Err(error);
        }
        if found.is_empty() {
            return Err(unbreakable("it accepts every value"));
        }
        let mut builder = Builder::new(compiler);
        let nodes: Vec<NodeId> = found.into_iter().map(|atom| builder.node(vec![atom])).collect();
        let plan = builder.finish();
        if let Some(error) = builder.compiler.error.take() {
            return Err(error);
        }
        let mut breaker = Self { plan, targets: nodes, validator };
        let possible = breaker.targets.iter().filter(|target| breaker.plan.is_possible(**target)).count();
        let hit: Vec<NodeId> = breaker.targets.iter().copied().filter(|target| breaker.can_hit(*target)).collect();
        breaker.targets = hit;
        if !breaker.targets.is_empty() {
            return Ok(breaker);
        }
        Err(match builder.compiler.left_out {
            _ if possible > 0 => unbreakable("every value that was tried fails several keywords at once, or none,"),
            Some(what) => GenerateError::Starved {
                at: String::new(),
                tries: 0,
                reason: format!("{what} is beyond the search for breaking values"),
            },
            None => unbreakable("no value fails one keyword alone"),
        })
    }

    fn can_hit(&self, target: NodeId) -> bool {
        self.plan.is_possible(target) && (0..PROBES).any(|seed| self.hit(target, &mut Draw::seeded(seed)).is_some())
    }

    fn hit(&self, target: NodeId, draw: &mut Draw) -> Option<Breaking> {
        draw.refuel();
        let mut text = String::with_capacity(48);
        self.plan.draw_root(target, draw, &mut text).ok()?;
        let sample = Sample::new(text);
        let value: Value = serde_json::from_str(sample.text()).ok()?;
        let label = only_failure(&self.validator, &value)?;
        Some(Breaking { sample, breaks: label.keyword, at: label.at })
    }
}

fn unbreakable(reason: &str) -> GenerateError {
    GenerateError::Unbreakable { at: String::new(), reason: reason.to_owned() }
}

/// A breaker that breaks anything, or one thing only.
#[derive(Debug, Clone)]
pub(crate) struct Aim {
    breaker: Arc<Breaker>,
    target: Option<NodeId>,
}

impl Aim {
    /// A value and the seed that makes it, near a seed.
    fn find(&self, seed: u64) -> Option<(u64, Breaking)> {
        (0..TRIES).find_map(|attempt| {
            let seed = nth_seed(seed, attempt);
            Some((seed, self.make(&mut Draw::seeded(seed))?))
        })
    }
}

impl Make for Aim {
    type Value = Breaking;

    fn make(&self, draw: &mut Draw) -> Option<Breaking> {
        let target = match self.target {
            Some(target) => target,
            None => *draw.pick(&self.breaker.targets)?,
        };
        self.breaker.hit(target, draw)
    }

    fn is_same(&self, first: &Breaking, simpler: &Breaking) -> bool {
        first.breaks == simpler.breaks && first.at == simpler.at
    }
}

/// A proptest strategy for values that a schema refuses for one reason each. Shrinking keeps the
/// reason: the same keyword at the same place.
#[derive(Debug, Clone)]
pub struct BreakingValues(Aim);

impl BreakingValues {
    pub(crate) fn of(breaker: Breaker) -> Self {
        Self(Aim { breaker: Arc::new(breaker), target: None })
    }

    /// Returns the number of ways in which the schema can be broken: one for each rule, in each part of the schema, that a
    /// value can violate alone.
    #[must_use]
    pub fn target_count(&self) -> usize {
        self.0.breaker.targets.len()
    }

    /// Restricts the values to one way of breaking the schema. Returns `None` if `target` is not below
    /// [`BreakingValues::target_count`].
    #[must_use]
    pub fn with_target(&self, target: usize) -> Option<Self> {
        let target = *self.0.breaker.targets.get(target)?;
        Some(Self(Aim { breaker: Arc::clone(&self.0.breaker), target: Some(target) }))
    }

    /// The `n`-th value of the series that a seed stands for.
    ///
    /// # Errors
    ///
    /// If too many candidates in a row had to be thrown away.
    pub fn nth(&self, seed: u64, n: u64) -> Result<Breaking, GenerateError> {
        let found = self.0.find(nth_seed(seed, n));
        found.map(|(_, breaking)| breaking).ok_or_else(|| GenerateError::Starved {
            at: String::new(),
            tries: u32::try_from(TRIES).unwrap_or(u32::MAX),
            reason: "its keywords seldom fail alone".to_owned(),
        })
    }
}

impl Strategy for BreakingValues {
    type Tree = BreakingTree;
    type Value = Breaking;

    fn new_tree(&self, runner: &mut TestRunner) -> NewTree<Self> {
        let Some((seed, breaking)) = self.0.find(runner.rng().next_u64()) else {
            return Err(format!("{TRIES} candidates in a row broke several keywords or none").into());
        };
        Ok(BreakingTree(Tree::new(Arc::new(self.0.clone()), seed, breaking)))
    }
}

/// A breaking value and the simpler ones to be had from it.
#[derive(Debug)]
pub struct BreakingTree(Tree<Aim>);

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
