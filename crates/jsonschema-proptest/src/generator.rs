//! A compiled schema, and samples without proptest.

use std::sync::Arc;

use jsonschema::Validator;
use serde_json::Value;

use crate::error::GenerateError;
use crate::graph::builder::GraphBuilder;
use crate::normalize::compiler::Compiler;
use crate::sample::Sample;
use crate::strategy::breaking::{Breaking, BreakingSource, BreakingValues};
use crate::strategy::conforming::{ConformingSource, ConformingValues, MAX_REJECTS};
use crate::strategy::draw::{Draw, nth_seed};

/// The number of candidates that are validated before a graph is trusted to generate valid values only.
const TRIALS: u64 = 64;
/// The number of candidates that may be rejected before compiling fails.
const MAX_TRIAL_REJECTS: u32 = 400;
/// The reason that is reported when the compiler omitted nothing and still no candidate is valid.
const BY_CHANCE: &str = "a combination of keywords that is met by chance only";

/// A compiled schema, from which any number of values are generated. Cloning is cheap.
#[derive(Clone, Debug)]
pub struct Generator {
    schema: Arc<Value>,
    conforming: Arc<ConformingSource>,
}

impl Generator {
    /// Compiles a self-contained schema document.
    ///
    /// ```
    /// use jsonschema_proptest::Generator;
    /// use serde_json::json;
    ///
    /// assert!(Generator::compile(&json!({ "type": "string", "pattern": "^[a-z]+$" })).is_ok());
    /// assert!(Generator::compile(&json!({ "type": "unknown" })).is_err());
    /// ```
    ///
    /// # Errors
    ///
    /// Returns an error if the document is not a valid schema, if no value conforms to it, if only values beyond the limits
    /// of size and depth conform to it, or if the bounded search finds none.
    pub fn compile(schema: &Value) -> Result<Self, GenerateError> {
        let mut compiler = Compiler::new(schema)?;
        let validator = Arc::new(validator(schema)?);
        let root = compiler.root();
        let mut builder = GraphBuilder::new(compiler);
        let root = builder.node_for(vec![root]);
        let graph = builder.build();
        builder.check_satisfiable(&graph, root)?;
        let needs_validation = builder.needs_validation || builder.compiler.rounds_numbers;
        let mut source = ConformingSource { graph, root, validator, needs_validation, typical_bytes: 48 };
        try_out(&mut source, builder.compiler.omission.as_deref())?;
        Ok(Self { schema: Arc::new(schema.clone()), conforming: Arc::new(source) })
    }

    /// Returns a strategy for values that conform to the schema.
    ///
    /// ```
    /// use jsonschema_proptest::Generator;
    /// use proptest::prelude::*;
    /// use serde_json::json;
    ///
    /// let generator = Generator::compile(&json!({ "type": "array", "items": { "type": "boolean" }, "maxItems": 3 }))?;
    /// proptest!(|(value in generator.conforming())| {
    ///     prop_assert!(value.value().as_array().is_some_and(|items| items.len() <= 3));
    /// });
    /// # Ok::<(), jsonschema_proptest::GenerateError>(())
    /// ```
    #[must_use]
    pub fn conforming(&self) -> ConformingValues {
        ConformingValues(Arc::clone(&self.conforming))
    }

    /// Returns a strategy for values that break exactly one keyword of the schema.
    ///
    /// Every call compiles the schema again. The strategy is cheap to clone.
    ///
    /// ```
    /// use jsonschema_proptest::Generator;
    /// use proptest::prelude::*;
    /// use serde_json::json;
    ///
    /// let generator = Generator::compile(&json!({ "type": "string", "maxLength": 4 }))?;
    /// proptest!(|(broken in generator.breaking()?)| {
    ///     match broken.breaks.as_str() {
    ///         "type" => prop_assert!(!broken.sample.value().is_string()),
    ///         keyword => prop_assert_eq!(keyword, "maxLength"),
    ///     }
    /// });
    /// # Ok::<(), jsonschema_proptest::GenerateError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Returns an error if the schema accepts every value, or if no value breaks one keyword alone.
    pub fn breaking(&self) -> Result<BreakingValues, GenerateError> {
        let validator = Arc::clone(&self.conforming.validator);
        Ok(BreakingValues::new(BreakingSource::compile(&self.schema, validator)?))
    }

