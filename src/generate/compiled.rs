//! Generators that were compiled before: compiling one takes far longer than most of what is made with it.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex};

use serde_json::Value;

use super::{BreakingValues, GenerateError, Generator};

use crate::sync::lock;

/// How many are kept; a run needs a few dozen.
const KEPT: usize = 256;

/// What makes values by a schema: such as conform, and such as break it, if any do.
#[derive(Debug, Clone)]
pub struct CompiledSchema {
    /// Values that the schema accepts.
    pub conforming: Generator,
    /// Values that it refuses; none if it refuses nothing for one reason alone.
    pub breaking: Option<BreakingValues>,
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
        let conforming = Generator::compile(schema)?;
        let both = Self { breaking: conforming.breaking().ok(), conforming };
        let mut kept = kept();
        if kept.len() >= KEPT {
            kept.clear();
        }
        kept.insert(text, both.clone());
        Ok(both)
    }
}
