//! Values from JSON Schemas: such as conform, and such as break exactly one keyword.
//!
//! A schema (2020-12 unless its `$schema` says otherwise) is compiled once. Its keywords are brought
//! into a normal form: per type one set of demands, with the alternatives of `anyOf`, `oneOf`, `not`
//! and `if` multiplied out, so that values are drawn from what the keywords leave together and not
//! thrown away afterwards. What the normal form cannot say is left to the validator, within bounds;
//! if nothing passes, that is an error and never a wrong value.
//!
//! `format` counts as an assertion here, for values of both kinds: conforming values are in the form
//! that the schema names, and a value in no such form breaks `format`. In drafts 6 and 7 the same
//! holds for `contentMediaType` and `contentEncoding`.
//!
//! ```
//! use jsonschema_proptest::{sample, sample_breaking};
//! use serde_json::json;
//!
//! let schema = json!({
//!     "type": "object",
//!     "required": ["itemCount"],
//!     "properties": { "itemCount": { "type": "integer", "minimum": 0 } }
//! });
//! for value in sample(&schema, 20, 42)? {
//!     assert!(value.value()["itemCount"].as_f64().is_some_and(|balance| balance >= 0.0));
//! }
//! for broken in sample_breaking(&schema, 20, 42)? {
//!     assert!(["type", "required", "minimum"].contains(&broken.breaks.as_str()));
//! }
//! # Ok::<(), jsonschema_proptest::GenerateError>(())
//! ```

mod constraint;
mod error;
mod graph;
mod normalize;
mod number;
mod regex;
mod sample;
mod schema;
mod strategy;
mod string;

use std::sync::Arc;

use jsonschema::Validator;
use proptest::strategy::{BoxedStrategy, Strategy as _};
use serde_json::Value;

pub use error::GenerateError;
pub use sample::Sample;
pub use strategy::breaking::{Breaking, BreakingTree, BreakingValues};
pub use strategy::conforming::{ConformingTree, ConformingValues};

use graph::builder::GraphBuilder;
use normalize::compiler::Compiler;
use strategy::breaking::BreakingSource;
use strategy::conforming::ConformingSource;
use strategy::draw::{Draw, nth_seed};

/// How many values are validated before a plan is trusted.
const TRIALS: u64 = 64;
/// How many candidates may fail before a schema counts as starved.
const MAX_STARVED: u32 = 400;

/// A schema compiled once, to make any number of values from. Cloning it is cheap.
#[derive(Debug, Clone)]
pub struct Generator {
    schema: Arc<Value>,
    conformer: Arc<ConformingSource>,
}

impl Generator {
    /// Compiles a self-contained schema document.
    ///
    /// # Errors
    ///
    /// If the document is no schema, if nothing can satisfy it, if only values beyond all reason
    /// (very deep, very long) could, or if none was found within bounds.
    pub fn compile(schema: &Value) -> Result<Self, GenerateError> {
        let mut compiler = Compiler::new(schema)?;
        let validator = Arc::new(validator(schema)?);
        let root = compiler.root();
        let mut builder = GraphBuilder::new(compiler);
        let root = builder.node_for(vec![root]);
        let plan = builder.build();
        builder.check_satisfiable(&plan, root)?;
        let mut conformer = ConformingSource {
            graph: plan,
            root,
            validator,
            needs_validation: builder.needs_validation,
            typical_bytes: 48,
        };
        try_out(&mut conformer, builder.compiler.omission.as_deref())?;
        Ok(Self { schema: Arc::new(schema.clone()), conformer: Arc::new(conformer) })
    }

    /// Values that the schema accepts.
    pub fn conforming(&self) -> BoxedStrategy<Sample> {
        self.values().boxed()
    }

    /// As [`Generator::conforming`], without boxing: faster, where that matters.
    #[must_use]
    pub fn values(&self) -> ConformingValues {
        ConformingValues(Arc::clone(&self.conformer))
    }

    /// Values that the schema refuses for exactly one reason each. Compiled anew with every call;
    /// the strategy is cheap to clone.
    ///
    /// # Errors
    ///
    /// If the schema accepts everything, or if no value breaks one keyword alone.
    pub fn breaking(&self) -> Result<BoxedStrategy<Breaking>, GenerateError> {
        Ok(self.breaking_values()?.boxed())
    }

    /// As [`Generator::breaking`], without boxing, and with a numbered series of values.
    ///
    /// # Errors
    ///
    /// As [`Generator::breaking`].
    pub fn breaking_values(&self) -> Result<BreakingValues, GenerateError> {
        let validator = Arc::clone(&self.conformer.validator);
        let breaker = BreakingSource::compile(&self.schema, validator)?;
        Ok(BreakingValues::of(breaker))
    }

    /// The `n`-th value of the series that a seed stands for.
    ///
    /// # Errors
    ///
    /// If too many candidates in a row had to be thrown away.
    pub fn nth(&self, seed: u64, n: u64) -> Result<Sample, GenerateError> {
        let found = self.conformer.find(nth_seed(seed, n));
        found.map(|(_, sample)| sample).ok_or_else(|| {
            starved(
                u32::try_from(strategy::conforming::MAX_REJECTS).unwrap_or(u32::MAX),
                "a combination of keywords that is met by chance only",
            )
        })
    }
}

/// Values that a schema accepts, the same for the same seed.
///
/// # Errors
///
/// As [`Generator::compile`], and if too many candidates in a row had to be thrown away.
pub fn sample(schema: &Value, cases: u32, seed: u64) -> Result<Vec<Sample>, GenerateError> {
    let generator = Generator::compile(schema)?;
    (0..u64::from(cases)).map(|n| generator.nth(seed, n)).collect()
}

/// Values that a schema refuses for one reason each, the same for the same seed.
///
/// # Errors
///
/// As [`Generator::breaking`]. The schema need not be satisfiable.
pub fn sample_breaking(schema: &Value, cases: u32, seed: u64) -> Result<Vec<Breaking>, GenerateError> {
    // Deep documents are refused before anything recurses into them.
    drop(Compiler::new(schema)?);
    let breaker = BreakingSource::compile(schema, Arc::new(validator(schema)?))?;
    let values = BreakingValues::of(breaker);
    (0..u64::from(cases)).map(|n| values.nth(seed, n)).collect()
}

fn validator(schema: &Value) -> Result<Validator, GenerateError> {
    jsonschema::options().offline().should_validate_formats(true).build(schema).map_err(|error| {
        GenerateError::Invalid { at: error.instance_path().as_str().to_owned(), reason: error.to_string() }
    })
}

/// Lets the validator judge the first values, so that no plan is trusted blindly.
fn try_out(conformer: &mut ConformingSource, omission: Option<&str>) -> Result<(), GenerateError> {
    let (mut accepted, mut refused, mut bytes) = (0, 0, 0);
    let mut seed = 0;
    while accepted < TRIALS && refused < MAX_STARVED {
        seed += 1;
        match conformer.candidate(&mut Draw::seeded(seed)) {
            Some(sample) if conformer.accepts(&sample) => {
                accepted += 1;
                bytes += sample.text().len();
            }
            Some(_) => {
                refused += 1;
                conformer.needs_validation = true;
            }
            None => refused += 1,
        }
    }
    if accepted == 0 {
        return Err(starved(refused, omission.unwrap_or("a combination of keywords that is met by chance only")));
    }
    conformer.typical_bytes = (bytes / 32).clamp(48, 4_096);
    Ok(())
}

fn starved(tries: u32, reason: &str) -> GenerateError {
    GenerateError::NotFound { at: String::new(), tries, reason: reason.to_owned() }
}
