//! Generators that were compiled before: compiling one takes far longer than most of what is made with it.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex};

use serde_json::Value;

use super::strict_numbers::{bounded, with_plain_integers};
use super::{BreakingValues, GenerateError, Generator, Sample};

use crate::sync::lock;

/// How many are kept; a run needs a few dozen.
const KEPT: usize = 256;

/// What makes values by a schema: such as conform, and such as break it, if any do.
#[derive(Debug, Clone)]
pub struct CompiledSchema {
    /// Values that the schema accepts, with integers that fit into their type.
    pub conforming: Generator,
    /// Values that it refuses; none if it refuses nothing for one reason alone.
    pub breaking: Option<BreakingValues>,
    document: Arc<Value>,
}

impl CompiledSchema {
    /// By a self-contained schema document; compiled once for all that ask for the same.
    ///
    /// # Errors
    /// As [`Generator::compile`].
    pub fn of(schema: &Value) -> Result<Self, GenerateError> {
        static COMPILED: LazyLock<Mutex<HashMap<String, CompiledSchema>>> = LazyLock::new(Mutex::default);
        let text = schema.to_string();
        let kept = || lock(&COMPILED);
        if let Some(both) = kept().get(&text) {
            return Ok(both.clone());
        }
        let original = Generator::compile(schema);
        let breaking = original.as_ref().ok().and_then(|original| original.breaking().ok());
        let bounded = bounded(schema);
        let strict = if bounded == *schema { None } else { Generator::compile(&bounded).ok() };
        let document = Arc::new(schema.clone());
        let both = Self { breaking, conforming: strict.map_or(original, Ok)?, document };
        let mut kept = kept();
        if kept.len() >= KEPT {
            kept.clear();
        }
        kept.insert(text, both.clone());
        Ok(both)
    }

    /// The text of a conforming value, with integers in the spelling that every reader takes.
    #[must_use]
    pub fn text(&self, sample: Sample) -> String {
        with_plain_integers(&sample.into_text(), &self.document)
    }
}
