//! Findings, and how the judgement of a check ends.

use serde_json::Value;

use crate::contract::{Level, Promise};

/// The end of a judgement: complete, or stopped early.
pub type Judgement = Result<(), Stop>;

/// Why a judgement stopped early.
#[derive(Debug, Clone)]
pub enum Stop {
    /// A promise that must hold does not.
    Violation(Box<Finding>),
    /// A state, a key or a permission is missing.
    CouldNotRun(String),
    /// The contract contains no promise that the check could judge.
    NotApplicable(String),
    /// The observations decide nothing.
    Inconclusive(String),
    /// The harness itself failed.
    Harness(String),
}

/// A promise that does not hold.
#[derive(Debug, Clone)]
pub struct Finding {
    /// The promise.
    pub promise: Promise,
    /// The operation concerned, as `METHOD /path`.
    pub operation: Option<String>,
    /// What was expected and what was found.
    pub reason: String,
    /// The steps that lead to the finding.
    pub steps: Vec<String>,
    /// Numbers of the exchanges that show it.
    pub exchanges: Vec<u64>,
    /// The generated case that shows it, from which it can be repeated.
    pub case: Option<Value>,
}

impl Finding {
    /// The level of the promise.
    #[must_use]
    pub fn level(&self) -> Level {
        self.promise.level
    }
}