    /// Returns the `n`-th value of the series that belongs to a seed.
    ///
    /// ```
    /// use jsonschema_proptest::Generator;
    /// use serde_json::json;
    ///
    /// let generator = Generator::compile(&json!({ "type": "integer" }))?;
    /// assert_eq!(generator.nth(42, 7)?, generator.nth(42, 7)?);
    /// # Ok::<(), jsonschema_proptest::GenerateError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Returns an error if too many candidates in a row are rejected.
    pub fn nth(&self, seed: u64, n: u64) -> Result<Sample, GenerateError> {
        let found = self.conforming.find(nth_seed(seed, n));
        let rejects = u32::try_from(MAX_REJECTS).unwrap_or(u32::MAX);
        let error = || GenerateError::too_many_rejects(String::new(), rejects, BY_CHANCE);
        found.map(|(_, sample)| sample).ok_or_else(error)
    }
}

/// Generates the first values of the series that belongs to a seed. All of them conform to the schema.
///
/// ```
/// use serde_json::json;
///
/// let schema = json!({ "type": "integer", "minimum": 10, "multipleOf": 5 });
/// for sample in jsonschema_proptest::sample(&schema, 20, 42)? {
///     let number = sample.value().as_f64().unwrap();
///     assert!(number >= 10.0 && number % 5.0 == 0.0);
/// }
/// # Ok::<(), jsonschema_proptest::GenerateError>(())
/// ```
///
/// # Errors
///
/// Returns the errors of [`Generator::compile`] and of [`Generator::nth`].
pub fn sample(schema: &Value, count: u32, seed: u64) -> Result<Vec<Sample>, GenerateError> {
    let generator = Generator::compile(schema)?;
    (0..u64::from(count)).map(|n| generator.nth(seed, n)).collect()
}

/// Generates the first breaking values of the series that belongs to a seed. Each of them breaks exactly one keyword.
///
/// The schema need not be satisfiable.
///
/// ```
/// use serde_json::json;
///
/// let schema = json!({ "properties": { "amount": { "type": "integer", "minimum": 0 } } });
/// for broken in jsonschema_proptest::sample_breaking(&schema, 20, 42)? {
///     assert!(["type", "minimum"].contains(&broken.breaks.as_str()));
///     assert_eq!(broken.at, "/amount");
/// }
/// # Ok::<(), jsonschema_proptest::GenerateError>(())
/// ```
///
/// # Errors
///
/// Returns an error if the document is not a valid schema, and the errors of [`Generator::breaking`] and of
/// [`BreakingValues::nth`].
pub fn sample_breaking(schema: &Value, count: u32, seed: u64) -> Result<Vec<Breaking>, GenerateError> {
    // Refuses deep documents before the validator recurses into them.
    drop(Compiler::new(schema)?);
    let values = BreakingValues::new(BreakingSource::compile(schema, Arc::new(validator(schema)?))?);
    (0..u64::from(count)).map(|n| values.nth(seed, n)).collect()
}

fn validator(schema: &Value) -> Result<Validator, GenerateError> {
    let options = jsonschema::options().offline().should_validate_formats(true);
    options.build(schema).map_err(|error| GenerateError::invalid(error.instance_path().as_str(), error.to_string()))
}

/// Validates the first candidates. If one is invalid, all later candidates are validated too.
fn try_out(source: &mut ConformingSource, omission: Option<&str>) -> Result<(), GenerateError> {
    let (mut accepted, mut rejected, mut bytes) = (0, 0, 0);
    let mut seed = 0;
    while accepted < TRIALS && rejected < MAX_TRIAL_REJECTS {
        seed += 1;
        match source.candidate(&mut Draw::seeded(seed)) {
            Some(sample) if source.accepts(&sample) => {
                accepted += 1;
                bytes += sample.text().len();
            }
            Some(_) => {
                rejected += 1;
                source.needs_validation = true;
            }
            None => rejected += 1,
        }
    }
    if accepted == 0 {
        return Err(GenerateError::too_many_rejects(String::new(), rejected, omission.unwrap_or(BY_CHANCE)));
    }
    source.typical_bytes = (bytes / 32).clamp(48, 4_096);
    Ok(())
}
